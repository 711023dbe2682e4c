"""Whether what a message asks for or says still holds when it is about to be sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from requests_app.models import Grant, Invitation, Notice, Stage
from requests_app.rules.eligibility import VotingPanel
from requests_app.states import GrantState, RequestState, StageState

Context = dict[str, Any]  # as `mail_context` makes it
Condition = Callable[[Notice, Context, datetime], bool]


def always(notice: Notice, context: Context, now: datetime) -> bool:
    return True


def request_in_review(notice: Notice, context: Context, now: datetime) -> bool:
    """Else the decision says what was given."""
    return bool(context["access_request"].state == RequestState.IN_REVIEW)


def grant_waiting(notice: Notice, context: Context, now: datetime) -> bool:
    """Else its start says so itself."""
    return bool(context["grant"].state == GrantState.WAITING)


def vote_wanted(notice: Notice, context: Context, now: datetime) -> bool:
    """The stage is open, and whom it asks may still vote; a chat channel asks nobody in person."""
    stage: Stage = context["stage"]
    if stage.state != StageState.OPEN:
        return False
    return not notice.recipient or VotingPanel(stage, now).obstacle(notice.recipient) is None


def stage_deadlocked(notice: Notice, context: Context, now: datetime) -> bool:
    stage: Stage = context["stage"]
    return stage.state == StageState.OPEN and stage.deadlocked_at is not None


def stage_unlocked(notice: Notice, context: Context, now: datetime) -> bool:
    stage: Stage = context["stage"]
    return stage.state == StageState.OPEN and stage.deadlocked_at is None


def request_returned(notice: Notice, context: Context, now: datetime) -> bool:
    return bool(context["access_request"].state == RequestState.RETURNED)


def grant_active(notice: Notice, context: Context, now: datetime) -> bool:
    return bool(context["grant"].state == GrantState.ACTIVE)


def grant_unconfirmed(notice: Notice, context: Context, now: datetime) -> bool:
    """It runs, and the day that the mail names is still the one."""
    grant: Grant = context["grant"]
    return grant.state == GrantState.ACTIVE and grant.confirm_by == context["confirm_by"]


def grant_ends_then(notice: Notice, context: Context, now: datetime) -> bool:
    grant: Grant = context["grant"]
    return not grant.closed_at and grant.ends_at == context["end"] and now < grant.ends_at


def grant_suspended(notice: Notice, context: Context, now: datetime) -> bool:
    return bool(context["grant"].state == GrantState.SUSPENDED)


def break_glass_unreviewed(notice: Notice, context: Context, now: datetime) -> bool:
    return context["grant"].break_glass.reviewed_at is None


def invitation_open(notice: Notice, context: Context, now: datetime) -> bool:
    return Invitation.objects.open(now).filter(pk=context["invitation"].pk).exists()
