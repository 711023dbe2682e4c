"""The tables of requests, review, grants, keys and notices."""

import datetime
import functools

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import requests_app.models.columns
import requests_app.models.requests.scope
import requests_app.models.review.policy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("catalogue", "0001_tables"),
        ("people", "0001_tables"),
        ("voice", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyModel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ai_model",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policy_model",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(unique=True, verbose_name="short name")),
                ("name", models.CharField(max_length=100)),
                (
                    "owners",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owned_policies",
                        to="auth.group",
                    ),
                ),
                ("head_sequence", models.PositiveIntegerField(default=0, editable=False)),
                ("head_digest", models.BinaryField(default=bytes, max_length=32)),
                (
                    "ai_models",
                    models.ManyToManyField(
                        related_name="policies",
                        through="requests_app.PolicyModel",
                        to="catalogue.aimodel",
                        verbose_name="AI models",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "policies",
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("requests_per_minute", models.PositiveIntegerField(blank=True, null=True)),
                ("requests_per_day", models.PositiveIntegerField(blank=True, null=True)),
                ("tokens_per_day", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "spend_cap",
                    models.PositiveIntegerField(
                        blank=True, help_text="Total, in whole USD.", null=True
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="requests_app.policy",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("terms", models.TextField(help_text="What researchers agree to.")),
                (
                    "max_duration",
                    models.DurationField(
                        default=datetime.timedelta(days=180),
                        validators=[
                            django.core.validators.MinValueValidator(datetime.timedelta(days=1))
                        ],
                        verbose_name="longest grant",
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        blank=True,
                        help_text="ISO 3166 code; the days of a window are then working days there.",
                        max_length=2,
                    ),
                ),
                (
                    "institution_conflict",
                    models.BooleanField(
                        default=True,
                        help_text="Reviewers from the requester's institution can't vote.",
                        verbose_name="colleagues can't decide",
                    ),
                ),
                (
                    "wait_after_denial",
                    models.DurationField(
                        default=datetime.timedelta(days=30),
                        help_text="How soon a requester can try again after a decline.",
                    ),
                ),
                (
                    "questions",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Extra questions; see `questions.Question`.",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="authored_versions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="published_versions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("policy", "number"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "published"])),
                        name="policy_version_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("requests_per_minute__isnull", True),
                                ("requests_per_minute__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("requests_per_day__isnull", True),
                                ("requests_per_day__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("tokens_per_day__isnull", True),
                                ("tokens_per_day__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("spend_cap__isnull", True), ("spend_cap__gt", 0), _connector="OR"
                            ),
                        ),
                        name="policy_version_limits_are_positive",
                    ),
                    models.UniqueConstraint(
                        fields=("policy", "number"), name="policy_version_number_is_used_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_at__isnull", True),
                                ("published_by__isnull", True),
                                ("state", "draft"),
                            ),
                            models.Q(
                                ("published_at__isnull", False),
                                ("published_by__isnull", False),
                                ("state", "published"),
                            ),
                            _connector="OR",
                        ),
                        name="published_version_has_its_at_and_by",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_by__isnull", True),
                            models.Q(("published_by", models.F("author")), _negated=True),
                            _connector="OR",
                        ),
                        name="policy_version_not_published_by_its_author",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("max_duration__gt", datetime.timedelta(0))),
                        name="policy_max_duration_is_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyEditor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editors",
                        to="requests_app.policyversion",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="edited_versions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "person"), name="policy_editor_is_named_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="requests_app.policyversion",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=100)),
                (
                    "reviewers",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policy_steps",
                        to="auth.group",
                    ),
                ),
                (
                    "quorum",
                    models.PositiveSmallIntegerField(
                        default=1, help_text="How many approvals pass this step."
                    ),
                ),
                (
                    "denials_to_fail",
                    models.PositiveSmallIntegerField(
                        default=1, help_text="How many declines end it."
                    ),
                ),
                (
                    "window",
                    models.DurationField(
                        default=datetime.timedelta(days=7),
                        help_text="How long the reviewers have. Then it expires.",
                    ),
                ),
                (
                    "alternates",
                    models.ForeignKey(
                        blank=True,
                        help_text="Called half-way, or when there aren't enough reviewers.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alternate_steps",
                        to="auth.group",
                    ),
                ),
                (
                    "blind",
                    models.BooleanField(
                        default=False,
                        help_text="Votes are hidden from other reviewers until the step is decided.",
                    ),
                ),
                (
                    "allow_repeat_voters",
                    models.BooleanField(
                        default=False, verbose_name="reviewers of other steps can vote again"
                    ),
                ),
                (
                    "condition",
                    models.CharField(
                        choices=[
                            ("always", "always"),
                            ("longer_than", "when it asks for more than"),
                            ("costs_over", "when it costs more than"),
                            ("operation", "when the scope includes"),
                            ("track", "for the track"),
                            ("first_request", "at the first request"),
                        ],
                        default="always",
                        max_length=20,
                    ),
                ),
                (
                    "condition_value",
                    models.CharField(
                        blank=True, help_text="Days, USD, an operation or a track.", max_length=30
                    ),
                ),
                (
                    "rereview_on",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("models", "Models"),
                                ("purpose", "Purpose"),
                                ("use", "Expected use"),
                                ("data", "Data"),
                                ("safety", "Safety"),
                                ("dates", "Dates"),
                                ("operations", "Operations"),
                                ("cost", "Cost"),
                                ("track", "Affiliation"),
                                ("organisation", "Organisation"),
                                ("team", "Team"),
                                ("links", "Links"),
                                ("collaborators", "Collaborators"),
                                ("answers", "Answers to the policy's questions"),
                            ],
                            max_length=20,
                        ),
                        default=requests_app.models.review.policy.all_parts,
                        help_text="If one of these changes, the step is repeated.",
                        size=None,
                    ),
                ),
            ],
            options={
                "ordering": ("position",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "condition__in",
                                [
                                    "always",
                                    "longer_than",
                                    "costs_over",
                                    "operation",
                                    "track",
                                    "first_request",
                                ],
                            )
                        ),
                        name="policy_step_condition_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "rereview_on__contained_by",
                                [
                                    "models",
                                    "purpose",
                                    "use",
                                    "data",
                                    "safety",
                                    "dates",
                                    "operations",
                                    "cost",
                                    "track",
                                    "organisation",
                                    "team",
                                    "links",
                                    "collaborators",
                                    "answers",
                                ],
                            ),
                            ("rereview_on__len__gt", 0),
                        ),
                        name="policy_step_rereviews_known_parts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("alternates__isnull", True),
                            ("window__gte", datetime.timedelta(days=4)),
                            _connector="OR",
                        ),
                        name="policy_step_with_alternates_has_time_for_them",
                    ),
                    models.UniqueConstraint(
                        fields=("version", "position"), name="policy_steps_are_in_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quorum__gt", 0)), name="policy_step_has_a_quorum"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("denials_to_fail__gt", 0)),
                        name="policy_step_has_a_deny_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("window__gt", datetime.timedelta(0))),
                        name="policy_step_window_is_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkRevocation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(requests_app.models.columns.public_id, *("end",)),
                        editable=False,
                        max_length=24,
                        unique=True,
                        verbose_name="public ID",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("person", "Person"),
                            ("institution", "Institution"),
                            ("policy", "Policy"),
                            ("model", "Model"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "name",
                    models.CharField(help_text="The subject's name at the time.", max_length=300),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_revocations",
                        to="requests_app.policy",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_revocations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("reason", models.TextField()),
                ("people", models.PositiveIntegerField(help_text="How many people lost access.")),
                (
                    "grants",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "requests",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "tokens",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "rules",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "places",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="How much shared access ended under grants that go on.",
                    ),
                ),
                (
                    "differs_from_preview",
                    models.BooleanField(
                        default=False,
                        help_text="Whether something changed after the preview that was confirmed.",
                    ),
                ),
            ],
            options={
                "ordering": ("-pk",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ("person", "institution", "policy", "model"))
                        ),
                        name="bulk_revocation_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="bulk_revocation_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "policy"), ("policy__isnull", False)),
                            models.Q(
                                models.Q(("kind", "policy"), _negated=True),
                                ("policy__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="bulk_revocation_of_a_policy_names_it",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Capacity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ai_model",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="capacity",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "places",
                    models.PositiveIntegerField(
                        blank=True, help_text="How many grants can be active at once.", null=True
                    ),
                ),
                (
                    "monthly_budget",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="In whole USD for each calendar month (UTC).",
                        null=True,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "capacities",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("places__isnull", False),
                            ("monthly_budget__isnull", False),
                            _connector="OR",
                        ),
                        name="capacity_bounds_something",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("requests_per_minute", models.PositiveIntegerField(blank=True, null=True)),
                ("requests_per_day", models.PositiveIntegerField(blank=True, null=True)),
                ("tokens_per_day", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "spend_cap",
                    models.PositiveIntegerField(
                        blank=True, help_text="Total, in whole USD.", null=True
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(
                            requests_app.models.columns.public_id, *("grant",)
                        ),
                        editable=False,
                        max_length=24,
                        unique=True,
                        verbose_name="public ID",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("active", "Active"),
                            ("suspended", "Suspended"),
                            ("ended", "Ended"),
                            ("revoked", "Revoked"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "operations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        default=requests_app.models.requests.scope.all_operations,
                        size=None,
                    ),
                ),
                ("duration", models.DurationField()),
                (
                    "created_at",
                    models.DateTimeField(
                        help_text="When it was approved. The queue follows this order."
                    ),
                ),
                ("starts_at", models.DateTimeField(help_text="Not active before.")),
                ("activated_at", models.DateTimeField(blank=True, null=True)),
                ("claim_by", models.DateTimeField(blank=True, null=True)),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "expiry_notice_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the holder is next reminded of its end.",
                        null=True,
                    ),
                ),
                (
                    "confirm_by",
                    models.DateTimeField(
                        blank=True,
                        help_text="Deadline for the holder of a long grant to confirm it.",
                        null=True,
                    ),
                ),
                (
                    "confirmation_notice_at",
                    models.DateTimeField(
                        blank=True, help_text="When the holder is next asked to confirm.", null=True
                    ),
                ),
                (
                    "member_until",
                    models.DateTimeField(
                        blank=True,
                        help_text="When standing access ends without another sign-in. Keys are refused from then.",
                        null=True,
                    ),
                ),
                ("suspended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "suspended_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty if suspended automatically.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspended_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("suspension_reason", models.TextField(blank=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty if ended automatically.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closed_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("closing_reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ("-starts_at",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["starts_at"],
                        name="grants_to_activate",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("active", "suspended"))),
                        fields=["ends_at"],
                        name="grants_to_end",
                    ),
                    models.Index(
                        condition=models.Q(("state", "active")),
                        fields=["claim_by"],
                        name="grants_to_lapse",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("active", "suspended"))),
                        fields=["expiry_notice_at"],
                        name="grants_to_tell_of_their_end",
                    ),
                    models.Index(
                        condition=models.Q(("state", "active")),
                        fields=["confirmation_notice_at"],
                        name="grants_to_ask_about",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("active", "suspended"))),
                        fields=["confirm_by"],
                        name="grants_to_confirm",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "active", "suspended", "ended", "revoked"])
                        ),
                        name="grant_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("requests_per_minute__isnull", True),
                                ("requests_per_minute__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("requests_per_day__isnull", True),
                                ("requests_per_day__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("tokens_per_day__isnull", True),
                                ("tokens_per_day__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("spend_cap__isnull", True), ("spend_cap__gt", 0), _connector="OR"
                            ),
                        ),
                        name="grant_limits_are_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False), ("state__in", ("ended", "revoked"))
                            ),
                            models.Q(
                                ("closed_at__isnull", True),
                                ("state__in", ("waiting", "active", "suspended")),
                            ),
                            _connector="OR",
                        ),
                        name="grant_closed_at_with_its_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "revoked"), _negated=True),
                            ("closed_by__isnull", False),
                            _connector="OR",
                        ),
                        name="revoked_grant_has_its_by",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("active", "suspended")), _negated=True),
                            models.Q(
                                ("activated_at__isnull", False),
                                ("claim_by__isnull", False),
                                ("ends_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="active_grant_has_its_dates",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True),
                            (
                                "ends_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("activated_at"), "+", models.F("duration")
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="grant_ends_no_later_than_approved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "suspended"), ("suspended_at__isnull", False)),
                            models.Q(
                                ("suspended_at__isnull", True),
                                models.Q(("state", "suspended"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="suspended_grant_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("duration__gt", datetime.timedelta(0))),
                        name="grant_duration_is_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("operations__contained_by", ["messages", "completions"]),
                            ("operations__len__gt", 0),
                        ),
                        name="grant_operations_are_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StandingRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("requests_per_minute", models.PositiveIntegerField(blank=True, null=True)),
                ("requests_per_day", models.PositiveIntegerField(blank=True, null=True)),
                ("tokens_per_day", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "spend_cap",
                    models.PositiveIntegerField(
                        blank=True, help_text="Total, in whole USD.", null=True
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(
                            requests_app.models.columns.public_id, *("rule",)
                        ),
                        editable=False,
                        max_length=24,
                        unique=True,
                        verbose_name="public ID",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_rules",
                        to="requests_app.policy",
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("group", "Members of a group"),
                            ("claim", "A claim of a sign-in provider"),
                            ("list", "A list of addresses"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_rules",
                        to="auth.group",
                    ),
                ),
                ("claim_provider", models.CharField(blank=True, max_length=40)),
                ("claim_name", models.CharField(blank=True, max_length=100)),
                ("claim_value", models.CharField(blank=True, max_length=200)),
                (
                    "operations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        default=requests_app.models.requests.scope.all_operations,
                        size=None,
                    ),
                ),
                (
                    "duration",
                    models.DurationField(
                        default=datetime.timedelta(days=90),
                        help_text="How long each member's access lasts at most.",
                        validators=[
                            django.core.validators.MinValueValidator(datetime.timedelta(days=1))
                        ],
                    ),
                ),
                ("ends_at", models.DateTimeField(help_text="All access by this rule ends then.")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("published", "Published"),
                            ("ended", "Ended"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="authored_standing_rules",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="published_standing_rules",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty if it reached its end.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ended_standing_rules",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("closing_reason", models.TextField(blank=True)),
                (
                    "ai_models",
                    models.ManyToManyField(
                        related_name="standing_rules",
                        to="catalogue.aimodel",
                        verbose_name="AI models",
                    ),
                ),
            ],
            options={
                "verbose_name": "standing rule",
                "ordering": ("-pk",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "published")),
                        fields=["ends_at"],
                        name="standing_rules_to_end",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "published", "ended"])),
                        name="standing_rule_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("requests_per_minute__isnull", True),
                                ("requests_per_minute__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("requests_per_day__isnull", True),
                                ("requests_per_day__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("tokens_per_day__isnull", True),
                                ("tokens_per_day__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("spend_cap__isnull", True), ("spend_cap__gt", 0), _connector="OR"
                            ),
                        ),
                        name="standing_rule_limits_are_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("group__isnull", False),
                                ("kind", "group"),
                                ("claim_name", ""),
                                ("claim_provider", ""),
                                ("claim_value", ""),
                            ),
                            models.Q(
                                ("group__isnull", True),
                                ("kind", "claim"),
                                models.Q(("claim_provider", ""), _negated=True),
                                models.Q(("claim_name", ""), _negated=True),
                                models.Q(("claim_value", ""), _negated=True),
                            ),
                            models.Q(
                                ("group__isnull", True),
                                ("kind", "list"),
                                ("claim_name", ""),
                                ("claim_provider", ""),
                                ("claim_value", ""),
                            ),
                            _connector="OR",
                        ),
                        name="standing_rule_names_what_makes_a_member",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", True),
                                ("state", "draft"),
                                ("published_at__isnull", True),
                                ("published_by__isnull", True),
                            ),
                            models.Q(
                                ("published_at__isnull", False),
                                ("published_by__isnull", False),
                                ("state", "published"),
                                ("closed_at__isnull", True),
                            ),
                            models.Q(("closed_at__isnull", False), ("state", "ended")),
                            _connector="OR",
                        ),
                        name="standing_rule_has_the_dates_of_its_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_at__isnull", True), ("published_by__isnull", True)
                            ),
                            models.Q(
                                ("published_at__isnull", False), ("published_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="standing_rule_published_at_has_its_by",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_by__isnull", True),
                            models.Q(("published_by", models.F("author")), _negated=True),
                            _connector="OR",
                        ),
                        name="standing_rule_not_published_by_its_author",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ended"), _negated=True),
                            models.Q(("closing_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="ended_standing_rule_has_its_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("duration__gt", datetime.timedelta(0))),
                        name="standing_rule_duration_is_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("operations__contained_by", ["messages", "completions"]),
                            ("operations__len__gt", 0),
                        ),
                        name="standing_rule_operations_are_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(requests_app.models.columns.public_id, *("req",)),
                        editable=False,
                        max_length=24,
                        unique=True,
                        verbose_name="public ID",
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_requests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "policy_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_requests",
                        to="requests_app.policyversion",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("in_review", "In review"),
                            ("returned", "Changes requested"),
                            ("approved", "Approved"),
                            ("denied", "Declined"),
                            ("expired", "Expired"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty if closed automatically.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closed_requests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("closing_reason", models.TextField(blank=True)),
                (
                    "denial",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unclear", "The purpose isn't clear enough"),
                            ("not_research", "The purpose isn't covered by the policy"),
                            ("safeguards", "The safeguards aren't sufficient"),
                            ("identity", "The requester could not be verified"),
                            ("alternative", "A model that is still available would be enough"),
                            ("capacity", "It needs more than we can provide"),
                            ("other", "Another reason"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "ask_again_on",
                    models.DateField(
                        blank=True,
                        help_text="When the requester can send a new request after a decline.",
                        null=True,
                    ),
                ),
                (
                    "appeal_of",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeal",
                        to="requests_app.accessrequest",
                    ),
                ),
                (
                    "continues",
                    models.ForeignKey(
                        blank=True,
                        help_text="The grant that this request extends, or renews after its end.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="continued_by",
                        to="requests_app.grant",
                    ),
                ),
                (
                    "standing_rule",
                    models.ForeignKey(
                        blank=True,
                        help_text="The rule that granted it without review.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="admitted",
                        to="requests_app.standingrule",
                    ),
                ),
                ("head_sequence", models.PositiveIntegerField(default=0, editable=False)),
                ("head_digest", models.BinaryField(default=bytes, max_length=32)),
            ],
            options={
                "verbose_name": "request",
                "ordering": ("-created_at",),
                "indexes": [
                    models.Index(fields=["requester", "-created_at"], name="requests_of_a_person"),
                    models.Index(fields=["state", "-created_at"], name="requests_by_state"),
                    models.Index(fields=["-created_at", "-id"], name="requests_newest_first"),
                    models.Index(
                        condition=models.Q(("state__in", ("approved", "denied", "expired"))),
                        fields=["closed_at"],
                        name="requests_by_end",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "draft",
                                    "in_review",
                                    "returned",
                                    "approved",
                                    "denied",
                                    "expired",
                                    "withdrawn",
                                ],
                            )
                        ),
                        name="request_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ("approved", "denied", "expired", "withdrawn")),
                            ),
                            models.Q(
                                ("closed_at__isnull", True),
                                ("state__in", ("draft", "in_review", "returned")),
                            ),
                            _connector="OR",
                        ),
                        name="request_closed_at_with_its_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_by__isnull", True),
                                ("state__in", ("draft", "in_review", "returned")),
                            ),
                            models.Q(("closed_by__isnull", True), ("state", "expired")),
                            models.Q(
                                ("closed_by__isnull", False),
                                ("state__in", ("approved", "denied", "withdrawn")),
                            ),
                            _connector="OR",
                        ),
                        name="request_closed_at_has_its_by",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_by", models.F("requester")),
                            ("state__in", ("approved", "denied")),
                            _negated=True,
                        ),
                        name="request_not_decided_by_its_requester",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ("draft", "withdrawn")),
                            ("submitted_at__isnull", False),
                            _connector="OR",
                        ),
                        name="request_in_review_was_submitted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ask_again_on__isnull", False),
                                ("state", "denied"),
                                models.Q(("denial", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "denied"), _negated=True),
                                ("ask_again_on__isnull", True),
                                ("denial", ""),
                            ),
                            _connector="OR",
                        ),
                        name="denied_request_has_its_reason_and_when_to_ask_again",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("denial", ""),
                            (
                                "denial__in",
                                [
                                    "unclear",
                                    "not_research",
                                    "safeguards",
                                    "identity",
                                    "alternative",
                                    "capacity",
                                    "other",
                                ],
                            ),
                            _connector="OR",
                        ),
                        name="denial_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("standing_rule__isnull", True),
                            models.Q(
                                ("appeal_of", None),
                                ("continues", None),
                                ("state__in", ("draft", "approved")),
                            ),
                            _connector="OR",
                        ),
                        name="request_by_a_standing_rule_is_neither_reviewed_nor_an_extension",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "access_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="requests_app.accessrequest",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(default=1)),
                (
                    "title",
                    models.CharField(
                        blank=True, help_text="What its requester calls it.", max_length=120
                    ),
                ),
                ("purpose", models.TextField(blank=True)),
                ("expected_use", models.TextField(blank=True)),
                (
                    "inputs",
                    models.TextField(blank=True, help_text="What will be sent to the models."),
                ),
                ("safety", models.TextField(blank=True)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                (
                    "operations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        blank=True,
                        default=requests_app.models.requests.scope.all_operations,
                        help_text="Empty in a draft until they are chosen.",
                        size=None,
                    ),
                ),
                (
                    "expected_cost",
                    models.PositiveIntegerField(
                        default=0, help_text="Expected cost of use, in whole USD."
                    ),
                ),
                (
                    "track",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("academic", "University or public research"),
                            ("non_profit", "Non-profit"),
                            ("industry", "Company"),
                            ("independent", "Independent"),
                        ],
                        default="academic",
                        help_text="Empty in a draft until it is chosen.",
                        max_length=20,
                    ),
                ),
                ("organisation", models.CharField(blank=True, max_length=200)),
                (
                    "organisation_id",
                    models.CharField(blank=True, max_length=100, verbose_name="organisation ID"),
                ),
                ("country", models.CharField(blank=True, help_text="ISO 3166 code.", max_length=2)),
                ("team", models.TextField(blank=True)),
                ("scholar", models.CharField(blank=True, max_length=200)),
                ("orcid", models.CharField(blank=True, max_length=200, verbose_name="ORCID iD")),
                ("github", models.CharField(blank=True, max_length=200)),
                ("answers", models.JSONField(blank=True, default=dict)),
                (
                    "attested",
                    models.CharField(
                        blank=True, help_text="The wording that was attested.", max_length=20
                    ),
                ),
                ("attested_at", models.DateTimeField(blank=True, null=True)),
                (
                    "accepted",
                    models.ForeignKey(
                        blank=True,
                        help_text="The version whose terms were accepted.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="requests_app.policyversion",
                    ),
                ),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "note",
                    models.TextField(
                        blank=True,
                        help_text="What its requester tells the reviewers who asked for changes.",
                    ),
                ),
                (
                    "ai_models",
                    models.ManyToManyField(
                        related_name="+", to="catalogue.aimodel", verbose_name="AI models"
                    ),
                ),
                (
                    "collaborators",
                    models.ManyToManyField(
                        blank=True, related_name="collaborations", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("access_request", "number"), name="revision_number_is_used_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gt", models.F("starts_on"))),
                        name="revision_ends_after_its_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("submitted_at__isnull", True),
                            models.Q(("purpose", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="submitted_revision_has_a_purpose",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("operations__contained_by", ["messages", "completions"])
                        ),
                        name="revision_operations_are_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "track__in",
                                ["", "academic", "non_profit", "industry", "independent"],
                            )
                        ),
                        name="revision_track_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("submitted_at__isnull", True),
                            models.Q(
                                ("operations__len__gt", 0),
                                models.Q(("track", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="submitted_revision_has_operations_and_a_track",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("attested", ""), ("attested_at__isnull", True)),
                            models.Q(
                                models.Q(("attested", ""), _negated=True),
                                ("attested_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="revision_attested_at_has_its_wording",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted__isnull", True), ("accepted_at__isnull", True)),
                            models.Q(("accepted__isnull", False), ("accepted_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="revision_accepted_at_has_its_terms",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Narrowing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("requests_per_minute", models.PositiveIntegerField(blank=True, null=True)),
                ("requests_per_day", models.PositiveIntegerField(blank=True, null=True)),
                ("tokens_per_day", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "spend_cap",
                    models.PositiveIntegerField(
                        blank=True, help_text="Total, in whole USD.", null=True
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="narrowings",
                        to="requests_app.revision",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="narrowings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("reason", models.TextField()),
                (
                    "identifiers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), size=None
                    ),
                ),
                (
                    "operations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), size=None
                    ),
                ),
                ("duration", models.DurationField()),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("identifiers__len__gt", 0),
                            ("operations__len__gt", 0),
                            ("duration__gt", datetime.timedelta(0)),
                        ),
                        name="narrowing_leaves_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("operations__contained_by", ["messages", "completions"])
                        ),
                        name="narrowing_operations_are_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("requests_per_minute__isnull", True),
                                ("requests_per_minute__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("requests_per_day__isnull", True),
                                ("requests_per_day__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("tokens_per_day__isnull", True),
                                ("tokens_per_day__gt", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("spend_cap__isnull", True), ("spend_cap__gt", 0), _connector="OR"
                            ),
                        ),
                        name="narrowing_limits_are_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestedModel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "access_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="requested_models",
                        to="requests_app.accessrequest",
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("is_open", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("access_request", "ai_model"), name="request_names_a_model_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_open", True)),
                        fields=("requester", "ai_model"),
                        name="one_open_request_per_person_and_model",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GrantedModel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="granted_models",
                        to="requests_app.grant",
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("is_live", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("grant", "ai_model"), name="grant_names_a_model_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Key",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(requests_app.models.columns.public_id, *("key",)),
                        editable=False,
                        max_length=24,
                        unique=True,
                        verbose_name="public ID",
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keys",
                        to="requests_app.grant",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("issuing", "Being created"),
                            ("active", "Active"),
                            ("retiring", "Retiring"),
                            ("expired", "Expired"),
                            ("revoking", "Being revoked"),
                            ("revoked", "Revoked"),
                            ("failed", "Failed"),
                        ],
                        default="issuing",
                        max_length=10,
                    ),
                ),
                ("digest", models.BinaryField(help_text="HMAC-SHA-256 of the key.", max_length=32)),
                (
                    "pepper",
                    models.PositiveSmallIntegerField(
                        help_text="Which pepper the digest was made with."
                    ),
                ),
                ("last_four", models.CharField(max_length=4)),
                (
                    "label",
                    models.CharField(
                        blank=True, help_text="What its holder calls it.", max_length=60
                    ),
                ),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=43),
                        blank=True,
                        default=list,
                        help_text="Networks it can be used from, in CIDR notation. Empty means anywhere.",
                        size=None,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "refused_from",
                    models.DateTimeField(
                        blank=True, help_text="When its revocation was decided.", null=True
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revoked_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="The key that replaced it.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="requests_app.key",
                    ),
                ),
                (
                    "closed_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When it ended, or its issuer confirmed the revocation.",
                        null=True,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "retiring")),
                        fields=["expires_at"],
                        name="keys_to_retire",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "active")),
                        fields=("grant", "holder"),
                        name="person_has_one_active_key_under_a_grant",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "issuing")),
                        fields=("grant", "holder"),
                        name="person_has_one_key_being_made_under_a_grant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "issuing",
                                    "active",
                                    "retiring",
                                    "expired",
                                    "revoking",
                                    "revoked",
                                    "failed",
                                ],
                            )
                        ),
                        name="key_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ("expired", "revoked", "failed")),
                            ),
                            models.Q(
                                ("closed_at__isnull", True),
                                ("state__in", ("issuing", "active", "retiring", "revoking")),
                            ),
                            _connector="OR",
                        ),
                        name="key_closed_at_with_its_end",
                    ),
                    models.UniqueConstraint(fields=("digest",), name="key_digest_is_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="key_expires_after_it_was_made",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("revoking", "revoked")), _negated=True),
                            ("refused_from__isnull", False),
                            _connector="OR",
                        ),
                        name="revoked_key_has_its_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExternalKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty for a key that claims to be ours but isn't known here.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issued",
                        to="requests_app.key",
                    ),
                ),
                ("issuer", models.CharField(max_length=40)),
                (
                    "reference",
                    models.CharField(help_text="The gateway's name for it.", max_length=100),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("creating", "Being created"),
                            ("present", "Present"),
                            ("deleting", "Being deleted"),
                            ("gone", "Deleted"),
                        ],
                        default="creating",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "confirmed_at",
                    models.DateTimeField(
                        blank=True, help_text="When the gateway last reported having it.", null=True
                    ),
                ),
                (
                    "gone_at",
                    models.DateTimeField(
                        blank=True, help_text="When the gateway confirmed its deletion.", null=True
                    ),
                ),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                (
                    "tries",
                    models.PositiveIntegerField(default=0, help_text="Since the last success."),
                ),
                (
                    "stuck_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the operators were notified. We keep retrying.",
                        null=True,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ("pk",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_try_at__isnull", False)),
                        fields=["state", "next_try_at"],
                        name="external_keys_to_settle",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["creating", "present", "deleting", "gone"])
                        ),
                        name="external_key_state_is_known",
                    ),
                    models.UniqueConstraint(
                        fields=("issuer", "reference"), name="external_key_is_at_a_gateway_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("creating", "deleting")), _negated=True),
                            ("next_try_at__isnull", False),
                            _connector="OR",
                        ),
                        name="external_key_that_waits_is_looked_at_again",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "present"), _negated=True),
                            models.Q(("confirmed_at__isnull", False), ("key__isnull", False)),
                            _connector="OR",
                        ),
                        name="external_key_that_is_there_was_confirmed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "gone"), _negated=True),
                            models.Q(("gone_at__isnull", False), ("next_try_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="external_key_that_is_gone_has_its_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("issuer", models.CharField(max_length=40)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField()),
                ("listed", models.PositiveIntegerField(help_text="All keys at the gateway.")),
                (
                    "expected",
                    models.PositiveIntegerField(help_text="Our keys that the gateway should have."),
                ),
                ("missing", models.PositiveIntegerField()),
                ("extra", models.PositiveIntegerField()),
                ("changed", models.PositiveIntegerField()),
                ("unconfirmed", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ("-finished_at",),
                "indexes": [
                    models.Index(
                        fields=["issuer", "-finished_at"], name="reconciliations_of_an_issuer"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(
                            requests_app.models.columns.public_id, *("token",)
                        ),
                        editable=False,
                        max_length=24,
                        unique=True,
                        verbose_name="public ID",
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="service_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("keys.revoke", "Revoke keys"),
                                ("keys.claim", "Create and rotate the owner's keys"),
                                ("keys.introspect", "Check whether a key is active"),
                                ("usage.report", "Report usage"),
                                ("standing.write", "Keep the lists of standing rules"),
                                ("catalogue.write", "Change the catalogue, as its owner can"),
                                ("read", "Read what its owner can read"),
                                (
                                    "requests.write",
                                    "Write the owner's requests; a person sends them",
                                ),
                                (
                                    "grants.suspend",
                                    "Suspend grants under policies that its owner owns",
                                ),
                                (
                                    "grants.revoke",
                                    "Revoke grants under policies that its owner owns",
                                ),
                            ],
                            max_length=20,
                        ),
                        size=None,
                    ),
                ),
                (
                    "digest",
                    models.BinaryField(help_text="HMAC-SHA-256 of the token.", max_length=32),
                ),
                (
                    "pepper",
                    models.PositiveSmallIntegerField(
                        help_text="Which pepper the digest was made with."
                    ),
                ),
                ("last_four", models.CharField(max_length=4)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "expiry_notice_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When its owner is next told that it ends soon.",
                        null=True,
                    ),
                ),
                ("expiry_notice_tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "last_used_at",
                    models.DateTimeField(
                        blank=True, help_text="To the minute. Empty if never used.", null=True
                    ),
                ),
                (
                    "replaced_by",
                    models.OneToOneField(
                        blank=True,
                        help_text="Its successor, since it was rotated.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="requests_app.servicetoken",
                    ),
                ),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty if it was reported as leaked.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revoked_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner_notified_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When its owner was notified of the report.",
                        null=True,
                    ),
                ),
                ("notification_tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "notify_owner_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When that is retried. Empty means immediately.",
                        null=True,
                    ),
                ),
                (
                    "notification_abandoned_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the mail server rejected the owner's address.",
                        null=True,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at",),
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("owner_notified_at", None),
                            ("revoked_at__isnull", False),
                            ("revoked_by", None),
                        ),
                        fields=["revoked_at"],
                        name="leaked_tokens_to_tell_of",
                    ),
                    models.Index(
                        condition=models.Q(("replaced_by", None), ("revoked_at", None)),
                        fields=["expiry_notice_at"],
                        name="tokens_that_end_soon",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("digest",), name="token_digest_is_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "permissions__contained_by",
                                [
                                    "keys.revoke",
                                    "keys.claim",
                                    "keys.introspect",
                                    "usage.report",
                                    "standing.write",
                                    "catalogue.write",
                                    "read",
                                    "requests.write",
                                    "grants.suspend",
                                    "grants.revoke",
                                ],
                            ),
                            ("permissions__len__gt", 0),
                        ),
                        name="token_permissions_are_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="token_expires_after_it_was_made",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("revoked_by__isnull", True),
                            ("revoked_at__isnull", False),
                            _connector="OR",
                        ),
                        name="revoked_token_has_its_at",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StandingMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="listed",
                        to="requests_app.standingrule",
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "removed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("removed_at", None)),
                        fields=["email"],
                        name="lists_with_an_address",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("removed_at", None), ("removed_by", None)),
                            models.Q(("removed_at__isnull", False), ("removed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="listed_address_is_removed_by_somebody",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("rule", "email"),
                        name="address_is_on_a_list_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("removed_at", None),
                            ("removed_at__gte", models.F("added_at")),
                            _connector="OR",
                        ),
                        name="listed_address_is_removed_after_it_was_added",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Usage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="usage",
                        to="requests_app.key",
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                ("day", models.DateField()),
                ("requests", models.PositiveBigIntegerField(default=0)),
                ("input_tokens", models.PositiveBigIntegerField(default=0)),
                ("output_tokens", models.PositiveBigIntegerField(default=0)),
                ("cost", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "verbose_name_plural": "usage",
                "ordering": ("day",),
                "indexes": [models.Index(fields=["ai_model", "day"], name="usage_of_a_model")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "ai_model", "day"), name="usage_is_counted_once_a_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyActivity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="activity",
                        to="requests_app.key",
                    ),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(
                        blank=True, help_text="When the check last accepted it.", null=True
                    ),
                ),
                (
                    "refusals",
                    models.PositiveBigIntegerField(
                        default=0, help_text="How often the check refused it as revoked or expired."
                    ),
                ),
                ("last_refused_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "key activity",
            },
        ),
        migrations.CreateModel(
            name="StoredAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "digest",
                    models.BinaryField(
                        help_text="SHA-256 of the caller, the path and the key.",
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "request_digest",
                    models.BinaryField(
                        help_text="SHA-256 of the method, the query and the body.", max_length=32
                    ),
                ),
                (
                    "content",
                    models.BinaryField(help_text="Status, headers and body, encrypted.", null=True),
                ),
                (
                    "made",
                    models.CharField(
                        blank=True, help_text="The ID of what the call created.", max_length=40
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("content_until", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stored_answers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="stored_answers_by_end")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("content_until__lte", models.F("expires_at"))),
                        name="stored_answer_outlives_its_content",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UsageBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="requests_app.servicetoken",
                    ),
                ),
                ("batch_id", models.CharField(max_length=100, verbose_name="batch ID")),
                ("received_at", models.DateTimeField()),
                ("digest", models.BinaryField(help_text="SHA-256 of its content.", max_length=32)),
                (
                    "answer",
                    models.JSONField(
                        help_text="The response, repeated if it is sent again.", null=True
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "usage batches",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("sender", "batch_id"), name="usage_batch_is_counted_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("batch_id", ""), _negated=True),
                        name="usage_batch_has_an_id",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "access_request",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="requests_app.accessrequest",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="requests_app.policy",
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="catalogue.provider",
                    ),
                ),
                ("sequence", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=40)),
                (
                    "subject",
                    models.CharField(help_text="Public ID of what changed.", max_length=40),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        help_text="Empty if automatic.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "details",
                    models.JSONField(
                        default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder
                    ),
                ),
                ("previous", models.BinaryField(max_length=32)),
                ("digest", models.BinaryField(max_length=32)),
            ],
            options={
                "ordering": ("pk",),
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("ai_model__isnull", False),
                            ("provider__isnull", False),
                            _connector="OR",
                        ),
                        fields=["-id"],
                        name="catalogue_events_newest_first",
                    ),
                    models.Index(
                        condition=models.Q(("kind", "access.ended_under_policy")),
                        fields=["-id"],
                        name="endings_under_policies",
                    ),
                    models.Index(
                        condition=models.Q(("kind", "policy.reviewer_added")),
                        fields=["actor"],
                        name="reviewers_by_who_added_them",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("access_request", "sequence"), name="request_events_are_in_order"
                    ),
                    models.UniqueConstraint(
                        fields=("policy", "sequence"), name="policy_events_are_in_order"
                    ),
                    models.UniqueConstraint(
                        fields=("ai_model", "sequence"), name="model_events_are_in_order"
                    ),
                    models.UniqueConstraint(
                        fields=("provider", "sequence"), name="provider_events_are_in_order"
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            models.Func(
                                "access_request",
                                "policy",
                                "ai_model",
                                "provider",
                                function="num_nonnulls",
                                output_field=models.IntegerField(),
                            ),
                            1,
                        ),
                        name="event_is_in_one_chain",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewerPreference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviewer_preference",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "daily_digest",
                    models.BooleanField(
                        default=False,
                        help_text="One email a day with all reminders, instead of one each.",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SavedReason",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("text", models.TextField()),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_reasons",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_reasons",
                        to="requests_app.policy",
                    ),
                ),
            ],
            options={
                "ordering": ("name", "pk"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("person__isnull", False), ("policy", None)),
                            models.Q(("person", None), ("policy__isnull", False)),
                            _connector="OR",
                        ),
                        name="saved_reason_is_a_persons_or_a_policys",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("text", ""), _negated=True),
                        ),
                        name="saved_reason_has_a_name_and_a_text",
                    ),
                    models.UniqueConstraint(
                        fields=("person", "name"), name="saved_reason_of_a_person"
                    ),
                    models.UniqueConstraint(
                        fields=("policy", "name"), name="saved_reason_of_a_policy"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="requests_app.event",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty for a chat channel or an address.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "address",
                    models.EmailField(
                        blank=True,
                        help_text="The recipient, if it is an address without an account.",
                        max_length=254,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("mail", "Email"), ("digest", "Daily digest"), ("chat", "Chat")],
                        default="mail",
                        max_length=10,
                    ),
                ),
                ("ordinal", models.PositiveSmallIntegerField(default=1)),
                ("template", models.CharField(max_length=40)),
                ("next_try_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "dropped_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When it was given up: permanently rejected, or no longer relevant.",
                        null=True,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("dropped_at", None), ("sent_at", None)),
                        fields=["next_try_at"],
                        name="notices_to_send",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "recipient", "address", "channel", "ordinal"),
                        name="notice_is_sent_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("address", ""), ("channel", "chat"), ("recipient__isnull", True)
                            ),
                            models.Q(
                                ("address", ""),
                                ("channel__in", ("mail", "digest")),
                                ("recipient__isnull", False),
                            ),
                            models.Q(
                                ("channel", "mail"),
                                ("recipient__isnull", True),
                                models.Q(("address", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="notice_channel_is_known_and_reaches_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sent_at__isnull", True), ("dropped_at__isnull", True), _connector="OR"
                        ),
                        name="notice_is_sent_or_dropped",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Demand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="demands",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="demands",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                ("stated_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "ai_model"), name="demand_is_stated_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Follow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follows",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follows",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follows",
                        to="catalogue.provider",
                    ),
                ),
                ("platform", models.CharField(blank=True, max_length=100)),
                ("followed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("pk",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("platform", ""), _negated=True),
                        fields=["platform"],
                        name="platform_follows",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "ai_model", "provider", "platform"),
                        name="a_thing_is_followed_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ai_model__isnull", False), ("platform", ""), ("provider", None)
                            ),
                            models.Q(
                                ("ai_model", None), ("platform", ""), ("provider__isnull", False)
                            ),
                            models.Q(
                                ("ai_model", None),
                                ("provider", None),
                                models.Q(("platform", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="follow_is_of_one_thing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(requests_app.models.columns.public_id, *("chg",)),
                        editable=False,
                        max_length=24,
                        unique=True,
                        verbose_name="public ID",
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "changes",
                    models.JSONField(
                        default=list, encoder=django.core.serializers.json.DjangoJSONEncoder
                    ),
                ),
                ("action", models.CharField(blank=True, max_length=40)),
                ("arguments", models.JSONField(default=dict)),
                ("reason", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="catalogue_proposals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closed_catalogue_proposals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("closing_reason", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "proposed change",
                "ordering": ("-proposed_at",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "accepted", "declined", "withdrawn"])
                        ),
                        name="proposal_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ("accepted", "declined", "withdrawn")),
                            ),
                            models.Q(("closed_at__isnull", True), ("state__in", ("waiting",))),
                            _connector="OR",
                        ),
                        name="proposal_closed_at_with_its_end",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("ai_model",),
                        name="one_waiting_proposal_per_model",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("accepted", "declined")), _negated=True),
                            models.Q(
                                ("closed_by__isnull", False),
                                models.Q(("closed_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_is_decided_by_somebody_else",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("reason", ""), _negated=True),
                                ("action", ""),
                                ("arguments", {}),
                            ),
                            models.Q(models.Q(("action", ""), _negated=True), ("changes", [])),
                            _connector="OR",
                        ),
                        name="proposal_has_a_reason_or_is_an_action",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RetirementWatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "retirement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watch",
                        to="catalogue.retirement",
                    ),
                ),
                ("announced", models.DateField(null=True)),
                ("retires", models.DateField(null=True)),
                ("retires_at", models.DateTimeField(null=True)),
                ("precision", models.CharField(max_length=20)),
                ("reopened", models.DateField(null=True)),
                (
                    "revision",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="How often its dates have changed: SEQUENCE in calendars (RFC 5545).",
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                ("remind_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name_plural": "retirement watches",
                "indexes": [
                    models.Index(
                        condition=models.Q(("remind_at__isnull", False)),
                        fields=["remind_at"],
                        name="retirements_to_remind_of",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(
                            requests_app.models.columns.public_id, *("file",)
                        ),
                        editable=False,
                        help_text="Also its name on disk.",
                        max_length=24,
                        unique=True,
                        verbose_name="public ID",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="Its owner's name for it, cleaned up.", max_length=120
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pdf", "PDF"),
                            ("png", "PNG image"),
                            ("jpeg", "JPEG image"),
                            ("text", "Plain text"),
                            ("csv", "CSV table"),
                            ("odt", "OpenDocument text"),
                            ("docx", "Word document"),
                        ],
                        max_length=10,
                    ),
                ),
                ("size", models.PositiveBigIntegerField(help_text="In bytes.")),
                (
                    "digest",
                    models.CharField(help_text="SHA-256 of its content, in hex.", max_length=64),
                ),
                ("added_at", models.DateTimeField()),
                (
                    "revisions",
                    models.ManyToManyField(related_name="files", to="requests_app.revision"),
                ),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["pdf", "png", "jpeg", "text", "csv", "odt", "docx"])
                        ),
                        name="attachment_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gt", 0)), name="attachment_isnt_empty"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")),
                        name="attachment_has_its_digest",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Collaborator",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="collaborators",
                        to="requests_app.grant",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shared_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("added_at", models.DateTimeField()),
                (
                    "accepted_at",
                    models.DateTimeField(
                        blank=True, help_text="When they accepted the policy's terms.", null=True
                    ),
                ),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "removed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="removed_collaborators",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("grant", "person"), name="collaborator_is_under_a_grant_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("removed_at__isnull", True), ("removed_by__isnull", True)),
                            models.Q(("removed_at__isnull", False), ("removed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="removed_collaborator_has_its_at_and_by",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestInstitution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "access_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="institutions",
                        to="requests_app.accessrequest",
                    ),
                ),
                (
                    "institution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to="people.institution",
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(help_text="By the database's clock, like affiliations."),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("access_request", "institution"),
                        name="request_names_an_institution_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InstitutionMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("reason", models.TextField()),
                ("people", models.PositiveIntegerField(help_text="How many people moved.")),
                (
                    "requests",
                    models.PositiveIntegerField(help_text="How many requests name it."),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "into",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="people.institution",
                    ),
                ),
                (
                    "merged",
                    models.OneToOneField(
                        help_text="Now only a name.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merge",
                        to="people.institution",
                    ),
                ),
            ],
            options={
                "ordering": ("-pk",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("merged", models.F("into")), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                        ),
                        name="institution_merge_is_into_another_with_a_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Colleague",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "access_request_id",
                        "person_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "access_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="colleagues",
                        to="requests_app.accessrequest",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "requests_app_colleague",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="AddedReviewer",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "access_request_id",
                        "person_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "access_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="added_reviewers",
                        to="requests_app.accessrequest",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "requests_app_addedreviewer",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(requests_app.models.columns.public_id, *("inv",)),
                        editable=False,
                        max_length=24,
                        unique=True,
                        verbose_name="public ID",
                    ),
                ),
                (
                    "access_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="requests_app.accessrequest",
                    ),
                ),
                (
                    "email",
                    models.EmailField(
                        help_text="As typed, in lower case. We never check whether an account uses it.",
                        max_length=254,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Pending"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("lapsed", "Expired"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "shows_purpose",
                    models.BooleanField(
                        default=False, help_text="Whether the purpose is shown before they accept."
                    ),
                ),
                (
                    "may_edit",
                    models.BooleanField(
                        default=False,
                        help_text="Whether they may edit the draft once they have accepted.",
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "sent_at",
                    models.DateTimeField(help_text="When the last email about it was written."),
                ),
                ("sends", models.PositiveSmallIntegerField(default=1)),
                ("expires_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who accepted it, with this address verified.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "policy_version",
                    models.ForeignKey(
                        blank=True,
                        help_text="Whose terms they accepted.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="requests_app.policyversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "ordering": ("pk",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["email"],
                        name="invitations_of_an_address",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["waiting", "accepted", "declined", "withdrawn", "lapsed"],
                            )
                        ),
                        name="invitation_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ("declined", "withdrawn", "lapsed")),
                            ),
                            models.Q(
                                ("closed_at__isnull", True), ("state__in", ("waiting", "accepted"))
                            ),
                            _connector="OR",
                        ),
                        name="invitation_closed_at_with_its_end",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("waiting", "accepted"))),
                        fields=("access_request", "email"),
                        name="address_is_invited_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("email", django.db.models.functions.text.Lower("email"))
                        ),
                        name="invited_email_is_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("accepted_at__isnull", False),
                                ("person__isnull", False),
                                ("policy_version__isnull", False),
                            ),
                            models.Q(
                                ("accepted_at__isnull", True),
                                ("person__isnull", True),
                                ("policy_version__isnull", True),
                                models.Q(("state", "accepted"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="accepted_invitation_has_its_at_by_and_terms",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("sent_at"))),
                        name="invitation_ends_after_its_mail",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BreakGlass",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "grant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="break_glass",
                        to="requests_app.grant",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="broken_glass",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("reason", models.TextField()),
                (
                    "remind_at",
                    models.DateTimeField(
                        blank=True, help_text="When its reviewers are next reminded.", null=True
                    ),
                ),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviewed_broken_glass",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("in_order", "Justified"), ("not_in_order", "Not justified")],
                        max_length=20,
                    ),
                ),
                ("words", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "emergency grant",
                "ordering": ("-at",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("reviewed_at", None)),
                        fields=["remind_at"],
                        name="break_glass_to_remind",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="break_glass_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("remind_at__isnull", False),
                                ("reviewed_at__isnull", True),
                                ("reviewed_by__isnull", True),
                                ("verdict", ""),
                            ),
                            models.Q(
                                ("remind_at__isnull", True),
                                ("reviewed_at__isnull", False),
                                ("reviewed_by__isnull", False),
                                ("verdict__in", ("in_order", "not_in_order")),
                                models.Q(("words", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="break_glass_is_reviewed_in_full_or_not_yet",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reviewed_by", models.F("by")), _negated=True),
                        name="break_glass_not_reviewed_by_who_broke_it",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SeriesPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "series",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review",
                        to="voice.essayseries",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="essay_series",
                        to="requests_app.policy",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "series policies",
            },
        ),
        migrations.CreateModel(
            name="ReviewerInvitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(requests_app.models.columns.public_id, "rinv"),
                        editable=False,
                        max_length=24,
                        unique=True,
                        verbose_name="public ID",
                    ),
                ),
                (
                    "email",
                    models.EmailField(
                        help_text="As typed, in lower case. We never check whether an account uses it.",
                        max_length=254,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Pending"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("lapsed", "Expired"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviewers_invited",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="auth.group",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who accepted it, with this address verified.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviewer_invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviewer_invitations",
                        to="requests_app.policy",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "ordering": ("pk",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["email"],
                        name="reviewer_invitations_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["waiting", "accepted", "declined", "withdrawn", "lapsed"],
                            )
                        ),
                        name="reviewer_invitation_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ("accepted", "declined", "withdrawn", "lapsed")),
                            ),
                            models.Q(("closed_at__isnull", True), ("state__in", ("waiting",))),
                            _connector="OR",
                        ),
                        name="reviewer_invitation_closed_at_with_its_end",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("group", "email"),
                        name="address_is_invited_into_a_group_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("email", django.db.models.functions.text.Lower("email"))
                        ),
                        name="invited_reviewers_email_is_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("person__isnull", False), ("state", "accepted")),
                            models.Q(
                                models.Q(("state", "accepted"), _negated=True),
                                ("person__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="accepted_reviewer_invitation_has_its_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("sent_at"))),
                        name="reviewer_invitation_ends_after_its_mail",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReadLogEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "access_request",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="read_log",
                        to="requests_app.accessrequest",
                    ),
                ),
                (
                    "essay",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="read_log",
                        to="voice.essay",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="read_log",
                        to="requests_app.policy",
                    ),
                ),
                (
                    "report",
                    models.CharField(
                        blank=True,
                        help_text="The file of the policy's report; empty for its page.",
                        max_length=20,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="read_log",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty for the page itself.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="requests_app.attachment",
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "read log entries",
                "indexes": [
                    models.Index(fields=["access_request", "person"], name="read_log_of_a_request"),
                    models.Index(fields=["essay", "person"], name="read_log_of_an_essay"),
                    models.Index(fields=["policy", "person"], name="read_log_of_a_policy"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("access_request__isnull", False),
                                ("essay", None),
                                ("policy", None),
                                ("report", ""),
                            ),
                            models.Q(
                                ("access_request", None),
                                ("essay__isnull", False),
                                ("file", None),
                                ("policy", None),
                                ("report", ""),
                            ),
                            models.Q(
                                ("access_request", None),
                                ("essay", None),
                                ("file", None),
                                ("policy__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="read_log_entry_is_of_one_subject",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Stage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "access_request",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stages",
                        to="requests_app.accessrequest",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stages",
                        to="requests_app.revision",
                    ),
                ),
                (
                    "essay",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stages",
                        to="voice.essay",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stages",
                        to="requests_app.policystep",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("open", "Open"),
                            ("passed", "Passed"),
                            ("failed", "Failed"),
                            ("expired", "Expired"),
                            ("skipped", "Skipped"),
                            ("closed", "Closed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("remind_at", models.DateTimeField(blank=True, null=True)),
                ("reminders", models.PositiveSmallIntegerField(default=0)),
                (
                    "escalate_at",
                    models.DateTimeField(
                        blank=True, help_text="When the alternates are called.", null=True
                    ),
                ),
                (
                    "escalated_at",
                    models.DateTimeField(
                        blank=True, help_text="Since when the alternates can vote.", null=True
                    ),
                ),
                (
                    "deadlocked_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Since when there haven't been enough reviewers to reach the quorum.",
                        null=True,
                    ),
                ),
                (
                    "carried_from",
                    models.ForeignKey(
                        blank=True,
                        help_text="The passed stage of an earlier revision that this one carries over.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carried_to",
                        to="requests_app.stage",
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("step__position",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["remind_at"],
                        name="stages_to_remind",
                    ),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["escalate_at"],
                        name="stages_to_escalate",
                    ),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["due_at"],
                        name="stages_by_deadline",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "waiting",
                                    "open",
                                    "passed",
                                    "failed",
                                    "expired",
                                    "skipped",
                                    "closed",
                                ],
                            )
                        ),
                        name="stage_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ("passed", "failed", "expired", "skipped", "closed")),
                            ),
                            models.Q(
                                ("closed_at__isnull", True), ("state__in", ("waiting", "open"))
                            ),
                            _connector="OR",
                        ),
                        name="stage_closed_at_with_its_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("access_request__isnull", False),
                                ("essay__isnull", True),
                                ("revision__isnull", False),
                            ),
                            models.Q(
                                ("access_request__isnull", True),
                                ("essay__isnull", False),
                                ("revision__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="stage_is_of_a_request_or_an_essay",
                    ),
                    models.UniqueConstraint(fields=("revision", "step"), name="one_stage_per_step"),
                    models.UniqueConstraint(
                        fields=("essay", "step"), name="one_stage_per_essay_step"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("essay",),
                        name="one_open_stage_per_essay",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("access_request",),
                        name="one_open_stage_per_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "open"), _negated=True),
                            models.Q(("due_at__isnull", False), ("opened_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="open_stage_has_a_deadline",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("carried_from__isnull", True), ("state", "passed"), _connector="OR"
                        ),
                        name="carried_stage_has_passed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delegation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "delegate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegated_to",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                (
                    "ends_at",
                    models.DateTimeField(
                        blank=True, help_text="Empty if it is for a stage.", null=True
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reassignments",
                        to="requests_app.stage",
                    ),
                ),
                (
                    "reassigned_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="The owner who reassigned it on this stage.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "takes_open",
                    models.BooleanField(
                        default=False,
                        help_text="Whether it includes steps already open at its start.",
                    ),
                ),
                (
                    "away",
                    models.BooleanField(
                        default=False,
                        help_text="Whether emails about a step go to the delegate alone, if they can decide it.",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("-starts_at",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("person", models.F("delegate")), _negated=True),
                        name="delegation_is_to_somebody_else",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="delegation_ends_after_its_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("away", False), ("takes_open", True), _connector="OR"),
                        name="whoever_is_away_hands_over_open_steps_too",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ends_at__isnull", False),
                                ("reassigned_by", None),
                                ("stage", None),
                            ),
                            models.Q(
                                ("away", False),
                                ("ends_at", None),
                                ("reassigned_by__isnull", False),
                                ("stage__isnull", False),
                                ("takes_open", True),
                            ),
                            _connector="OR",
                        ),
                        name="delegation_is_for_a_period_or_reassigns_on_a_stage",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("stage", "person"),
                        name="a_seat_is_reassigned_to_one_person_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="requests_app.stage",
                    ),
                ),
                (
                    "voter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        help_text="On whose behalf it was cast: the voter, or whoever delegated to them.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seats",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "choice",
                    models.CharField(
                        choices=[
                            ("approve", "Approve"),
                            ("deny", "Decline"),
                            ("return", "Request changes"),
                            ("recuse", "Recuse"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField()),
                (
                    "shown",
                    models.CharField(help_text="Digest of what the voter saw.", max_length=64),
                ),
                ("cast_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("cast_at",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("stage", "voter"), name="one_vote_per_person_and_stage"
                    ),
                    models.UniqueConstraint(
                        fields=("stage", "seat"), name="one_vote_per_seat_and_stage"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("choice__in", ("approve", "deny", "return", "recuse"))),
                        name="vote_choice_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="vote_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="policymodel",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, to="requests_app.policy"
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="access_request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="grants",
                to="requests_app.accessrequest",
            ),
        ),
    ]
