"""Stages of review and the votes cast on them."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from requests_app.models.columns import LockedQuerySet, closed_exactly_when, state_is_known
from requests_app.models.policy import PolicyStep
from requests_app.models.request import AccessRequest, Revision
from requests_app.states import STAGE, StageState


class StageQuerySet(LockedQuerySet["Stage"]):
    def open(self) -> Self:
        return self.filter(state=StageState.OPEN)

    def due_for_reminder(self, now: datetime) -> Self:
        return self.open().filter(remind_at__lte=now, due_at__gt=now)

    def due_for_expiry(self, now: datetime) -> Self:
        return self.open().filter(due_at__lte=now)


class Stage(models.Model):
    """A policy's step running on one revision of one request."""

    access_request = models.ForeignKey(
        AccessRequest, on_delete=models.PROTECT, related_name="stages"
    )
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="stages")
    step = models.ForeignKey(PolicyStep, on_delete=models.PROTECT, related_name="stages")
    state = models.CharField(max_length=10, choices=StageState, default=StageState.WAITING)
    opened_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = StageQuerySet.as_manager()

    class Meta:
        ordering = ("step__position",)
        indexes = [
            # The reminder sweep.
            models.Index(fields=("remind_at",), condition=Q(state="open"), name="stages_to_remind"),
            # The expiry sweep, and reviewers' lists by deadline.
            models.Index(fields=("due_at",), condition=Q(state="open"), name="stages_by_deadline"),
        ]
        constraints = [
            state_is_known(STAGE),
            closed_exactly_when(STAGE, "closed_at", "stage_closed_at_with_its_end"),
            models.UniqueConstraint(fields=("revision", "step"), name="one_stage_per_step"),
            models.UniqueConstraint(
                fields=("access_request",),
                condition=Q(state="open"),
                name="one_open_stage_per_request",
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(opened_at__isnull=False, due_at__isnull=False),
                name="open_stage_has_a_deadline",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.access_request_id}"


class Vote(models.Model):
    """One reviewer's word on one stage, with a reason."""

    class Choice(models.TextChoices):
        APPROVE = "approve", "Approve"
        DENY = "deny", "Deny"

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="votes")
    voter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes"
    )
    choice = models.CharField(max_length=10, choices=Choice)
    reason = models.TextField()
    shown = models.CharField(max_length=64, help_text="Digest of what the voter was shown.")
    cast_at = models.DateTimeField()

    class Meta:
        ordering = ("cast_at",)
        constraints = [
            models.UniqueConstraint(
                fields=("stage", "voter"), name="one_vote_per_person_and_stage"
            ),
            models.CheckConstraint(
                condition=Q(choice__in=("approve", "deny")), name="vote_choice_is_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="vote_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.choice} by {self.voter_id}"
