"""Delegate a reviewer's vote to another reviewer for a period, for example out of office."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app.actions.review import stages
from requests_app.models import Delegation
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.permissions import checked_reason
from requests_app.rules.roles import is_reviewer
from requests_app.transitions.locks import lock_person

MAX_REASON_LENGTH = 200


@transaction.atomic
def delegate(
    to: User,
    *,
    by: User,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
    takes_open: bool = False,
) -> Delegation:
    """Let `to` vote for `by` on stages opened between `starts_at` and `ends_at`.

    With `takes_open` also on stages that are open at the start; `to` is then asked to decide them.
    """
    by = lock_person(by)
    now = timezone.now()
    if not by.is_active or not is_reviewer(by):
        raise NotAllowed(_("Only reviewers can delegate."))
    if to == by:
        raise Invalid({"to": _("Choose someone else.")})
    if not to.is_active or not to.is_staff or not is_reviewer(to):
        raise Invalid({"to": _("%(to)s isn't a reviewer. Choose a reviewer.") % {"to": to}})
    starts_at = max(starts_at, now)
    _check_time(by, starts_at, ends_at)
    reason = checked_reason(reason, max_length=MAX_REASON_LENGTH)
    if takes_open:  # what starts later is found by the sweep
        transaction.on_commit(stages.recheck_all, robust=True)
    return Delegation.objects.create(
        person=by,
        delegate=to,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        takes_open=takes_open,
    )


def _check_time(person: User, starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise Invalid({"ends_at": _("The end must be after the start and in the future.")})
    overlapping = Delegation.objects.filter(
        person=person, ended_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    if overlapping.exists():
        sentence = _("You already have a delegation for this period. End that one first.")
        raise Invalid({"starts_at": sentence})


@transaction.atomic
def end(delegation: Delegation, *, by: User) -> Delegation:
    """End one's own delegation early."""
    delegation = Delegation.objects.locked(delegation.pk)
    now = timezone.now()
    if delegation.person_id != by.pk:
        raise NotAllowed(_("Only the person who delegated can end it."))
    if delegation.ended_at or delegation.ends_at <= now:
        raise WrongState(_("This delegation has ended."))
    delegation.ended_at = now
    delegation.save(update_fields=["ended_at"])
    return delegation
