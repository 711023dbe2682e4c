"""The tables of people, institutions and who worked where."""

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import django_countries.fields
from django.conf import settings
from django.db import migrations, models

import lifecycle.people.models
import lifecycle.people.orcid
import lifecycle.people.time_zones
import lifecycle.text.folded_columns
import lifecycle.text.validation


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Institution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        max_length=200, validators=[lifecycle.text.validation.validate_line]
                    ),
                ),
                (
                    "comparable_name",
                    lifecycle.text.folded_columns.ComparableField(
                        default="", editable=False, of="name"
                    ),
                ),
                (
                    "is_curated",
                    models.BooleanField(
                        default=False,
                        help_text="Names that people only typed aren't suggested.",
                        verbose_name="suggested in profiles",
                    ),
                ),
                (
                    "is_placeholder",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Q(
                            (
                                "comparable_name__in",
                                [
                                    "-",
                                    "--",
                                    ".",
                                    "..",
                                    "...",
                                    "/",
                                    "?",
                                    "arbeitslos",
                                    "entfällt",
                                    "freelance",
                                    "freelance researcher",
                                    "freelancer",
                                    "freiberufler",
                                    "freiberuflerin",
                                    "freiberuflich",
                                    "freie forscherin",
                                    "freier forscher",
                                    "freischaffend",
                                    "home",
                                    "im\nruhestand",
                                    "independent",
                                    "independent consultant",
                                    "independent researcher",
                                    "independent scholar",
                                    "individual",
                                    "k. a.",
                                    "k.a.",
                                    "kein",
                                    "keine",
                                    "keine angabe",
                                    "keine zugehörigkeit",
                                    "keiner",
                                    "keines",
                                    "me",
                                    "myself",
                                    "n. a.",
                                    "n.a.",
                                    "n/a",
                                    "na",
                                    "nicht zutreffend",
                                    "nil",
                                    "no",
                                    "no\naffiliation",
                                    "no\ninstitution",
                                    "no company",
                                    "no organisation",
                                    "no organization",
                                    "none",
                                    "not applicable",
                                    "nothing",
                                    "nowhere",
                                    "ohne",
                                    "other",
                                    "personal",
                                    "privat",
                                    "private",
                                    "private\nindividual",
                                    "private person",
                                    "privatperson",
                                    "retired",
                                    "selbstaendig",
                                    "selbststaendig",
                                    "selbstständig",
                                    "selbständig",
                                    "self",
                                    "self employed",
                                    "self-employed",
                                    "selfemployed",
                                    "unabhaengig",
                                    "unabhängig",
                                    "unabhängige forscherin",
                                    "unabhängiger forscher",
                                    "unaffiliated",
                                    "unbekannt",
                                    "unemployed",
                                    "unknown",
                                    "–",
                                    "—",
                                ],
                            )
                        ),
                        help_text="Stands for no institution, like “Independent”, so it makes "
                        "nobody colleagues.",
                        output_field=models.BooleanField(),
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_names",
                        to="people.institution",
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
                "constraints": [
                    models.UniqueConstraint(
                        models.F("comparable_name"),
                        name="institution_name_is_unique_however_it_is_typed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into", None),
                            models.Q(
                                models.Q(("merged_into", models.F("pk")), _negated=True),
                                ("is_curated", False),
                            ),
                            _connector="OR",
                        ),
                        name="merged_institution_is_another_ones_name_alone",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "email",
                    models.EmailField(
                        max_length=254,
                        unique=True,
                        validators=[lifecycle.people.models.validate_email_address],
                        verbose_name="email address",
                    ),
                ),
                (
                    "full_name",
                    models.CharField(
                        max_length=150, validators=[lifecycle.text.validation.validate_line]
                    ),
                ),
                (
                    "comparable_name",
                    lifecycle.text.folded_columns.ComparableField(
                        default="", editable=False, of="full_name"
                    ),
                ),
                (
                    "orcid",
                    models.CharField(
                        blank=True,
                        help_text="Optional.",
                        max_length=19,
                        validators=[lifecycle.people.orcid.validate],
                        verbose_name="ORCID iD",
                    ),
                ),
                (
                    "orcid_verified_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="When its holder signed in with ORCID.",
                        null=True,
                        verbose_name="ORCID iD verified at",
                    ),
                ),
                ("country", django_countries.fields.CountryField(blank=True, max_length=2)),
                (
                    "time_zone",
                    models.CharField(
                        blank=True,
                        help_text="Like Europe/Berlin. If empty, pages use the browser's setting and emails UTC.",
                        max_length=64,
                        validators=[lifecycle.people.time_zones.validate],
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        help_text="Like de. If empty, pages use the browser's setting and emails are in English.",
                        max_length=10,
                    ),
                ),
                (
                    "is_staff",
                    models.BooleanField(default=False, verbose_name="can open the review desk"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in good standing")),
                (
                    "mail_problem",
                    models.CharField(
                        blank=True,
                        help_text="The mail server's error when it rejected the address.",
                        max_length=200,
                    ),
                ),
                (
                    "joined_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                (
                    "institution",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"merged_into": None},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="people",
                        to="people.institution",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("email", django.db.models.functions.text.Lower("email"))
                        ),
                        name="email_is_lower_case",
                    ),
                    models.UniqueConstraint(
                        models.F("orcid"),
                        condition=models.Q(("orcid", ""), _negated=True),
                        name="orcid_belongs_to_one_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("orcid", ""), _negated=True),
                            ("orcid_verified_at", None),
                            _connector="OR",
                        ),
                        name="verified_orcid_is_there",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Affiliation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="affiliations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "vouched_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="The superuser who confirmed it.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "institution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="affiliations",
                        to="people.institution",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.UniqueConstraint(
                        models.F("person"),
                        condition=models.Q(("ends_at", None)),
                        name="person_works_at_one_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at", None),
                            ("ends_at__gte", models.F("starts_at")),
                            _connector="OR",
                        ),
                        name="affiliation_ends_after_its_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("vouched_by", models.F("person")), _negated=True),
                        name="affiliation_not_vouched_for_by_its_person",
                    ),
                ],
            },
        ),
    ]
