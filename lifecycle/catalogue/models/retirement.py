"""Retirements, and each change of their dates."""

from datetime import date
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.history import contradictions
from lifecycle.catalogue.models.columns import MOMENTS, CatalogueRow, is_a_day
from lifecycle.catalogue.validators import validate_day


class RetirementQuerySet(models.QuerySet["Retirement"]):
    def effective_on(self, day: date) -> Self:
        return self.filter(precision=Retirement.Precision.DAY, retires__lte=day)


class Retirement(CatalogueRow):
    """The end of one model's serving on one platform."""

    class Precision(models.TextChoices):
        DAY = "day", _("on this date")
        NOT_SOONER_THAN = "not_sooner_than", _("not before this date")

    ai_model = models.ForeignKey(
        "catalogue.AIModel", on_delete=models.CASCADE, related_name="retirements"
    )
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
                condition=is_a_day("announced", "retires", "extended_access_from"),
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
                condition=is_a_day("from_date", "to_date"), name="date_change_is_in_this_age"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_date} to {self.to_date}"
