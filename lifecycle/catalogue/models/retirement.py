"""Retirements, and each change of their dates."""

from datetime import date
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.history import contradictions
from lifecycle.catalogue.models.columns import MOMENTS, CatalogueRow, is_a_day
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import validate_day, validate_time_zone


class Precision(models.TextChoices):
    """How firm a retirement date is; only a `DAY` ever ends anything."""

    DAY = "day", _("on this date")
    NOT_SOONER_THAN = "not_sooner_than", _("not before this date")
    AT_EARLIEST = "at_earliest", _("on this date at the earliest")
    NONE_YET = "none_yet", _("no date yet")


class ServingState(models.TextChoices):
    """The state of one model on one platform, which follows from its dates."""

    ACTIVE = "active", _("Active")
    LEGACY = "legacy", _("Legacy")
    DEPRECATED = "deprecated", _("Deprecated")
    RETIRED = "retired", _("Retired")


class RetirementQuerySet(models.QuerySet["Retirement"]):
    def effective_on(self, day: date) -> Self:
        reopened = Q(reopened__lte=day)
        return self.filter(precision=Precision.DAY, retires__lte=day).exclude(reopened)


class Retirement(CatalogueRow):
    """One model's serving on one platform, and the end of it."""

    Precision = Precision

    class AfterEnd(models.TextChoices):
        """What becomes of calls after the end."""

        REFUSED = "refused", _("Calls are refused")
        REDIRECTED = "redirected", _("Calls are answered by another model")

    ai_model = models.ForeignKey(
        "catalogue.AIModel", on_delete=models.CASCADE, related_name="retirements"
    )
    platform = models.CharField(max_length=100)
    round = models.PositiveSmallIntegerField(
        default=1, help_text="2 if a model returned to this platform and was retired again."
    )
    legacy_from = models.DateField(
        null=True,
        blank=True,
        validators=[validate_day],
        help_text="From then on, the provider calls it legacy.",
    )
    announced = models.DateField(null=True, blank=True, validators=[validate_day])
    announcement = source_of("announced_retirements")
    retires = models.DateField(null=True, blank=True, validators=[validate_day])
    retires_at = models.DateTimeField(
        null=True, blank=True, help_text="The exact time, if the provider named one (UTC)."
    )
    time_zone = models.CharField(
        max_length=50,
        blank=True,
        validators=[validate_time_zone],
        help_text="The zone in which the provider named the time, such as America/Los_Angeles.",
    )
    precision = models.CharField(max_length=20, choices=Precision)
    source = source_of("retirements")
    extended_access_from = models.DateField(
        null=True,
        blank=True,
        validators=[validate_day],
        help_text="From then on, only existing customers can use it on this platform.",
    )
    after_end = models.CharField(max_length=20, choices=AfterEnd, blank=True)
    redirects_to = models.CharField(
        max_length=100, blank=True, help_text="The model that answers calls after the end."
    )
    reopened = models.DateField(
        null=True,
        blank=True,
        validators=[validate_day],
        help_text="From then on, it was served again on this platform.",
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
                condition=Q(announced=None) | Q(retires=None) | Q(announced__lte=F("retires")),
                name="retirement_not_before_its_announcement",
            ),
            models.CheckConstraint(
                condition=Q(precision__in=("day", "not_sooner_than", "at_earliest"))
                & Q(retires__isnull=False)
                | Q(precision="none_yet", retires=None),
                name="retirement_has_a_date_unless_there_is_none_yet",
            ),
            models.CheckConstraint(
                condition=is_a_day(
                    "legacy_from", "announced", "retires", "extended_access_from", "reopened"
                ),
                name="retirement_is_in_this_age",
            ),
            models.CheckConstraint(
                condition=Q(retires_at=None) | Q(retires_at__range=MOMENTS),
                name="retirement_moment_is_in_this_age",
            ),
            models.CheckConstraint(
                condition=Q(after_end__in=("", "refused"), redirects_to="")
                | Q(after_end="redirected") & ~Q(redirects_to=""),
                name="redirected_calls_have_a_target",
            ),
            models.CheckConstraint(
                condition=Q(reopened=None) | Q(precision="day", reopened__gt=F("retires")),
                name="retirement_is_reopened_after_its_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform}, {self.retires or self.get_precision_display()}"

    def clean(self) -> None:
        """Apply the rules for the dates of files to those of a form."""
        found = {field: f"This {sentence}." for field, sentence in contradictions(self)}
        if found:
            raise ValidationError(found)

    def is_effective(self, day: date) -> bool:
        """Whether it isn't served any more on `day`."""
        ended = self.precision == Precision.DAY and self.retires is not None and self.retires <= day
        return ended and not (self.reopened and self.reopened <= day)

    def state(self, day: date) -> ServingState:
        if self.is_effective(day):
            return ServingState.RETIRED
        if self.reopened and self.reopened <= day:
            return ServingState.ACTIVE
        if self.precision == Precision.DAY or (self.announced and self.announced <= day):
            return ServingState.DEPRECATED
        if self.legacy_from and self.legacy_from <= day:
            return ServingState.LEGACY
        return ServingState.ACTIVE

    @property
    def notice_days(self) -> int | None:
        return (self.retires - self.announced).days if self.announced and self.retires else None


class DateChange(models.Model):
    """One change of a retirement's date, or of how firm it is; it is never deleted."""

    retirement = models.ForeignKey(
        Retirement, on_delete=models.PROTECT, related_name="date_changes"
    )
    position = models.PositiveSmallIntegerField()
    from_date = models.DateField(null=True, blank=True)
    from_precision = models.CharField(max_length=20, choices=Precision, default=Precision.DAY)
    to_date = models.DateField(null=True, blank=True)
    to_precision = models.CharField(max_length=20, choices=Precision, default=Precision.DAY)
    changed_on = models.DateField(null=True, blank=True, help_text="Empty if unknown.")
    reason = models.TextField(blank=True)
    source = source_of("date_changes")

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                fields=("retirement", "position"), name="date_changes_are_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(from_date=F("to_date"), from_precision=F("to_precision")),
                name="date_change_changes_the_date",
            ),
            models.CheckConstraint(
                condition=is_a_day("from_date", "to_date", "changed_on"),
                name="date_change_is_in_this_age",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_date or 'no date'} to {self.to_date or 'no date'}"
