"""Stages and votes: open, remind, vote, expire, and what follows for the request."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lifecycle.people.models import User
from requests_app import clock
from requests_app.actions import grants
from requests_app.actions.locks import lock_stage
from requests_app.actions.moves import move, note
from requests_app.models import AccessRequest, Revision, Stage, Vote
from requests_app.rules import WrongState, check, reason_given
from requests_app.states import STAGE, StageState


def open_stages(revision: Revision, *, now: datetime) -> None:
    """Lay out the stages of a submitted revision and open the first."""
    steps = revision.access_request.policy_version.steps.select_related("reviewers")
    for step in steps:
        Stage.objects.create(access_request=revision.access_request, revision=revision, step=step)
    _open_next(revision, now=now)


def _open_next(revision: Revision, *, now: datetime) -> Stage | None:
    stage = (
        revision.stages.filter(state=StageState.WAITING).select_related("step__reviewers").first()
    )
    if stage is None:
        return None
    stage.access_request, stage.revision = revision.access_request, revision
    window = stage.step.window
    due_at = clock.stage_due(now, window)
    move(
        stage,
        "open",
        by=None,
        at=now,
        details={"step": stage.step.name, "due_at": due_at.isoformat()},
        opened_at=now,
        due_at=due_at,
        remind_at=clock.next_reminder(now, window, after=now),
    )
    return stage


def approve(stage: Stage, *, by: User, reason: str, shown: str) -> Stage:
    """Vote for what was shown (`Revision.digest`); the last approval of the last step grants it."""
    return _vote(stage, Vote.Choice.APPROVE, by=by, reason=reason, shown=shown)


def deny(stage: Stage, *, by: User, reason: str, shown: str) -> Stage:
    """Vote against what was shown; the denial that the step's rule asks for ends the request."""
    return _vote(stage, Vote.Choice.DENY, by=by, reason=reason, shown=shown)


@transaction.atomic
def _vote(stage: Stage, choice: Vote.Choice, *, by: User, reason: str, shown: str) -> Stage:
    now = timezone.now()
    stage = lock_stage(stage.pk)
    check("vote", stage, by)
    assert stage.due_at  # open stages have one (constraint)
    if now >= stage.due_at:  # and the sweep hasn't been here yet
        raise WrongState("The time for this step is over, so it can't be decided.")
    if shown != stage.revision.digest():
        raise WrongState("The request has changed since you opened it. Read it again, then decide.")
    reason = reason_given(reason, needed="Give a reason. It is kept with the decision.")
    Vote.objects.create(
        stage=stage, voter=by, choice=choice, reason=reason, shown=shown, cast_at=now
    )
    note(stage, f"vote.{choice}", by=by, at=now, details={"reason": reason, "shown": shown})
    _tally(stage, by=by, reason=reason, now=now)
    return stage


def _tally(stage: Stage, *, by: User, reason: str, now: datetime) -> None:
    """Pass or fail the stage when its votes say so."""
    choices = list(stage.votes.values_list("choice", flat=True))
    if choices.count(Vote.Choice.DENY) >= stage.step.denials:
        _close(stage, "fail", by=by, now=now)
        close_stages(stage.access_request, by=by, now=now)
        close_request(stage.access_request, "deny", by=by, reason=reason, now=now)
    elif choices.count(Vote.Choice.APPROVE) >= stage.step.quorum:
        _close(stage, "pass", by=by, now=now)
        if _open_next(stage.revision, now=now) is None:
            close_request(stage.access_request, "approve", by=by, reason=reason, now=now)
            grants.create(stage.revision, by=by, now=now)


def _close(stage: Stage, action: str, *, by: User | None, now: datetime) -> None:
    move(
        stage,
        action,
        by=by,
        at=now,
        details={"step": stage.step.name},
        closed_at=now,
        remind_at=None,
    )


def close_stages(access_request: AccessRequest, *, by: User | None, now: datetime) -> None:
    """Nobody has to decide what is left of this request."""
    stages = access_request.stages.filter(state__in=STAGE.live).select_related("step__reviewers")
    for stage in stages:
        stage.access_request = access_request
        _close(stage, "close", by=by, now=now)


def close_request(
    access_request: AccessRequest, action: str, *, by: User | None, reason: str, now: datetime
) -> None:
    """End the request for good; its models are free to be asked for again."""
    access_request.requested_models.update(is_open=False)
    move(
        access_request,
        action,
        by=by,
        at=now,
        details={"reason": reason},
        closed_at=now,
        closed_by=by,
        closing_reason=reason,
    )


@transaction.atomic
def remind(stage_id: int, *, now: datetime) -> bool:
    """Remind those who haven't voted, if a reminder is still due; False if it isn't."""
    stage = lock_stage(stage_id)
    if not Stage.objects.due_for_reminder(now).filter(pk=stage.pk).exists():
        return False
    assert stage.opened_at  # open stages have both dates (constraint)
    assert stage.due_at
    stage.reminders += 1
    stage.remind_at = clock.next_reminder(stage.opened_at, stage.step.window, after=now)
    stage.save(update_fields=["reminders", "remind_at"])
    details = {"reminder": stage.reminders, "due_at": stage.due_at.isoformat()}
    note(stage, "stage.reminded", by=None, at=now, details=details)
    return True


@transaction.atomic
def expire(stage_id: int, *, now: datetime) -> bool:
    """End a stage, and with it the request, when its time is over; False if it isn't."""
    stage = lock_stage(stage_id)
    if not Stage.objects.due_for_expiry(now).filter(pk=stage.pk).exists():
        return False
    _close(stage, "expire", by=None, now=now)
    close_stages(stage.access_request, by=None, now=now)
    reason = f"Nobody decided “{stage.step.name}” in time."
    close_request(stage.access_request, "expire", by=None, reason=reason, now=now)
    return True
