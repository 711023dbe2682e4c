"""Cast votes, narrow requests, and end a request by its votes or its deadline."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app import system_reasons
from requests_app.actions.grants import activation
from requests_app.actions.review import ballots, stages
from requests_app.actions.review.ballots import REASON_REQUIRED, Ballot
from requests_app.models import (
    AccessRequest,
    DenialReason,
    Narrowing,
    RequestedModel,
    Scope,
    Stage,
    Vote,
)
from requests_app.refusals import Invalid, WrongState
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import checked_reason
from requests_app.transitions.batch import batched
from requests_app.transitions.locks import lock_stage
from requests_app.transitions.transition import move, record_event
from requests_app.wording import limits


def approve(
    stage: Stage, *, by: User, reason: str, shown: str, narrowed_to: Scope | None = None
) -> Stage:
    """Vote for what was shown (`Revision.digest`), or for less of it.

    The approval that completes the last step's quorum creates the grant.
    """
    return _cast(stage, Vote.Choice.APPROVE, Ballot(by, reason, shown), narrowed_to=narrowed_to)


def deny(
    stage: Stage, *, by: User, reason: str, shown: str, denial: str = DenialReason.OTHER
) -> Stage:
    """Vote against what was shown; `denial` is a reason from the list.

    The request is denied once the step has enough denials.
    """
    if denial not in DenialReason.values:
        raise Invalid({"denial": _("Choose a reason from the list.")})
    return _cast(stage, Vote.Choice.DENY, Ballot(by, reason, shown), denial=denial)


def ask_for_changes(stage: Stage, *, by: User, reason: str, shown: str) -> Stage:
    """Return the request to its requester with questions; a new revision restarts the review."""
    return _cast(stage, Vote.Choice.RETURN, Ballot(by, reason, shown))


@transaction.atomic
def recuse(stage: Stage, *, by: User, reason: str) -> Stage:
    """Recuse oneself from this request permanently."""
    panel, _seat = ballots.enter(stage, by)
    reason = checked_reason(
        reason,
        needed=_("Explain why you are recusing yourself. Your reason is kept with the request."),
    )
    ballot = Ballot(by, reason, panel.stage.revision.digest())
    # In their own seat: a recusal takes no vote from those who delegated theirs.
    ballots.record(panel, by, Vote.Choice.RECUSE, ballot)
    stages.settle_deadlock(panel)
    return panel.stage


@transaction.atomic
def _cast(
    stage: Stage,
    choice: Vote.Choice,
    ballot: Ballot,
    *,
    denial: str = "",
    narrowed_to: Scope | None = None,
) -> Stage:
    panel, seat = ballots.enter(stage, ballot.by, grants=choice == Vote.Choice.APPROVE)
    stage, now = panel.stage, panel.now
    stage.revision.read_related()
    scope = stage.revision.scope()
    # Compared under the lock: a vote counts only for the text, files and scope that were read.
    if ballot.shown != stage.revision.digest(scope):
        raise WrongState(
            _("The request has changed since you opened it. Read it again before you decide.")
        )
    ballot = replace(ballot, reason=checked_reason(ballot.reason, needed=REASON_REQUIRED))
    if narrowed_to:
        scope = _narrow(stage, ballot, scope, narrowed_to, now=now)
    if choice == Vote.Choice.APPROVE:
        _check_can_pass(panel, scope)
    ballots.record(panel, seat, choice, ballot)
    if choice == Vote.Choice.RETURN:
        _return(stage, ballot, now=now)
    else:
        _tally(panel, ballot, scope, denial=denial)
    return stage


def _check_can_pass(panel: VotingPanel, scope: Scope) -> None:
    """Refuse an approval whose grant wouldn't be possible at present."""
    if sentence := panel.why_not_approve:
        raise WrongState(sentence)
    activation.check_possible(panel.stage.revision, scope, now=panel.now)


def _narrow(stage: Stage, ballot: Ballot, before: Scope, to: Scope, *, now: datetime) -> Scope:
    """Reduce what an approval would grant, and return it."""
    if to == before:
        return before
    if to.is_empty():
        raise Invalid({"narrowed_to": _("Keep at least one model, one operation and one day.")})
    if wrong := dict(limits.problems(to.limits)):
        raise Invalid(wrong)
    if not before.contains(to):
        raise Invalid(
            {"narrowed_to": _("You can grant less than the current scope, but not more.")}
        )
    narrowing = Narrowing.objects.create(
        revision=stage.revision,
        by=ballot.by,
        at=now,
        reason=ballot.reason,
        identifiers=list(to.identifiers),
        operations=list(to.operations),
        duration=to.duration,
        **vars(to.limits),
    )
    details = {"from": before.as_details(), "to": to.as_details(), "reason": ballot.reason}
    record_event(stage.access_request, "request.narrowed", by=ballot.by, at=now, details=details)
    return narrowing.scope()


def _tally(panel: VotingPanel, ballot: Ballot, scope: Scope, *, denial: str) -> None:
    """Pass or fail the stage if its votes decide it."""
    stage, now = panel.stage, panel.now
    if panel.denials >= stage.step.denials_to_fail:
        stages.close(stage, "fail", by=ballot.by, now=now)
        stages.close_rest(stage.access_request, by=ballot.by, now=now)
        _deny(stage.access_request, ballot, denial=denial, now=now)
    elif panel.approvals >= stage.step.quorum:
        _pass(panel, ballot, scope)
    else:
        stages.settle_deadlock(panel)


def _pass(panel: VotingPanel, ballot: Ballot, scope: Scope) -> None:
    """Pass the stage, and open the next one or grant the request."""
    revision, by, now = panel.stage.revision, ballot.by, panel.now
    access_request = revision.access_request
    # Nothing in this block reads the rows and notices that it writes at its end. Opening a stage
    # does, as it asks who was notified already.
    with batched():
        stages.close(panel.stage, "pass", by=by, now=now)
        coming = stages.skip_to_next(revision, panel.stages, now=now)
        if coming is None:
            close_request(access_request, "approve", by=by, reason=ballot.reason, now=now)
            activation.create(revision, scope, by=by, now=now)
    if coming:
        stages.open_stage(coming, now=now)


def _return(stage: Stage, ballot: Ballot, *, now: datetime) -> None:
    stages.close_rest(stage.access_request, by=ballot.by, now=now)
    details = {"reason": ballot.reason, "step": stage.step.name}
    move(stage.access_request, "return", by=ballot.by, at=now, details=details)


def _deny(access_request: AccessRequest, ballot: Ballot, *, denial: str, now: datetime) -> None:
    wait = access_request.policy_version.wait_after_denial
    # Whole days: the day after the wait is over in full.
    again = (now + wait).date() + (timedelta(days=1) if wait else timedelta(0))
    close_request(
        access_request,
        "deny",
        by=ballot.by,
        reason=ballot.reason,
        now=now,
        denial=denial,
        ask_again_on=again,
    )


def close_request(
    access_request: AccessRequest,
    action: str,
    *,
    by: User | None,
    reason: str,
    now: datetime,
    **fields: Any,
) -> None:
    """End the request permanently and release its models."""
    RequestedModel.objects.filter(access_request=access_request).update(is_open=False)
    move(
        access_request,
        action,
        by=by,
        at=now,
        details={"reason": reason},
        closed_at=now,
        closed_by=by,
        closing_reason=reason,
        **fields,
    )


@transaction.atomic
def expire(stage_id: int, *, now: datetime) -> bool:
    """Expire an overdue stage, and its request with it; False otherwise."""
    stage = lock_stage(stage_id)
    if not Stage.objects.due_for_expiry(now).filter(pk=stage.pk).exists():
        return False
    stages.close(stage, "expire", by=None, now=now)
    stages.close_rest(stage.access_request, by=None, now=now)
    reason = system_reasons.NOT_DECIDED_IN_TIME % {"step": stage.step.name}
    close_request(stage.access_request, "expire", by=None, reason=reason, now=now)
    return True
