"""Break-glass grants and their review."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from requests_app.models.access.grant import Grant
from requests_app.models.columns import LockedQuerySet


class BreakGlassQuerySet(LockedQuerySet["BreakGlass"]):
    def waiting(self) -> Self:
        """Grants that haven't been reviewed."""
        return self.filter(reviewed_at=None)

    def due_for_reminder(self, now: datetime) -> Self:
        return self.waiting().filter(remind_at__lte=now)


class BreakGlass(models.Model):
    """A grant made without review; others judge afterwards whether it was justified."""

    WAITING = "waiting"

    class Verdict(models.TextChoices):
        IN_ORDER = "in_order", "Justified"
        NOT_IN_ORDER = "not_in_order", "Not justified"

    grant = models.OneToOneField(Grant, on_delete=models.PROTECT, related_name="break_glass")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="broken_glass"
    )
    at = models.DateTimeField()
    reason = models.TextField()
    remind_at = models.DateTimeField(
        null=True, blank=True, help_text="When its reviewers are next reminded."
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reviewed_broken_glass",
    )
    verdict = models.CharField(max_length=20, choices=Verdict, blank=True)
    words = models.TextField(blank=True)

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        verbose_name = "emergency grant"
        ordering = ("-at",)
        indexes = [
            # The sweep that reminds.
            models.Index(
                fields=("remind_at",), condition=Q(reviewed_at=None), name="break_glass_to_remind"
            )
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="break_glass_has_a_reason"),
            models.CheckConstraint(
                condition=Q(
                    reviewed_at__isnull=True,
                    reviewed_by__isnull=True,
                    verdict="",
                    remind_at__isnull=False,
                )
                | Q(
                    reviewed_at__isnull=False,
                    reviewed_by__isnull=False,
                    verdict__in=("in_order", "not_in_order"),
                    remind_at__isnull=True,
                )
                & ~Q(words=""),
                name="break_glass_is_reviewed_in_full_or_not_yet",
            ),
            models.CheckConstraint(
                condition=~Q(reviewed_by=F("by")), name="break_glass_not_reviewed_by_who_broke_it"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant} by {self.by}"

    @property
    def state(self) -> str:
        """Its state for the permission rules: waiting until it is reviewed."""
        return self.verdict or self.WAITING

    def get_state_display(self) -> str:
        return self.get_verdict_display() or "waiting for its review"
