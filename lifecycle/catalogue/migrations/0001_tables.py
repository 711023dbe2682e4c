"""The tables of models and their retirements."""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.lookups
from django.db import migrations, models

import lifecycle.catalogue.validators
import lifecycle.text.folded_columns


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
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
                ("slug", models.SlugField(unique=True)),
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
                (
                    "identifier",
                    models.CharField(
                        max_length=100,
                        unique=True,
                        validators=[lifecycle.catalogue.validators.validate_identifier],
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
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ai_models",
                        to="catalogue.provider",
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
                    )
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
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replacements",
                        to="catalogue.aimodel",
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
                ("platform", models.CharField(max_length=100)),
                (
                    "round",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="2 if a model returned to this platform and was retired again.",
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
                    "retires",
                    models.DateField(validators=[lifecycle.catalogue.validators.validate_day]),
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
                    "precision",
                    models.CharField(
                        choices=[
                            ("day", "on this date"),
                            ("not_sooner_than", "not before this date"),
                        ],
                        max_length=20,
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
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="retirements",
                        to="catalogue.aimodel",
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
                            ("announced__lte", models.F("retires")),
                            _connector="OR",
                        ),
                        name="retirement_not_before_its_announcement",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("precision__in", ("day", "not_sooner_than"))),
                        name="retirement_precision_is_known",
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
                ("position", models.PositiveSmallIntegerField()),
                ("from_date", models.DateField()),
                ("to_date", models.DateField()),
                (
                    "retirement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="date_changes",
                        to="catalogue.retirement",
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
                        condition=models.Q(("from_date", models.F("to_date")), _negated=True),
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
                        ),
                        name="date_change_is_in_this_age",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("none", "Not available"),
                            ("product", "In a paid product"),
                            ("request", "By request"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "ai_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_routes",
                        to="catalogue.aimodel",
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
                        condition=models.Q(("kind__in", ("none", "product", "request"))),
                        name="access_route_kind_is_known",
                    ),
                ],
            },
        ),
    ]
