"""Review stages, votes and delegations."""

from datetime import datetime
from typing import Self, TypeAlias, TypeVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from lifecycle.voice.models import Essay
from requests_app.models.columns import LockedQuerySet, closed_exactly_when, state_is_known
from requests_app.models.requests.request import AccessRequest
from requests_app.models.requests.revision import Revision
from requests_app.models.review.policy import PolicyStep, PolicyVersion
from requests_app.states import STAGE, StageState

M = TypeVar("M", AccessRequest, Revision)
OfRequest: TypeAlias = "models.ForeignKey[M | None, M]"


class StageQuerySet(LockedQuerySet["Stage"]):
    def open(self) -> Self:
        return self.filter(state=StageState.OPEN)

    def due_for_reminder(self, now: datetime) -> Self:
        return self.open().filter(remind_at__lte=now, due_at__gt=now)

    def due_for_expiry(self, now: datetime) -> Self:
        return self.open().filter(due_at__lte=now)

    def due_for_escalation(self, now: datetime) -> Self:
        return self.open().filter(escalate_at__lte=now, due_at__gt=now)


class Stage(models.Model):
    """A policy's step running on one revision of a request, or on an essay."""

    # Typed as never None: whoever reads one of them knows that the stage is a request's.
    access_request: "OfRequest[AccessRequest]" = models.ForeignKey(  # type: ignore[misc]
        AccessRequest, on_delete=models.PROTECT, null=True, blank=True, related_name="stages"
    )
    revision: "OfRequest[Revision]" = models.ForeignKey(  # type: ignore[misc]
        Revision, on_delete=models.PROTECT, null=True, blank=True, related_name="stages"
    )
    essay = models.ForeignKey(
        Essay, on_delete=models.PROTECT, null=True, blank=True, related_name="stages"
    )
    step = models.ForeignKey(PolicyStep, on_delete=models.PROTECT, related_name="stages")
    state = models.CharField(max_length=10, choices=StageState, default=StageState.WAITING)
    opened_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    escalate_at = models.DateTimeField(
        null=True, blank=True, help_text="When the alternates are called."
    )
    escalated_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when the alternates can vote."
    )
    deadlocked_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when there haven't been enough reviewers to reach the quorum.",
    )
    carried_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="carried_to",
        help_text="The passed stage of an earlier revision that this one carries over.",
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = StageQuerySet.as_manager()

    class Meta:
        ordering = ("step__position",)
        indexes = [
            # The reminder sweep.
            models.Index(fields=("remind_at",), condition=Q(state="open"), name="stages_to_remind"),
            # The escalation sweep.
            models.Index(
                fields=("escalate_at",), condition=Q(state="open"), name="stages_to_escalate"
            ),
            # The expiry sweep, and reviewers' lists by deadline.
            models.Index(fields=("due_at",), condition=Q(state="open"), name="stages_by_deadline"),
        ]
        constraints = [
            state_is_known(STAGE),
            closed_exactly_when(STAGE, "closed_at", "stage_closed_at_with_its_end"),
            models.CheckConstraint(
                condition=Q(
                    access_request__isnull=False, revision__isnull=False, essay__isnull=True
                )
                | Q(access_request__isnull=True, revision__isnull=True, essay__isnull=False),
                name="stage_is_of_a_request_or_an_essay",
            ),
            models.UniqueConstraint(fields=("revision", "step"), name="one_stage_per_step"),
            models.UniqueConstraint(fields=("essay", "step"), name="one_stage_per_essay_step"),
            models.UniqueConstraint(
                fields=("essay",), condition=Q(state="open"), name="one_open_stage_per_essay"
            ),
            models.UniqueConstraint(
                fields=("access_request",),
                condition=Q(state="open"),
                name="one_open_stage_per_request",
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(opened_at__isnull=False, due_at__isnull=False),
                name="open_stage_has_a_deadline",
            ),
            models.CheckConstraint(
                condition=Q(carried_from__isnull=True) | Q(state="passed"),
                name="carried_stage_has_passed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.access_request_id or self.essay}"

    @property
    def subject(self) -> AccessRequest | Essay:
        """What is decided; its audit chain has the stage's events."""
        return self.essay or self.access_request

    @property
    def policy_version(self) -> PolicyVersion:
        """The version under which it is decided."""
        return self.step.version if self.essay_id else self.access_request.policy_version

    def with_others(self) -> "StageQuerySet":
        """Select all stages of the same revision or essay, in order."""
        if self.essay_id:
            return Stage.objects.filter(essay=self.essay_id)
        return Stage.objects.filter(revision=self.revision_id)

    def shown_digest(self) -> str:
        """Return the digest of what voters are shown."""
        return self.essay.shown_digest() if self.essay else self.revision.digest()


class DelegationQuerySet(LockedQuerySet["Delegation"]):
    def running(self, stage: Stage, now: datetime) -> Self:
        """Delegations with which somebody may vote on `stage` now."""
        since = Q(starts_at__lte=stage.opened_at) | Q(takes_open=True, starts_at__lte=now)
        rows = self.current(now).filter(since, Q(stage=None) | Q(stage=stage))
        # Whom an owner named for this very stage comes last, and so wins.
        return rows.order_by(F("stage").asc(nulls_first=True))

    def current(self, now: datetime) -> Self:
        """Those of a period that runs, and those of a stage that is open."""
        running = Q(stage=None, ends_at__gt=now) | Q(stage__state=StageState.OPEN)
        return self.filter(running, starts_at__lte=now, ended_at=None)

    def away(self, now: datetime) -> Self:
        """Those of people who are away; each has one at most."""
        return self.current(now).filter(away=True)


class Delegation(models.Model):
    """A reviewer's seat lent to another for a period, or by a policy's owner on one stage.

    The reviewer can still vote too.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations"
    )
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegated_to"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty if it is for a stage.")
    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, null=True, blank=True, related_name="reassignments"
    )
    reassigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The owner who reassigned it on this stage.",
    )
    takes_open = models.BooleanField(
        default=False, help_text="Whether it includes steps already open at its start."
    )
    away = models.BooleanField(
        default=False,
        help_text="Whether emails about a step go to the delegate alone, if they can decide it.",
    )
    reason = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_at",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(person=F("delegate")), name="delegation_is_to_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="delegation_ends_after_its_start"
            ),
            models.CheckConstraint(
                condition=Q(away=False) | Q(takes_open=True),
                name="whoever_is_away_hands_over_open_steps_too",
            ),
            models.CheckConstraint(
                condition=Q(stage=None, reassigned_by=None, ends_at__isnull=False)
                | Q(
                    stage__isnull=False,
                    reassigned_by__isnull=False,
                    ends_at=None,
                    takes_open=True,
                    away=False,
                ),
                name="delegation_is_for_a_period_or_reassigns_on_a_stage",
            ),
            models.UniqueConstraint(
                fields=("stage", "person"),
                condition=Q(ended_at=None),
                name="a_seat_is_reassigned_to_one_person_at_a_time",
            ),
            ExclusionConstraint(
                name="a_place_is_delegated_to_one_person_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (
                        Func("starts_at", "ends_at", function="tstzrange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(ended_at__isnull=True, stage__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} by {self.delegate}"

    def is_current(self, now: datetime) -> bool:
        """Return whether it counts, as `DelegationQuerySet.current` selects it."""
        if self.ended_at or self.starts_at > now:
            return False
        if self.stage:
            return self.stage.state == StageState.OPEN
        return self.ends_at is not None and self.ends_at > now

    def covered_stages(self) -> Q:
        """Select the opened stages on which the delegate may vote while it runs."""
        if self.stage_id:
            return Q(pk=self.stage_id)
        since = Q(opened_at__gte=self.starts_at)
        return since | Q(state=StageState.OPEN) if self.takes_open else since


class Vote(models.Model):
    """A reviewer's vote on a stage, with a reason."""

    class Choice(models.TextChoices):
        APPROVE = "approve", "Approve"
        DENY = "deny", "Decline"
        RETURN = "return", "Request changes"
        RECUSE = "recuse", "Recuse"

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="votes")
    voter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes"
    )
    seat = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="seats",
        help_text="On whose behalf it was cast: the voter, or whoever delegated to them.",
    )
    choice = models.CharField(max_length=10, choices=Choice)
    reason = models.TextField()
    shown = models.CharField(max_length=64, help_text="Digest of what the voter saw.")
    cast_at = models.DateTimeField()

    class Meta:
        ordering = ("cast_at",)
        constraints = [
            models.UniqueConstraint(
                fields=("stage", "voter"), name="one_vote_per_person_and_stage"
            ),
            models.UniqueConstraint(fields=("stage", "seat"), name="one_vote_per_seat_and_stage"),
            models.CheckConstraint(
                condition=Q(choice__in=("approve", "deny", "return", "recuse")),
                name="vote_choice_is_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="vote_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.choice} by {self.voter_id}"
