"""AI models, their retirements, and how to access them now."""

from datetime import UTC, date, datetime, time
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.history import contradictions
from lifecycle.catalogue.validators import (
    DAY_OR_PART,
    FIRST_DAY,
    LAST_DAY,
    validate_day,
    validate_day_or_part,
    validate_identifier,
    validate_notice_days,
)
from lifecycle.text.folded_columns import ComparableField, Compared

DAYS = (FIRST_DAY, LAST_DAY)
MOMENTS = tuple(datetime.combine(day, time(), tzinfo=UTC) for day in DAYS)


def _json_type(name: str) -> Func:
    return Func(F(name), function="jsonb_typeof", output_field=models.TextField())


def _is_a_day(*names: str) -> Q:
    """Check that dates lie in our age, so that pages can show them in any time zone."""
    return Q(*(Q(**{name: None}) | Q(**{f"{name}__range": DAYS}) for name in names))


class CatalogueRow(Compared):
    """A row loaded from files and corrected by people."""

    set_by_people = models.JSONField(
        default=dict,
        editable=False,
        help_text="Facts set by a person, each with the file's value.",
    )

    class Meta:
        abstract = True


class Provider(CatalogueRow):
    """A lab, with the days of notice it promises before a retirement, by kind of model."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    comparable_name = ComparableField(of="name")
    notice_days = models.JSONField(
        null=True,
        blank=True,
        validators=[validate_notice_days],
        help_text='Like 60, or by kind of model: {"general": 180, "preview": 14}.',
    )

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=Q(notice_days__isnull=True)
                | Q(Exact(_json_type("notice_days"), "number"))
                | Q(Exact(_json_type("notice_days"), "object")),
                name="notice_is_a_number_or_numbers_by_kind",
            )
        ]

    def __str__(self) -> str:
        return self.name


class AIModelQuerySet(models.QuerySet["AIModel"]):
    def retired_on(self, day: date) -> Self:
        """Models that at least one platform has stopped serving by `day` (UTC)."""
        return self.filter(
            Exists(Retirement.objects.effective_on(day).filter(ai_model=OuterRef("pk")))
        )

    def by_request(self) -> Self:
        """Models to which access can be requested, whether retired yet or not."""
        asked_for = AccessRoute.objects.filter(
            ai_model=OuterRef("pk"), kind=AccessRoute.Kind.REQUEST
        )
        return self.filter(Exists(asked_for), withdrawn_at=None)


class AIModel(CatalogueRow):
    """An AI model in the catalogue."""

    identifier = models.CharField(max_length=100, unique=True, validators=[validate_identifier])
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="ai_models")
    name = models.CharField(max_length=100)
    comparable_name = ComparableField(of="name")
    released = models.CharField(
        max_length=10,
        blank=True,
        validators=[validate_day_or_part],
        help_text="As precisely as known: 2024, 2024-03 or 2024-03-04.",
    )
    note = models.TextField(blank=True)
    sources = ArrayField(models.URLField(max_length=500), default=list, blank=True)
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="From then on, no key can use this model."
    )

    objects = AIModelQuerySet.as_manager()

    class Meta:
        verbose_name = "AI model"
        ordering = ("provider", "name")
        constraints = [
            models.CheckConstraint(
                condition=Q(released="") | Q(released__regex=DAY_OR_PART),
                name="release_is_a_day_a_month_or_a_year",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def is_retired(self, day: date) -> bool:
        """Whether a platform has stopped serving it by `day`; a promised earliest day isn't one."""
        return any(retirement.is_effective(day) for retirement in self.retirements.all())

    def is_by_request(self) -> bool:
        routes = {route.kind for route in self.access_routes.all()}
        return AccessRoute.Kind.REQUEST in routes and self.withdrawn_at is None


class RetirementQuerySet(models.QuerySet["Retirement"]):
    def effective_on(self, day: date) -> Self:
        return self.filter(precision=Retirement.Precision.DAY, retires__lte=day)


class Retirement(CatalogueRow):
    """The end of one model's serving on one platform."""

    class Precision(models.TextChoices):
        DAY = "day", _("on this date")
        NOT_SOONER_THAN = "not_sooner_than", _("not before this date")

    ai_model = models.ForeignKey(AIModel, on_delete=models.CASCADE, related_name="retirements")
    platform = models.CharField(max_length=100)
    round = models.PositiveSmallIntegerField(
        default=1, help_text="2 if a model returned to this platform and was retired again."
    )
    announced = models.DateField(null=True, blank=True, validators=[validate_day])
    retires = models.DateField(validators=[validate_day])
    retires_at = models.DateTimeField(
        null=True, blank=True, help_text="The exact time, if the provider named one (UTC)."
    )
    precision = models.CharField(max_length=20, choices=Precision)
    extended_access_from = models.DateField(
        null=True,
        blank=True,
        validators=[validate_day],
        help_text="From then on, only existing customers can use it on this platform.",
    )

    objects = RetirementQuerySet.as_manager()

    class Meta:
        ordering = ("retires", "platform")
        constraints = [
            models.UniqueConstraint(
                fields=("ai_model", "platform", "round"),
                name="one_retirement_per_platform_and_round",
            ),
            models.CheckConstraint(
                condition=Q(announced=None) | Q(announced__lte=F("retires")),
                name="retirement_not_before_its_announcement",
            ),
            models.CheckConstraint(
                condition=Q(precision__in=("day", "not_sooner_than")),
                name="retirement_precision_is_known",
            ),
            models.CheckConstraint(
                condition=_is_a_day("announced", "retires", "extended_access_from"),
                name="retirement_is_in_this_age",
            ),
            models.CheckConstraint(
                condition=Q(retires_at=None) | Q(retires_at__range=MOMENTS),
                name="retirement_moment_is_in_this_age",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform}, {self.retires}"

    def clean(self) -> None:
        """Apply the rules for the dates of files to those of a form."""
        if isinstance(self.retires, date):  # a form may have none
            found = {field: f"This {sentence}." for field, sentence in contradictions(self)}
            if found:
                raise ValidationError(found)

    def is_effective(self, day: date) -> bool:
        return self.precision == self.Precision.DAY and self.retires <= day

    @property
    def notice_days(self) -> int | None:
        return (self.retires - self.announced).days if self.announced else None


class DateChange(models.Model):
    """One change of a retirement's date; it is never deleted."""

    retirement = models.ForeignKey(
        Retirement, on_delete=models.PROTECT, related_name="date_changes"
    )
    position = models.PositiveSmallIntegerField()
    from_date = models.DateField()
    to_date = models.DateField()

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                fields=("retirement", "position"), name="date_changes_are_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(from_date=F("to_date")), name="date_change_changes_the_date"
            ),
            models.CheckConstraint(
                condition=_is_a_day("from_date", "to_date"), name="date_change_is_in_this_age"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_date} to {self.to_date}"


class Replacement(models.Model):
    """The successor that a provider's page named, and when."""

    ai_model = models.ForeignKey(AIModel, on_delete=models.CASCADE, related_name="replacements")
    position = models.PositiveSmallIntegerField()
    identifier = models.CharField(max_length=100, help_text="Need not be in the catalogue.")
    as_of = models.CharField(
        max_length=10,
        blank=True,
        validators=[validate_day_or_part],
        help_text="2025, 2025-08 or 2025-08-05.",
    )

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                fields=("ai_model", "position"), name="replacements_are_in_order"
            ),
            models.CheckConstraint(
                condition=Q(as_of="") | Q(as_of__regex=DAY_OR_PART),
                name="replacement_is_named_on_a_day_a_month_or_a_year",
            ),
        ]

    def __str__(self) -> str:
        return self.identifier


class AccessRoute(models.Model):
    """One way to reach a model after its retirement."""

    class Kind(models.TextChoices):
        NONE = "none", _("Not available")
        PRODUCT = "product", _("In a paid product")
        REQUEST = "request", _("By request")

    ai_model = models.ForeignKey(AIModel, on_delete=models.CASCADE, related_name="access_routes")
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        ordering = ("kind",)
        constraints = [
            models.UniqueConstraint(fields=("ai_model", "kind"), name="access_route_is_named_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("none", "product", "request")),
                name="access_route_kind_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
