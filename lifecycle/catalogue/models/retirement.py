"""Retirements, and each change of their dates."""

from collections.abc import Iterable
from datetime import date
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.history import contradictions
from lifecycle.catalogue.models.columns import MOMENTS, CatalogueRow, is_a_day
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import validate_day, validate_time_zone


class Precision(models.TextChoices):
    """How firm a retirement date is; see `ENDING` for those that end anything."""

    DAY = "day", _("on this date")
    NOT_LATER_THAN = "not_later_than", _("by this date at the latest")
    NOT_SOONER_THAN = "not_sooner_than", _("not before this date")
    AT_EARLIEST = "at_earliest", _("on this date at the earliest")
    NONE_YET = "none_yet", _("no date yet")


ENDING = (Precision.DAY, Precision.NOT_LATER_THAN)


class ServingState(models.TextChoices):
    """The state of one model on one platform, which follows from its dates."""

    ACTIVE = "active", _("Active")
    LEGACY = "legacy", _("Legacy")
    DEPRECATED = "deprecated", _("Deprecated")
    RETIRED = "retired", _("Retired")


def _ended(day: date) -> Q:
    not_again = Q(reopened=None) | Q(reopened__gt=day)
    return Q(not_again, precision__in=ENDING, retires__lte=day, retires__isnull=False)


class RetirementQuerySet(models.QuerySet["Retirement"]):
    def effective_on(self, day: date) -> Self:
        """Return those that hold on `day`: not the ones after which a model was served again."""
        return self.last_rounds().filter(_ended(day))

    def not_effective_on(self, day: date) -> Self:
        """Return the last rounds that don't hold on `day`: in every state but retired."""
        return self.last_rounds().filter(~_ended(day))

    def last_rounds(self) -> Self:
        """Return the last retirement on each platform, as the function below does."""
        later = Retirement.objects.filter(
            ai_model=OuterRef("ai_model"),
            platform=OuterRef("platform"),
            round__gt=OuterRef("round"),
        )
        return self.filter(~Exists(later))

    def in_state(self, state: ServingState, day: date) -> Self:
        """Return the last rounds with this state, as `Retirement.state` gives it."""
        deprecated = Q(precision__in=ENDING) | Q(announced__lte=day, announced__isnull=False)
        deprecated |= Q(listed_as=Retirement.ListedAs.DEPRECATED)
        legacy = Q(legacy_from__lte=day, legacy_from__isnull=False) | ~Q(listed_as="")
        again = Q(reopened__lte=day, reopened__isnull=False)
        ended = _ended(day)
        conditions = {
            ServingState.RETIRED: ended,
            ServingState.DEPRECATED: deprecated & ~ended & ~again,
            ServingState.LEGACY: legacy & ~deprecated & ~ended & ~again,
            ServingState.ACTIVE: ~ended & (again | ~(deprecated | legacy)),
        }
        return self.last_rounds().filter(conditions[state])


class Retirement(CatalogueRow):
    """One model's serving on one platform, and the end of it."""

    Precision = Precision

    class ListedAs(models.TextChoices):
        """A state that the provider's page names without saying since when."""

        LEGACY = "legacy", _("Legacy")
        DEPRECATED = "deprecated", _("Deprecated")

    class AfterEnd(models.TextChoices):
        """What becomes of calls after the end."""

        REFUSED = "refused", _("Calls are refused")
        REDIRECTED = "redirected", _("Calls are answered by another model")

    ai_model = models.ForeignKey(
        "catalogue.AIModel",
        on_delete=models.CASCADE,
        related_name="retirements",
        verbose_name="AI model",
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
    listed_as = models.CharField(
        max_length=20,
        choices=ListedAs,
        blank=True,
        help_text="What the provider calls it where the days above aren't known.",
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
    retires_at_source = source_of("retirement_times")
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
    after_end_source = source_of("ends_of_calls")
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
                condition=Q(
                    precision__in=("day", "not_later_than", "not_sooner_than", "at_earliest")
                )
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
                condition=Q(reopened=None)
                | Q(precision__in=("day", "not_later_than"), reopened__gt=F("retires")),
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
        ended = self.has_end and self.retires is not None and self.retires <= day
        return ended and not (self.reopened and self.reopened <= day)

    @property
    def has_end(self) -> bool:
        """Whether its date ends anything: the others are promises, or no date at all."""
        return self.precision in ENDING

    def state(self, day: date) -> ServingState:
        if self.is_effective(day):
            return ServingState.RETIRED
        if self.reopened and self.reopened <= day:
            return ServingState.ACTIVE
        if self.has_end or (self.announced and self.announced <= day):
            return ServingState.DEPRECATED
        if self.listed_as == self.ListedAs.DEPRECATED:
            return ServingState.DEPRECATED
        if self.listed_as or (self.legacy_from and self.legacy_from <= day):
            return ServingState.LEGACY
        return ServingState.ACTIVE

    @property
    def notice_days(self) -> int | None:
        """Days from the announcement to the date; None if either isn't known to the day."""
        if self.announced is None or self.retires is None:
            return None
        if self.precision == Precision.NOT_LATER_THAN:
            return None
        return (self.retires - self.announced).days


def last_rounds(retirements: Iterable[Retirement]) -> list[Retirement]:
    """Return the last retirement on each platform; those before it were taken back."""
    rows = sorted(retirements, key=lambda row: row.round)
    return list({row.platform: row for row in rows}.values())


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

    @property
    def to_end(self) -> tuple[date | None, str]:
        """The date that it became, and how firm that is."""
        return self.to_date, self.to_precision
