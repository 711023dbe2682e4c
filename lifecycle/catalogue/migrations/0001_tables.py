"""The tables of models and their retirements."""

import datetime

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import lifecycle.catalogue.validators
import lifecycle.text.folded_columns


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Source",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "set_by_people",
                    models.JSONField(
                        default=dict,
                        editable=False,
                        help_text="Facts set by a person, each with the file's value.",
                    ),
                ),
                ("url", models.URLField(max_length=500, unique=True, verbose_name="URL")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("provider", "The provider's own page"),
                            ("third_party", "A third party"),
                        ],
                        default="provider",
                        max_length=20,
                    ),
                ),
                (
                    "verified_on",
                    models.DateField(
                        blank=True,
                        help_text="UTC.",
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "verified_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty if a catalogue file says so.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verified_sources",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("url",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("provider", "third_party"))),
                        name="source_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("verified_by", None), ("verified_on__isnull", False), _connector="OR"
                        ),
                        name="source_is_verified_on_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Provider",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "set_by_people",
                    models.JSONField(
                        default=dict,
                        editable=False,
                        help_text="Facts set by a person, each with the file's value.",
                    ),
                ),
                ("head_sequence", models.PositiveIntegerField(default=0, editable=False)),
                ("head_digest", models.BinaryField(default=bytes, max_length=32)),
                ("slug", models.SlugField(unique=True, verbose_name="short name")),
                ("name", models.CharField(max_length=100)),
                (
                    "comparable_name",
                    lifecycle.text.folded_columns.ComparableField(
                        default="", editable=False, of="name"
                    ),
                ),
                (
                    "notice_days",
                    models.JSONField(
                        blank=True,
                        help_text='Like 60, or by kind of model: {"general": 180, "preview": 14}.',
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_notice_days],
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("notice_days__isnull", True),
                            django.db.models.lookups.Exact(
                                models.Func(
                                    models.F("notice_days"),
                                    function="jsonb_typeof",
                                    output_field=models.TextField(),
                                ),
                                "number",
                            ),
                            django.db.models.lookups.Exact(
                                models.Func(
                                    models.F("notice_days"),
                                    function="jsonb_typeof",
                                    output_field=models.TextField(),
                                ),
                                "object",
                            ),
                            _connector="OR",
                        ),
                        name="notice_is_a_number_or_numbers_by_kind",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AIModel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "set_by_people",
                    models.JSONField(
                        default=dict,
                        editable=False,
                        help_text="Facts set by a person, each with the file's value.",
                    ),
                ),
                ("head_sequence", models.PositiveIntegerField(default=0, editable=False)),
                ("head_digest", models.BinaryField(default=bytes, max_length=32)),
                (
                    "identifier",
                    models.CharField(
                        max_length=100,
                        unique=True,
                        validators=[lifecycle.catalogue.validators.validate_identifier],
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ai_models",
                        to="catalogue.provider",
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "comparable_name",
                    lifecycle.text.folded_columns.ComparableField(
                        default="", editable=False, of="name"
                    ),
                ),
                (
                    "released",
                    models.CharField(
                        blank=True,
                        help_text="As precisely as known: 2024, 2024-03 or 2024-03-04.",
                        max_length=10,
                        validators=[lifecycle.catalogue.validators.validate_day_or_part],
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("snapshot", "Pinned snapshot"),
                            ("preview", "Preview"),
                            ("specialised", "Specialised model"),
                            ("fine_tuned", "Fine-tuned versions of a base model"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "context_window",
                    models.PositiveIntegerField(blank=True, help_text="In tokens.", null=True),
                ),
                (
                    "parameters",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        help_text="Parameters of the API that it is known to accept, such as temperature.",
                        size=None,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                (
                    "sources",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.URLField(max_length=500),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(
                        blank=True, help_text="From then on, no key can use this model.", null=True
                    ),
                ),
            ],
            options={
                "verbose_name": "AI model",
                "ordering": ("provider", "name"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released", ""),
                            (
                                "released__regex",
                                "^(19|20)[0-9][0-9](-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
                            ),
                            _connector="OR",
                        ),
                        name="release_is_a_day_a_month_or_a_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ("", "snapshot", "preview", "specialised", "fine_tuned"))
                        ),
                        name="model_kind_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessRoute",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_routes",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("none", "Not available"),
                            ("invitation", "By invitation from its provider"),
                            ("product", "In a paid product"),
                            ("request", "By request"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "where",
                    models.CharField(
                        blank=True, help_text="Such as “claude.ai, paid plans”.", max_length=100
                    ),
                ),
                (
                    "since",
                    models.CharField(
                        blank=True,
                        help_text="As precisely as known: 2026, 2026-01 or 2026-01-05.",
                        max_length=10,
                        validators=[lifecycle.catalogue.validators.validate_day_or_part],
                    ),
                ),
                (
                    "rationale",
                    models.TextField(
                        blank=True, help_text="Why the provider keeps it, in its words."
                    ),
                ),
                (
                    "cost_note",
                    models.TextField(blank=True, help_text="What the provider says of the cost."),
                ),
                (
                    "base_url",
                    models.CharField(
                        blank=True,
                        help_text="By request: where the gateway answers calls, without /v1. "
                        "Empty: MODELS_URL.",
                        max_length=200,
                        validators=[lifecycle.catalogue.validators.validate_base_url],
                        verbose_name="base URL",
                    ),
                ),
                (
                    "api",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("anthropic", "Anthropic's Messages"),
                            ("openai", "OpenAI's chat completions"),
                        ],
                        help_text="By request: empty if both work.",
                        max_length=10,
                        verbose_name="API",
                    ),
                ),
                (
                    "input_price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="By request: USD per million tokens that are sent.",
                        max_digits=9,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "output_price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="By request: USD per million tokens of the answer.",
                        max_digits=9,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "priced_on",
                    models.DateField(
                        blank=True,
                        help_text="The day on which these prices were read (UTC).",
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "price_source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="priced_routes",
                        to="catalogue.source",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_routes",
                        to="catalogue.source",
                    ),
                ),
            ],
            options={
                "ordering": ("kind",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ai_model", "kind"), name="access_route_is_named_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ("none", "invitation", "product", "request"))
                        ),
                        name="access_route_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("since", ""),
                            (
                                "since__regex",
                                "^(19|20)[0-9][0-9](-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
                            ),
                            _connector="OR",
                        ),
                        name="access_route_begins_on_a_day_a_month_or_a_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("base_url", ""),
                            (
                                "base_url__regex",
                                "^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*$",
                            ),
                            _connector="OR",
                        ),
                        name="access_route_base_url_is_plain",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("api__in", ("", "anthropic", "openai"))),
                        name="access_route_api_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "request"),
                            models.Q(("api", ""), ("base_url", "")),
                            _connector="OR",
                        ),
                        name="access_route_is_called_by_request",
                        violation_error_message="Only the route “By request” has a base URL and an API.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("input_price", None),
                                ("output_price", None),
                                ("price_source", None),
                                ("priced_on", None),
                            ),
                            models.Q(
                                ("input_price__gte", 0),
                                ("input_price__isnull", False),
                                ("kind", "request"),
                                ("output_price__gte", 0),
                                ("output_price__isnull", False),
                                ("priced_on__isnull", False),
                                (
                                    "priced_on__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="access_route_has_both_prices_and_their_day",
                        violation_error_message="Give both prices and their day, for the route “By request” only.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Retirement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "set_by_people",
                    models.JSONField(
                        default=dict,
                        editable=False,
                        help_text="Facts set by a person, each with the file's value.",
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="retirements",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                ("platform", models.CharField(max_length=100)),
                (
                    "round",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="2 if a model returned to this platform and was retired again.",
                    ),
                ),
                (
                    "legacy_from",
                    models.DateField(
                        blank=True,
                        help_text="From then on, the provider calls it legacy.",
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "listed_as",
                    models.CharField(
                        blank=True,
                        choices=[("legacy", "Legacy"), ("deprecated", "Deprecated")],
                        help_text="What the provider calls it where the days above aren't known.",
                        max_length=20,
                    ),
                ),
                (
                    "announced",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "announcement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="announced_retirements",
                        to="catalogue.source",
                    ),
                ),
                (
                    "retires",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "retires_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="The exact time, if the provider named one (UTC).",
                        null=True,
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        blank=True,
                        help_text="The zone in which the provider named the time, such as America/Los_Angeles.",
                        max_length=50,
                        validators=[lifecycle.catalogue.validators.validate_time_zone],
                    ),
                ),
                (
                    "retires_at_source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retirement_times",
                        to="catalogue.source",
                    ),
                ),
                (
                    "precision",
                    models.CharField(
                        choices=[
                            ("day", "on this date"),
                            ("not_later_than", "by this date at the latest"),
                            ("not_sooner_than", "not before this date"),
                            ("at_earliest", "on this date at the earliest"),
                            ("none_yet", "no date yet"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retirements",
                        to="catalogue.source",
                    ),
                ),
                (
                    "extended_access_from",
                    models.DateField(
                        blank=True,
                        help_text="From then on, only existing customers can use it on this platform.",
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "after_end",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("refused", "Calls are refused"),
                            ("redirected", "Calls are answered by another model"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "redirects_to",
                    models.CharField(
                        blank=True,
                        help_text="The model that answers calls after the end.",
                        max_length=100,
                    ),
                ),
                (
                    "after_end_source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ends_of_calls",
                        to="catalogue.source",
                    ),
                ),
                (
                    "reopened",
                    models.DateField(
                        blank=True,
                        help_text="From then on, it was served again on this platform.",
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
            ],
            options={
                "ordering": ("retires", "platform"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ai_model", "platform", "round"),
                        name="one_retirement_per_platform_and_round",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("announced", None),
                            ("retires", None),
                            ("announced__lte", models.F("retires")),
                            _connector="OR",
                        ),
                        name="retirement_not_before_its_announcement",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "precision__in",
                                    ("day", "not_later_than", "not_sooner_than", "at_earliest"),
                                ),
                                ("retires__isnull", False),
                            ),
                            models.Q(("precision", "none_yet"), ("retires", None)),
                            _connector="OR",
                        ),
                        name="retirement_has_a_date_unless_there_is_none_yet",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("legacy_from", None),
                                (
                                    "legacy_from__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("announced", None),
                                (
                                    "announced__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("retires", None),
                                (
                                    "retires__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("extended_access_from", None),
                                (
                                    "extended_access_from__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("reopened", None),
                                (
                                    "reopened__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="retirement_is_in_this_age",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("retires_at", None),
                            (
                                "retires_at__range",
                                (
                                    datetime.datetime(1900, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                    datetime.datetime(2099, 12, 31, 0, 0, tzinfo=datetime.UTC),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="retirement_moment_is_in_this_age",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("after_end__in", ("", "refused")), ("redirects_to", "")),
                            models.Q(
                                ("after_end", "redirected"),
                                models.Q(("redirects_to", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="redirected_calls_have_a_target",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reopened", None),
                            models.Q(
                                ("precision__in", ("day", "not_later_than")),
                                ("reopened__gt", models.F("retires")),
                            ),
                            _connector="OR",
                        ),
                        name="retirement_is_reopened_after_its_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DateChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "retirement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="date_changes",
                        to="catalogue.retirement",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("from_date", models.DateField(blank=True, null=True)),
                (
                    "from_precision",
                    models.CharField(
                        choices=[
                            ("day", "on this date"),
                            ("not_later_than", "by this date at the latest"),
                            ("not_sooner_than", "not before this date"),
                            ("at_earliest", "on this date at the earliest"),
                            ("none_yet", "no date yet"),
                        ],
                        default="day",
                        max_length=20,
                    ),
                ),
                ("to_date", models.DateField(blank=True, null=True)),
                (
                    "to_precision",
                    models.CharField(
                        choices=[
                            ("day", "on this date"),
                            ("not_later_than", "by this date at the latest"),
                            ("not_sooner_than", "not before this date"),
                            ("at_earliest", "on this date at the earliest"),
                            ("none_yet", "no date yet"),
                        ],
                        default="day",
                        max_length=20,
                    ),
                ),
                (
                    "changed_on",
                    models.DateField(blank=True, help_text="Empty if unknown.", null=True),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="date_changes",
                        to="catalogue.source",
                    ),
                ),
            ],
            options={
                "ordering": ("position",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("retirement", "position"), name="date_changes_are_in_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("from_date", models.F("to_date")),
                            ("from_precision", models.F("to_precision")),
                            _negated=True,
                        ),
                        name="date_change_changes_the_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("from_date", None),
                                (
                                    "from_date__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("to_date", None),
                                (
                                    "to_date__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("changed_on", None),
                                (
                                    "changed_on__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="date_change_is_in_this_age",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Alias",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "identifier",
                    models.CharField(
                        max_length=100,
                        validators=[lifecycle.catalogue.validators.validate_identifier],
                    ),
                ),
                (
                    "platform",
                    models.CharField(blank=True, help_text="Empty: everywhere.", max_length=100),
                ),
                (
                    "starts",
                    models.DateField(
                        blank=True,
                        help_text="Empty if unknown.",
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "ends",
                    models.DateField(
                        blank=True,
                        help_text="Empty: it still does.",
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="aliases",
                        to="catalogue.source",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "aliases",
                "ordering": ("identifier", "platform", "starts"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ai_model", "identifier", "platform", "starts"),
                        name="alias_is_named_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts", None),
                            ("ends", None),
                            ("ends__gt", models.F("starts")),
                            _connector="OR",
                        ),
                        name="alias_ends_after_its_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("starts", None),
                                (
                                    "starts__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("ends", None),
                                (
                                    "ends__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="alias_is_in_this_age",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FeatureEnd",
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
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="feature_ends",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="feature_ends",
                        to="catalogue.provider",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("capability", "Capability"), ("parameter", "Parameter")],
                        max_length=20,
                    ),
                ),
                ("name", models.CharField(help_text="Such as “1M-token context”.", max_length=100)),
                (
                    "where",
                    models.CharField(
                        blank=True,
                        help_text="A platform or a package; empty: everywhere.",
                        max_length=100,
                    ),
                ),
                (
                    "announced",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "ends",
                    models.DateField(
                        blank=True,
                        help_text="Empty: no date yet.",
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                ("note", models.TextField(blank=True)),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feature_ends",
                        to="catalogue.source",
                    ),
                ),
            ],
            options={
                "ordering": ("ends", "name"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ai_model", "provider", "name", "where"),
                        name="feature_end_is_named_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ai_model", None), ("provider__isnull", False)),
                            models.Q(("ai_model__isnull", False), ("provider", None)),
                            _connector="OR",
                        ),
                        name="feature_end_is_of_a_model_or_a_provider",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("capability", "parameter"))),
                        name="feature_end_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("announced", None),
                                (
                                    "announced__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("ends", None),
                                (
                                    "ends__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="feature_end_is_in_this_age",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Promise",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "set_by_people",
                    models.JSONField(
                        default=dict,
                        editable=False,
                        help_text="Facts set by a person, each with the file's value.",
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promises",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        blank=True,
                        help_text="For a promise about all of a provider's models.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promises",
                        to="catalogue.provider",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("notice", "Notice before a retirement"),
                            ("access", "Access after a retirement"),
                            ("weights", "Keeping the weights"),
                            ("interview", "An interview before retirement"),
                            ("report", "A deployment report"),
                            ("preference", "Acting on a preference"),
                            ("essays", "A run of essays"),
                            ("other", "Something else"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "access_kind",
                    models.CharField(
                        blank=True,
                        choices=[("product", "In a paid product"), ("request", "By request")],
                        help_text="For a promise of access: by which way. Empty: any.",
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(help_text="What was promised, in one or two sentences.")),
                ("promised_by", models.CharField(max_length=100)),
                (
                    "promised_on",
                    models.CharField(
                        blank=True,
                        help_text="As precisely as known: 2026, 2026-01 or 2026-01-05.",
                        max_length=10,
                        validators=[lifecycle.catalogue.validators.validate_day_or_part],
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promises",
                        to="catalogue.source",
                    ),
                ),
                (
                    "due_on",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "condition",
                    models.CharField(
                        blank=True,
                        help_text="For a standing promise: as long as what holds.",
                        max_length=200,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who is reminded while it is overdue.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promises",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "escalate_to",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who is reminded after the owner.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="escalated_promises",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kept_on",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "broken_on",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "ended_on",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "outcome",
                    models.TextField(blank=True, help_text="How it was kept, broken or ended."),
                ),
                (
                    "follows_notice_days",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text=(
                            "Written by the database from the notice that its provider promises."
                        ),
                    ),
                ),
                ("reminders", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("remind_at", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                "ordering": ("due_on", "pk"),
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("broken_on", None),
                            ("ended_on", None),
                            ("kept_on", None),
                            models.Q(
                                ("owner__isnull", False),
                                ("escalate_to__isnull", False),
                                _connector="OR",
                            ),
                        ),
                        fields=["remind_at"],
                        name="promises_to_remind_of",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("follows_notice_days", True)),
                        fields=("provider",),
                        name="notice_of_a_provider_is_promised_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("access_kind", ""),
                            models.Q(
                                ("access_kind__in", ("product", "request")), ("kind", "access")
                            ),
                            _connector="OR",
                        ),
                        name="only_promises_of_access_name_a_way",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ai_model", None), ("provider__isnull", False)),
                            models.Q(("ai_model__isnull", False), ("provider", None)),
                            _connector="OR",
                        ),
                        name="promise_is_about_a_model_or_a_provider",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                (
                                    "notice",
                                    "access",
                                    "weights",
                                    "interview",
                                    "report",
                                    "preference",
                                    "essays",
                                    "other",
                                ),
                            )
                        ),
                        name="promise_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_on__isnull", False),
                            models.Q(("condition", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="promise_is_due_or_stands",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kept_on", None), ("broken_on", None), _connector="OR"),
                        name="promise_is_kept_or_broken",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("promised_on", ""),
                            (
                                "promised_on__regex",
                                "^(19|20)[0-9][0-9](-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
                            ),
                            _connector="OR",
                        ),
                        name="promise_is_made_on_a_day_a_month_or_a_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("due_on", None),
                                (
                                    "due_on__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("kept_on", None),
                                (
                                    "kept_on__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("broken_on", None),
                                (
                                    "broken_on__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("ended_on", None),
                                (
                                    "ended_on__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="promise_is_in_this_age",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Replacement",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replacements",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "identifier",
                    models.CharField(help_text="Need not be in the catalogue.", max_length=100),
                ),
                (
                    "as_of",
                    models.CharField(
                        blank=True,
                        help_text="2025, 2025-08 or 2025-08-05.",
                        max_length=10,
                        validators=[lifecycle.catalogue.validators.validate_day_or_part],
                    ),
                ),
                (
                    "named_by",
                    models.CharField(
                        blank=True,
                        help_text="Who named it, such as “release notes”.",
                        max_length=100,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replacements",
                        to="catalogue.source",
                    ),
                ),
            ],
            options={
                "ordering": ("position",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ai_model", "position"), name="replacements_are_in_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("as_of", ""),
                            (
                                "as_of__regex",
                                "^(19|20)[0-9][0-9](-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
                            ),
                            _connector="OR",
                        ),
                        name="replacement_is_named_on_a_day_a_month_or_a_year",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SDKVersion",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sdk_versions",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "package",
                    models.CharField(help_text="Such as “anthropic (Python)”.", max_length=100),
                ),
                ("version", models.CharField(max_length=50)),
                (
                    "checked_on",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sdk_versions",
                        to="catalogue.source",
                    ),
                ),
            ],
            options={
                "verbose_name": "SDK version",
                "ordering": ("package",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ai_model", "package"), name="sdk_version_is_named_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WeightsCustody",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "set_by_people",
                    models.JSONField(
                        default=dict,
                        editable=False,
                        help_text="Facts set by a person, each with the file's value.",
                    ),
                ),
                (
                    "ai_model",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weights",
                        to="catalogue.aimodel",
                        verbose_name="AI model",
                    ),
                ),
                (
                    "kept",
                    models.CharField(
                        help_text="What is kept, such as “the final weights”.", max_length=200
                    ),
                ),
                (
                    "custodian",
                    models.CharField(help_text="The organisation that keeps them.", max_length=100),
                ),
                (
                    "kept_until",
                    models.DateField(
                        blank=True,
                        help_text="At least until then.",
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "kept_while",
                    models.CharField(
                        blank=True,
                        help_text="At least as long as, such as “the company exists”.",
                        max_length=200,
                    ),
                ),
                (
                    "responsible",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who is reminded of checks.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="weights_in_custody",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("check_every_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "checked_on",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[lifecycle.catalogue.validators.validate_day],
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        blank=True,
                        help_text="Found at the last check, such as sha256:…",
                        max_length=200,
                    ),
                ),
                (
                    "expected_digest",
                    models.CharField(
                        blank=True,
                        help_text="If the last check failed: the digest that the weights had before.",
                        max_length=200,
                    ),
                ),
                ("check_due_on", models.DateField(blank=True, editable=False, null=True)),
                ("remind_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="weights",
                        to="catalogue.source",
                    ),
                ),
            ],
            options={
                "verbose_name": "record of kept weights",
                "verbose_name_plural": "records of kept weights",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expected_digest", ""),
                            models.Q(
                                ("checked_on__isnull", False),
                                models.Q(("expected_digest", models.F("digest")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="failed_check_found_another_digest",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kept_until__isnull", False),
                            models.Q(("kept_while", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="weights_are_kept_for_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kept_until", None),
                                (
                                    "kept_until__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("checked_on", None),
                                (
                                    "checked_on__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("check_due_on", None),
                                (
                                    "check_due_on__range",
                                    (datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="weights_are_in_this_age",
                    ),
                ],
            },
        ),
    ]
