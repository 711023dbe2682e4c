"""What was last told of each retirement, and when its reminders are due."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from lifecycle.catalogue.models import AIModel, Retirement

TOLD = ("announced", "retires", "retires_at", "precision", "reopened")


class RetirementWatchQuerySet(models.QuerySet["RetirementWatch"]):
    def due(self, now: datetime) -> Self:
        return self.filter(remind_at__lte=now)

    def current(self) -> Self:
        """Rows that tell what the catalogue has."""
        rows: Self = self
        for name in TOLD:
            same = Q(**{name: F(f"retirement__{name}")})
            rows = rows.filter(same | Q(**{name: None, f"retirement__{name}": None}))
        return rows


class RetirementWatch(models.Model):
    """A retirement as it was last told, and the time of its next reminder.

    Whatever changed the catalogue, the difference is found here, so that nobody is reminded of
    a date that isn't so any more.
    """

    retirement = models.OneToOneField(Retirement, on_delete=models.CASCADE, related_name="watch")
    announced = models.DateField(null=True)
    retires = models.DateField(null=True)
    retires_at = models.DateTimeField(null=True)
    precision = models.CharField(max_length=20)
    reopened = models.DateField(null=True)
    revision = models.PositiveIntegerField(
        default=0, help_text="How often its dates have changed: SEQUENCE in calendars (RFC 5545)."
    )
    changed_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True)

    objects = RetirementWatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "retirement watches"
        indexes = [
            # The sweep of reminders.
            models.Index(
                fields=("remind_at",),
                condition=Q(remind_at__isnull=False),
                name="retirements_to_remind_of",
            )
        ]

    def __str__(self) -> str:
        return f"watch {self.retirement_id}"


def models_to_tell_of(now: datetime) -> QuerySet[AIModel]:
    """Return the models with a retirement that changed since it was last told, or is due."""
    watches = RetirementWatch.objects.filter(retirement=OuterRef("pk"))
    told, due = Exists(watches.current()), Exists(watches.due(now))
    retirements = Retirement.objects.filter(~told | due)
    return AIModel.objects.filter(pk__in=retirements.values("ai_model")).order_by("pk")
