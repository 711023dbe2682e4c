"""Vote on essays: publish one, veto it, recuse oneself; and other ends of a review."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from lifecycle.voice.models import Essay
from requests_app.actions.review import ballots, stages
from requests_app.actions.review.ballots import REASON_REQUIRED, Ballot
from requests_app.models import Stage, Vote
from requests_app.refusals import WrongState
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import check, checked_reason
from requests_app.rules.quorum import denials_to_fail
from requests_app.transitions.locks import lock_stage
from requests_app.transitions.register_locks import lock_essay
from requests_app.transitions.transition import move


def approve(stage: Stage, *, by: User, reason: str, shown: str) -> Stage:
    """Vote to publish what was shown (`Essay.shown_digest`)."""
    return _cast(stage, Vote.Choice.APPROVE, Ballot(by, reason, shown))


def veto(stage: Stage, *, by: User, reason: str, shown: str) -> Stage:
    """Vote against publishing. It takes two people, and their reasons become public."""
    return _cast(stage, Vote.Choice.DENY, Ballot(by, reason, shown))


@transaction.atomic
def recuse(stage: Stage, *, by: User, reason: str) -> Stage:
    """Recuse oneself from this essay permanently."""
    panel, _seat = ballots.enter(stage, by)
    reason = checked_reason(reason, needed=REASON_REQUIRED)
    ballot = Ballot(by, reason, panel.stage.shown_digest())
    ballots.record(panel, by, Vote.Choice.RECUSE, ballot)
    stages.settle_deadlock(panel)
    return panel.stage


@transaction.atomic
def _cast(stage: Stage, choice: Vote.Choice, ballot: Ballot) -> Stage:
    panel, seat = ballots.enter(stage, ballot.by)
    if ballot.shown != panel.stage.shown_digest():
        raise WrongState(_("This isn't the essay that you were shown. Read it again."))
    ballot = replace(ballot, reason=checked_reason(ballot.reason, needed=REASON_REQUIRED))
    if choice == Vote.Choice.APPROVE and (sentence := panel.why_not_approve):
        raise WrongState(sentence)
    ballots.record(panel, seat, choice, ballot)
    _tally(panel, by=ballot.by)
    return panel.stage


def _tally(panel: VotingPanel, *, by: User) -> None:
    """Pass or fail the stage if its votes decide it."""
    stage, now = panel.stage, panel.now
    if panel.denials >= denials_to_fail(stage):
        stages.close(stage, "fail", by=by, now=now)
        _end(stage, "veto", by=by, now=now, reason=_public_reason(panel))
    elif panel.approvals >= stage.step.quorum:
        stages.close(stage, "pass", by=by, now=now)
        coming = stages.next_of_essay(panel)
        if coming:
            stages.open_stage(coming, now=now)
        else:
            _publish(_essay_of(stage), by=by, now=now)
    else:
        stages.settle_deadlock(panel)


def _public_reason(panel: VotingPanel) -> str:
    """Return the reasons of those who vetoed, without their names."""
    vetoes = [vote for vote in panel.here if vote.choice == Vote.Choice.DENY]
    return "\n\n".join(dict.fromkeys(vote.reason for vote in vetoes))


def _essay_of(stage: Stage) -> Essay:
    assert stage.essay  # stages here are of essays
    return stage.essay


def _publish(essay: Essay, *, by: User, now: datetime) -> None:
    details = {**_named(essay), "body_sha256": essay.digest}
    move(
        essay,
        "publish",
        by=by,
        at=now,
        details=details,
        closed_at=now,
        published_digest=essay.digest,
    )


def _end(stage: Stage, action: str, *, by: User | None, now: datetime, reason: str = "") -> None:
    essay = _essay_of(stage)
    stages.close_rest(essay, by=by, now=now)
    details = {**_named(essay), "reason": reason} if reason else _named(essay)
    move(essay, action, by=by, at=now, details=details, closed_at=now, reason=reason)


def _named(essay: Essay) -> dict[str, str | int]:
    return {"series": essay.series.slug, "number": essay.number}


@transaction.atomic
def withdraw(essay: Essay, *, by: User, reason: str = "") -> Essay:
    """Withdraw an essay that isn't decided yet; its reviewers are told."""
    essay, now = lock_essay(essay.pk), timezone.now()
    check("withdraw", essay, by)
    reason = checked_reason(reason)
    stages.close_rest(essay, by=by, now=now)
    details = {**_named(essay), "reason": reason} if reason else _named(essay)
    move(essay, "withdraw", by=by, at=now, details=details, closed_at=now)
    return essay


@transaction.atomic
def expire(stage_id: int, *, now: datetime) -> bool:
    """End an overdue stage, and its essay with it, unpublished; False otherwise."""
    stage = lock_stage(stage_id)
    if not Stage.objects.due_for_expiry(now).filter(pk=stage.pk).exists():
        return False
    stages.close(stage, "expire", by=None, now=now)
    _end(stage, "expire", by=None, now=now)
    return True
