"""A researcher's actions on a request: save, submit, withdraw."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions import asks, deciders, reviews, stages
from requests_app.actions.asks import Ask
from requests_app.actions.locks import lock_person, lock_request
from requests_app.actions.moves import move, note
from requests_app.models import AccessRequest, PolicyVersion, Revision
from requests_app.rules import Invalid, NotAllowed, check, reason_given

__all__ = ["Ask", "appeal", "save", "submit", "withdraw"]


@transaction.atomic
def save(
    ask: Ask, *, by: User, access_request: AccessRequest | None = None, submit: bool = False
) -> AccessRequest:
    """Start or change a draft, and send it for review when asked. All of it or nothing.

    Raises Invalid with a sentence for the field that can't be accepted.
    """
    by = lock_person(by)
    locked = lock_request(access_request.pk) if access_request else None
    now = timezone.now()
    if locked:
        check("edit", locked, by)
    elif not by.is_active:
        raise NotAllowed("This account is not in good standing.")
    ai_models, version = asks.check_ask(ask, by=by, now=now, to=locked, sending=submit)
    revision = _draft_of(locked, version, ask) if locked else _first_draft(by, version, ask, now)
    asks.write(ask, revision, ai_models)
    _note_saved(revision, by=by, now=now)
    if submit:
        _submit(revision.access_request, by=by, now=now)
    return revision.access_request


def _first_draft(by: User, version: PolicyVersion, ask: Ask, now: datetime) -> Revision:
    access_request = AccessRequest.objects.create(
        requester=by, policy_version=version, created_at=now
    )
    return Revision(access_request=access_request, starts_on=ask.starts_on, ends_on=ask.ends_on)


def _draft_of(access_request: AccessRequest, version: PolicyVersion, ask: Ask) -> Revision:
    """The text being written: the newest revision, or a new one once that was submitted."""
    revision = access_request.revision
    revision.access_request = access_request
    access_request.policy_version = version
    access_request.save(update_fields=["policy_version"])
    if revision.submitted_at is None:
        return revision
    return Revision(access_request=access_request, number=revision.number + 1)


def _note_saved(revision: Revision, *, by: User, now: datetime) -> None:
    details = {"revision": revision.number, "digest": revision.digest()}
    note(revision.access_request, "request.saved", by=by, at=now, details=details)


@transaction.atomic
def submit(access_request: AccessRequest, *, by: User) -> AccessRequest:
    """Send the draft for review as it stands."""
    by = lock_person(by)
    access_request = lock_request(access_request.pk)
    now = timezone.now()
    check("submit", access_request, by)
    _check_again(access_request, by=by, now=now)
    return _submit(access_request, by=by, now=now)


def _check_again(access_request: AccessRequest, *, by: User, now: datetime) -> None:
    """A draft may have waited while models, policies, people and dates moved on."""
    revision = access_request.revision
    if revision.submitted_at:
        raise Invalid({"": "Nothing has changed since you last sent this. Edit it first."})
    ask = asks.ask_of(revision)
    _, version = asks.check_ask(ask, by=by, now=now, to=access_request, sending=True)
    access_request.policy_version = version


def _submit(access_request: AccessRequest, *, by: User, now: datetime) -> AccessRequest:
    version = access_request.policy_version
    revision = access_request.revision
    revision.access_request = access_request
    revision.submitted_at = now
    revision.save(update_fields=["submitted_at"])
    needed = deciders.steps_needed(revision)
    carried = stages.carried(revision, needed)
    deciders.check_decidable(revision, needed, carried)
    move(
        access_request,
        "submit",
        by=by,
        at=now,
        details={"revision": revision.number, "policy": str(version), "digest": revision.digest()},
        submitted_at=now,
        policy_version=version,
    )
    stages.lay_out(revision, carried, now=now)
    return access_request


@transaction.atomic
def withdraw(access_request: AccessRequest, *, by: User, reason: str = "") -> AccessRequest:
    """End a request before its decision; its stages close with it."""
    access_request = lock_request(access_request.pk)
    now = timezone.now()
    check("withdraw", access_request, by)
    stages.close_rest(access_request, by=by, now=now)
    reason = reason_given(reason)
    reviews.close_request(access_request, "withdraw", by=by, reason=reason, now=now)
    return access_request


@transaction.atomic
def appeal(access_request: AccessRequest, *, by: User, reason: str) -> AccessRequest:
    """Ask others to look at a denial: a request of its own, decided by people who haven't voted.

    It asks for what was denied, with the appeal's reason before the purpose.
    """
    by = lock_person(by)
    denied = lock_request(access_request.pk)
    now = timezone.now()
    check("appeal", denied, by)
    reason = reason_given(reason, needed="Say why the decision should be looked at again.")
    text = denied.revision
    revision = _appeal_of(denied, text, now=now)
    ask = asks.appealing(asks.ask_of(text), reason, today=now.date())
    ai_models = asks.models_asked_for(ask, now=now)
    asks.check_free(ai_models, by=by, but=None)
    asks.check_purpose(ask.purpose, needed=True, is_appeal=True)
    asks.write(ask, revision, ai_models)
    _note_saved(revision, by=by, now=now)
    return _submit(revision.access_request, by=by, now=now)


def _appeal_of(denied: AccessRequest, text: Revision, *, now: datetime) -> Revision:
    appeal = AccessRequest.objects.create(
        requester=denied.requester,
        policy_version=denied.policy_version,
        created_at=now,
        appeal_of=denied,
    )
    return Revision(access_request=appeal, starts_on=text.starts_on, ends_on=text.ends_on)
