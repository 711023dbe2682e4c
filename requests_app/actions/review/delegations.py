"""Delegate a reviewer's vote to another reviewer for a period, for example out of office."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app.actions.review import stages
from requests_app.models import Delegation, Policy
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.permissions import checked_reason
from requests_app.rules.roles import is_reviewer
from requests_app.transitions.people_locks import lock_person
from requests_app.transitions.policy_locks import lock_policy
from requests_app.transitions.transition import record_event

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
    away: bool = False,
) -> Delegation:
    """Let `to` vote for `by` on stages opened between `starts_at` and `ends_at`.

    With `takes_open` also on stages that are open at the start; `to` is then asked to decide them.
    With `away`, which needs that, `by` gets no email about a step while `to` can decide it.
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
    delegation = Delegation.objects.create(
        person=by,
        delegate=to,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        takes_open=takes_open,
        away=away,
    )
    _record(delegation, "policy.seat_lent", _lock_policies(by), by=by, now=now)
    return delegation


def set_away(*, by: User, until: datetime, to: User, reason: str = "") -> Delegation:
    """Hand over open and coming steps to `to` from now on, and mute `by` until then."""
    now = timezone.now()
    return delegate(
        to, by=by, starts_at=now, ends_at=until, reason=reason, takes_open=True, away=True
    )


def _lock_policies(reviewer: User) -> list[Policy]:
    """Lock the policies under which somebody reviews."""
    groups = reviewer.groups.values("pk")
    steps = Q(versions__steps__reviewers__in=groups) | Q(versions__steps__alternates__in=groups)
    return [lock_policy(pk) for pk in Policy.objects.filter(steps).order_by("pk").distinct().ids()]


def _record(
    delegation: Delegation, kind: str, policies: list[Policy], *, by: User, now: datetime
) -> None:
    """Record it with every one of these policies; the delegate is told once."""
    details = {
        "delegation": delegation.pk,
        "person": str(by.pk),
        "delegate": str(delegation.delegate_id),
        "starts_at": delegation.starts_at.isoformat(),
        "ends_at": delegation.ends_at and delegation.ends_at.isoformat(),
        "away": delegation.away,
    }
    for policy in policies:
        tells = {"tells": policy == policies[0]}
        record_event(policy, kind, by=by, at=now, details=details | tells)


def _check_time(person: User, starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise Invalid({"ends_at": _("The end must be after the start and in the future.")})
    overlapping = Delegation.objects.filter(
        person=person, stage=None, ended_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    if overlapping.exists():
        sentence = _("You already have a delegation for this period. End that one first.")
        raise Invalid({"starts_at": sentence})


@transaction.atomic
def end(delegation: Delegation, *, by: User) -> Delegation:
    """End one's own delegation early."""
    if delegation.person_id != by.pk:
        raise NotAllowed(_("Only the person who delegated can end it."))
    policies = _lock_policies(by)
    delegation = Delegation.objects.locked(delegation.pk)
    now = timezone.now()
    if delegation.ended_at or (delegation.ends_at and delegation.ends_at <= now):
        raise WrongState(_("This delegation has ended."))
    delegation.ended_at = now
    delegation.save(update_fields=["ended_at"])
    _record(delegation, "policy.seat_returned", policies, by=by, now=now)
    return delegation
