"""Ask holders of long grants to confirm them, and suspend and end those left unconfirmed."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app import clock, system_reasons
from requests_app.actions.grants import grants, suspensions
from requests_app.models import Grant
from requests_app.refusals import WrongState
from requests_app.rules.permissions import check
from requests_app.states import GrantState
from requests_app.transitions.locks import lock_grant
from requests_app.transitions.transition import record_event
from requests_app.wording import moments


@transaction.atomic
def confirm(grant: Grant, *, by: User) -> Grant:
    """Confirm that the access is still needed; resumes a grant suspended for lack of it.

    While an owner suspends the grant, its confirmation deadline is paused and confirming is
    refused.
    """
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("confirm", grant, by)
    _check_asked(grant, now)
    fields = _next(grant, now)
    record_event(grant, "grant.confirmed", by=by, at=now, details=_details(fields))
    # Only by the clock: a suspension by an owner was refused above.
    if grant.state == GrantState.SUSPENDED:
        suspensions.resume_now(grant, by=by, reason=system_reasons.CONFIRMED, now=now, **fields)
        return grant
    for name, value in fields.items():
        setattr(grant, name, value)
    grant.save(update_fields=list(fields))
    return grant


def _check_asked(grant: Grant, now: datetime) -> None:
    if grant.confirm_by is None:
        raise WrongState(_("This access doesn't need confirming."))
    if grant.is_confirmation_paused:
        raise WrongState(
            _("A policy owner has suspended this. You can confirm it once it resumes.")
        )
    opens_at = clock.may_confirm_from(grant.confirm_by)
    if now < opens_at:
        raise WrongState(
            _("You can confirm this from %(opens_at)s.") % {"opens_at": moments.moment(opens_at)}
        )
    assert grant.ends_at  # active and suspended grants have their dates (constraint)
    if now >= grant.ends_at:
        raise WrongState(_("This access has ended, so it can't be confirmed."))


def _next(grant: Grant, now: datetime) -> dict[str, Any]:
    assert grant.activated_at  # active and suspended grants have their dates (constraint)
    assert grant.ends_at
    due_at = clock.confirm_by(now, grant.activated_at, grant.ends_at)
    notice_at = due_at and clock.next_confirmation_notice(due_at, after=now)
    return {"confirm_by": due_at, "confirmation_notice_at": notice_at}


def _details(fields: dict[str, Any]) -> dict[str, str]:
    return {name: at.isoformat() for name, at in fields.items() if at and name == "confirm_by"}


@transaction.atomic
def request_confirmation(grant_id: int, *, now: datetime) -> bool:
    """Ask the holder for a confirmation if that is due; False otherwise."""
    grant = lock_grant(grant_id)
    if not Grant.objects.due_for_confirmation_notice(now).filter(pk=grant.pk).exists():
        return False
    assert grant.confirm_by  # what is due has one (query)
    # Set in the event's transaction: a sweep that runs twice asks once.
    grant.confirmation_notice_at = clock.next_confirmation_notice(grant.confirm_by, after=now)
    grant.save(update_fields=["confirmation_notice_at"])
    details = {"confirm_by": grant.confirm_by.isoformat()}
    record_event(grant, "grant.confirmation_asked", by=None, at=now, details=details)
    return True


@transaction.atomic
def suspend_unconfirmed(grant_id: int, *, now: datetime) -> bool:
    """Suspend a grant whose confirmation is overdue; False otherwise."""
    grant = lock_grant(grant_id)
    if not Grant.objects.unconfirmed(now).filter(pk=grant.pk).exists():
        return False
    suspensions.suspend_now(grant, by=None, reason=system_reasons.UNCONFIRMED, now=now)
    return True


@transaction.atomic
def end_unconfirmed(grant_id: int, *, now: datetime) -> bool:
    """End a grant that stayed unconfirmed after it was suspended for that; False otherwise."""
    grant = lock_grant(grant_id)
    if not due_for_end(now).filter(pk=grant.pk).exists():
        return False
    grants.close(grant, "end", by=None, reason=system_reasons.UNCONFIRMED, now=now)
    return True


def due_for_end(now: datetime) -> Any:
    return Grant.objects.suspended_automatically(clock.unconfirmed_cutoff(now))
