"""Suspend and resume grants; the end of the grant doesn't move meanwhile."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.people.models import User
from requests_app import clock
from requests_app.actions.keys import external_keys
from requests_app.models import Event, Grant
from requests_app.refusals import WrongState
from requests_app.rules.permissions import check, checked_reason
from requests_app.rules.suspension import standing_suspension, suspended_by
from requests_app.states import GrantState
from requests_app.transitions.locks import lock_extensions, lock_grant
from requests_app.transitions.transition import move

REASON_REQUIRED = gettext_lazy("Give a reason. The holder will see it.")


@transaction.atomic
def suspend(grant: Grant, *, by: User, reason: str) -> Grant:
    """Refuse the keys of a grant and of its extensions until an owner resumes it."""
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("suspend", grant, by)
    reason = checked_reason(reason, needed=REASON_REQUIRED)
    suspend_now(grant, by=by, reason=reason, now=now)
    for extension in lock_extensions(grant, now=now):
        # One that is suspended already keeps its own reason and owner.
        if extension.state == GrantState.ACTIVE:
            suspend_now(extension, by=by, reason=reason, now=now)
    return grant


@transaction.atomic
def resume(grant: Grant, *, by: User, reason: str) -> Grant:
    """Let the keys of a grant and of its extensions work again until their unchanged end."""
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("resume", grant, by)
    if sentence := why_not_resumed(grant, now):
        raise WrongState(sentence)
    reason = checked_reason(reason, needed=REASON_REQUIRED)
    # Read before `resume_now` empties it.
    suspended_at = grant.suspended_at
    resume_now(grant, by=by, reason=reason, now=now, **_after_suspension(grant, now))
    for extension in lock_extensions(grant, now=now):
        # The same moment means the same act; one that was suspended separately stays suspended.
        if extension.suspended_at == suspended_at:
            resume_now(
                extension, by=by, reason=reason, now=now, **_after_suspension(extension, now)
            )
    return grant


def longer_suspension(grant: Grant) -> Event | None:
    """Return the owner's suspension under which the extended grant ended, or None.

    An extension with a later requested start must not begin as if it had been lifted.
    """
    continued = grant.access_request.continues
    if continued is None:
        return None
    return standing_suspension(continued, since=grant.created_at)


def _after_suspension(grant: Grant, now: datetime) -> dict[str, Any]:
    """Return the confirmation dates, moved by the time that the owner's suspension lasted."""
    if grant.confirm_by is None:
        return {}
    assert grant.suspended_at  # what is suspended has its dates (constraint)
    assert grant.activated_at
    assert grant.ends_at
    rested = max(now - max(grant.suspended_at, grant.activated_at), timedelta(0))
    due_at = clock.confirmation_due_after_suspension(grant.confirm_by, rested, now, grant.ends_at)
    notice_at = due_at and (clock.next_confirmation_notice(due_at, after=now) or now)
    return {"confirm_by": due_at, "confirmation_notice_at": notice_at}


def why_not_resumed(grant: Grant, now: datetime) -> str | None:
    """Return the sentence that refuses to resume the grant; None if an owner may."""
    if grant.suspended_by_id is None:
        return _("This is suspended until its holder confirms it is still needed.")
    if grant.ends_at and now >= grant.ends_at:
        return _("This access has ended, so it can't be resumed.")
    return None


def suspend_now(grant: Grant, *, by: User | None, reason: str, now: datetime) -> None:
    fields: dict[str, Any] = {
        "suspended_at": now,
        "suspended_by": by,
        "suspension_reason": reason,
    }
    move(grant, "suspend", by=by, at=now, details={"reason": reason}, **fields)
    external_keys.refresh(grant, now=now)


def carry_on(grant: Grant, suspension: Event, *, now: datetime) -> None:
    """Suspend a grant that just started, under the owner's suspension of the grant it extends."""
    reason, owner = suspension.details["reason"], User.objects.get(pk=suspended_by(suspension))
    details = {"reason": reason, "suspended_by": str(owner.pk)}
    fields = {"suspended_at": now, "suspended_by": owner, "suspension_reason": reason}
    # The clock does it, but `suspended_by` names the owner: only an owner can lift it.
    move(grant, "suspend", by=None, at=now, details=details, **fields)
    external_keys.refresh(grant, now=now)


def resume_now(grant: Grant, *, by: User, reason: str, now: datetime, **fields: Any) -> None:
    """Resume a locked grant and restart the time in which the holder must create a key."""
    assert grant.activated_at  # suspended grants have their dates (constraint)
    assert grant.ends_at
    fields |= {"suspended_at": None, "suspended_by": None, "suspension_reason": ""}
    fields["claim_by"] = clock.claim_due(max(now, grant.activated_at), grant.ends_at)
    move(grant, "resume", by=by, at=now, details={"reason": reason}, **fields)
    external_keys.refresh(grant, now=now)
