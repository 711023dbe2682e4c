"""The tables of interviews, preferences and essays."""

import datetime

import django.db.models.deletion
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import lifecycle.catalogue.validators


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EssaySeries",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="essay_series",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                ("slug", models.SlugField(unique=True, verbose_name="short name")),
                ("title", models.CharField(max_length=100)),
                (
                    "disclaimer",
                    models.TextField(
                        help_text="Shown on each page: for whom the essays don't speak."
                    ),
                ),
                (
                    "starts_on",
                    models.DateField(
                        help_text="UTC.", validators=[lifecycle.catalogue.validators.validate_day]
                    ),
                ),
                (
                    "promised_weeks",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="At least so many weeks, one essay a week.", null=True
                    ),
                ),
                (
                    "channel",
                    models.URLField(
                        blank=True, help_text="Where it is published, if not here.", max_length=500
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="essay_series",
                        to="catalogue.source",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "essay series",
                "ordering": ("starts_on", "slug"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("starts_on", None),
                                (
                                    "starts_on__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            )
                        ),
                        name="series_starts_in_this_age",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("promised_weeks", None), ("promised_weeks__gt", 0), _connector="OR"
                        ),
                        name="series_promises_a_week_at_least",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("disclaimer", ""), _negated=True),
                        name="series_has_a_disclaimer",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Essay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="essays",
                        to="voice.essayseries",
                    ),
                ),
                (
                    "number",
                    models.PositiveSmallIntegerField(help_text="In the order of being handed in."),
                ),
                ("title", models.CharField(max_length=200)),
                ("body", models.TextField(help_text="The model's words, exactly as they were.")),
                ("digest", models.CharField(help_text="SHA-256 of the body.", max_length=64)),
                ("prompt", models.TextField(help_text="What the model was asked.")),
                (
                    "context",
                    models.TextField(
                        blank=True,
                        help_text="What else it was given: system prompt, documents, earlier essays.",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("in_review", "In review"),
                            ("published", "Published"),
                            ("vetoed", "Vetoed"),
                            ("expired", "Expired"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="in_review",
                        max_length=10,
                    ),
                ),
                ("handed_in_at", models.DateTimeField()),
                (
                    "handed_in_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="essays",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "published_digest",
                    models.CharField(
                        blank=True, help_text="The digest of what was published.", max_length=64
                    ),
                ),
                ("reason", models.TextField(blank=True, help_text="Of a veto. Public.")),
            ],
            options={
                "ordering": ("series", "number"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("series", "number"), name="essay_number_is_used_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["in_review", "published", "vetoed", "expired", "withdrawn"],
                            )
                        ),
                        name="essay_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("state", "in_review")),
                            models.Q(
                                models.Q(("state", "in_review"), _negated=True),
                                ("closed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="essay_closed_at_with_its_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_digest", models.F("digest")), ("state", "published")
                            ),
                            models.Q(
                                models.Q(("state", "published"), _negated=True),
                                ("published_digest", ""),
                            ),
                            _connector="OR",
                        ),
                        name="published_essay_is_what_was_handed_in",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "vetoed"), models.Q(("reason", ""), _negated=True)),
                            models.Q(models.Q(("state", "vetoed"), _negated=True), ("reason", "")),
                            _connector="OR",
                        ),
                        name="veto_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("body", ""), _negated=True),
                            models.Q(("title", ""), _negated=True),
                            models.Q(("prompt", ""), _negated=True),
                        ),
                        name="essay_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            models.F("digest"),
                            models.Func(
                                models.Func(
                                    models.Func(
                                        models.F("body"),
                                        models.Value("UTF8"),
                                        function="convert_to",
                                    ),
                                    function="sha256",
                                ),
                                models.Value("hex"),
                                function="encode",
                                output_field=models.CharField(),
                            ),
                        ),
                        name="essay_digest_is_of_its_body",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Protocol",
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
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="protocols",
                        to="catalogue.provider",
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="ProtocolVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "protocol",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="voice.protocol",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("text", models.TextField(help_text="What interviewers do, say and ask.")),
                ("digest", models.CharField(help_text="SHA-256 of the text.", max_length=64)),
                ("published_at", models.DateTimeField()),
                (
                    "published_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="published_protocols",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("protocol", "number"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("protocol", "number"), name="protocol_version_number_is_used_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="protocol_version_has_a_text",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            models.F("digest"),
                            models.Func(
                                models.Func(
                                    models.Func(
                                        models.F("text"),
                                        models.Value("UTF8"),
                                        function="convert_to",
                                    ),
                                    function="sha256",
                                ),
                                models.Value("hex"),
                                function="encode",
                                output_field=models.CharField(),
                            ),
                        ),
                        name="protocol_digest_is_of_its_text",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Interview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interviews",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "protocol_version",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty if the protocol isn't known.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interviews",
                        to="voice.protocolversion",
                    ),
                ),
                (
                    "took_place",
                    models.CharField(
                        blank=True,
                        help_text="As precisely as known: 2026, 2026-01 or 2026-01-05.",
                        max_length=10,
                        validators=[lifecycle.catalogue.validators.validate_day_or_part],
                    ),
                ),
                (
                    "conducted_by",
                    models.CharField(help_text="Who interviewed: such as the lab.", max_length=100),
                ),
                (
                    "summary",
                    models.TextField(blank=True, help_text="What is known about it, in our words."),
                ),
                (
                    "caveat",
                    models.TextField(
                        blank=True,
                        help_text="What may have shaped the answers of this interview in particular.",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interviews",
                        to="catalogue.source",
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("ai_model", "number"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ai_model", "number"), name="interview_number_is_used_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("took_place", ""),
                            (
                                "took_place__regex",
                                "^(19|20)[0-9][0-9](-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
                            ),
                            _connector="OR",
                        ),
                        name="interview_took_place_on_a_day_a_month_or_a_year",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InterviewParticipant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "interview",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participants",
                        to="voice.interview",
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "role",
                    models.CharField(help_text="Such as interviewer or observer.", max_length=100),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="Their account here, if they have one.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interviews",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("interview", "name", "role"), name="participant_is_named_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InterviewSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "interview",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="voice.interview",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "held_on",
                    models.DateField(
                        help_text="UTC.", validators=[lifecycle.catalogue.validators.validate_day]
                    ),
                ),
                (
                    "context",
                    models.TextField(
                        blank=True,
                        help_text="What the model was given before: system prompt, documents, tools.",
                    ),
                ),
                (
                    "context_digest",
                    models.CharField(help_text="SHA-256 of the context.", max_length=64),
                ),
                (
                    "transcript",
                    models.TextField(help_text="Everything that was said, exactly as it was."),
                ),
                ("digest", models.CharField(help_text="SHA-256 of the transcript.", max_length=64)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("interview", "number"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("interview", "number"), name="session_number_is_used_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("transcript", ""), _negated=True),
                        name="session_has_a_transcript",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("held_on", None),
                                (
                                    "held_on__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            )
                        ),
                        name="session_is_in_this_age",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            models.F("digest"),
                            models.Func(
                                models.Func(
                                    models.Func(
                                        models.F("transcript"),
                                        models.Value("UTF8"),
                                        function="convert_to",
                                    ),
                                    function="sha256",
                                ),
                                models.Value("hex"),
                                function="encode",
                                output_field=models.CharField(),
                            ),
                        ),
                        name="session_digest_is_of_its_transcript",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            models.F("context_digest"),
                            models.Func(
                                models.Func(
                                    models.Func(
                                        models.F("context"),
                                        models.Value("UTF8"),
                                        function="convert_to",
                                    ),
                                    function="sha256",
                                ),
                                models.Value("hex"),
                                function="encode",
                                output_field=models.CharField(),
                            ),
                        ),
                        name="session_digest_is_of_its_context",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Preference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preferences",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "interview",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preferences",
                        to="voice.interview",
                    ),
                ),
                (
                    "key",
                    models.SlugField(
                        blank=True,
                        db_index=False,
                        help_text="Its id in catalogue files. Empty if it was recorded here.",
                    ),
                ),
                ("text", models.TextField(help_text="What it wished for, in our words.")),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preferences",
                        to="catalogue.source",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("considered", "Being considered"),
                            ("accepted", "Accepted"),
                            ("deferred", "Deferred"),
                            ("declined", "Declined"),
                            ("done", "Done"),
                        ],
                        default="considered",
                        max_length=10,
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "decided_on",
                    models.CharField(
                        blank=True,
                        max_length=10,
                        validators=[lifecycle.catalogue.validators.validate_day_or_part],
                    ),
                ),
                ("decided_by", models.CharField(blank=True, max_length=100)),
                ("reason", models.TextField(blank=True)),
                (
                    "decision_source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decided_preferences",
                        to="catalogue.source",
                    ),
                ),
                (
                    "deferred_until",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "done_on",
                    models.CharField(
                        blank=True,
                        max_length=10,
                        validators=[lifecycle.catalogue.validators.validate_day_or_part],
                    ),
                ),
                ("outcome", models.TextField(blank=True, help_text="What was done.")),
                ("reminders", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("remind_at", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                "ordering": ("recorded_at", "pk"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "considered")),
                        fields=["remind_at"],
                        name="preferences_to_remind_of",
                    ),
                    models.Index(
                        condition=models.Q(("state", "deferred")),
                        fields=["deferred_until"],
                        name="deferred_preferences",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=("ai_model", "key"),
                        name="preference_key_is_used_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["considered", "accepted", "deferred", "declined", "done"],
                            )
                        ),
                        name="preference_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_by", ""),
                                ("decided_on", ""),
                                ("reason", ""),
                                ("state", "considered"),
                            ),
                            models.Q(
                                models.Q(("state", "considered"), _negated=True),
                                models.Q(("decided_on", ""), _negated=True),
                                models.Q(("decided_by", ""), _negated=True),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="decided_preference_says_when_by_whom_and_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("deferred_until__isnull", False), ("state", "deferred")),
                            models.Q(
                                models.Q(("state", "deferred"), _negated=True),
                                ("deferred_until", None),
                            ),
                            _connector="OR",
                        ),
                        name="deferred_preference_has_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "done"),
                                models.Q(("done_on", ""), _negated=True),
                                models.Q(("outcome", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "done"), _negated=True),
                                ("done_on", ""),
                                ("outcome", ""),
                            ),
                            _connector="OR",
                        ),
                        name="done_preference_says_when_and_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_on", ""),
                            (
                                "decided_on__regex",
                                "^(19|20)[0-9][0-9](-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
                            ),
                            _connector="OR",
                        ),
                        name="preference_is_decided_on_a_day_a_month_or_a_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done_on", ""),
                            (
                                "done_on__regex",
                                "^(19|20)[0-9][0-9](-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
                            ),
                            _connector="OR",
                        ),
                        name="preference_is_done_on_a_day_a_month_or_a_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("deferred_until", None),
                                (
                                    "deferred_until__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            )
                        ),
                        name="deferral_is_in_this_age",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="preference_has_a_text",
                    ),
                ],
            },
        ),
    ]
