"""Badges beside a grant: what currently needs its reader's attention."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lifecycle.people.models import User
from requests_app import clock
from requests_app.models import Grant
from requests_app.states import GRANT, GrantState, KeyState
from requests_app.wording import moments

SOON = timedelta(days=14)
CURRENT = (KeyState.ISSUING, KeyState.ACTIVE)  # these prevent creating another key


class Badge(NamedTuple):
    """A badge; `kind` is its colour: `warn`, or empty for plain information."""

    text: str
    kind: str = ""


def may_confirm(grant: Grant, now: datetime) -> bool:
    """Return whether the holder is being asked to confirm the grant."""
    asked = grant.confirm_by and now >= clock.may_confirm_from(grant.confirm_by)
    return bool(asked and grant.state in GRANT.live and not grant.is_confirmation_paused)


def has_accepted(grant: Grant, person: User) -> bool:
    """Return whether the person accepted the terms; the holder did so when submitting.

    Needs collaborators prefetched.
    """
    if grant.holder_id == person.pk:
        return True
    return any(p.person_id == person.pk and p.accepted_at for p in grant.collaborators.all())


def of_grant(grant: Grant, person: User, now: datetime) -> Iterator[Badge]:
    """Return the badges of a grant; needs collaborators and the person's keys prefetched."""
    if grant.state not in GRANT.live:
        return
    yield from _withdrawals(grant, now)
    if grant.confirm_by and may_confirm(grant, now) and grant.holder_id == person.pk:
        day = {"day": moments.day(grant.confirm_by)}
        is_late = grant.confirm_by <= now
        yield Badge(_("needs confirming") if is_late else _("confirm by %(day)s") % day, "warn")
    if grant.state != GrantState.ACTIVE:
        return
    if grant.is_spent:
        yield Badge(_("budget used up"), "warn")
    elif not has_accepted(grant, person):
        yield Badge(_("accept the terms"), "warn")
    elif reachable(grant, now) and not _has_key(grant, person):
        yield Badge(_("create your key"), "warn")
    if grant.ends_at and grant.ends_at - now <= SOON:
        yield Badge(_ends_in(grant.ends_at, now), "warn")


def _has_key(grant: Grant, person: User) -> bool:
    return any(key.holder_id == person.pk and key.state in CURRENT for key in grant.keys.all())


def reachable(grant: Grant, now: datetime) -> bool:
    """Return whether any of its models hasn't been withdrawn."""
    gone = [one.ai_model.withdrawn_at for one in grant.granted_models.all()]
    return not gone or any(at is None or at > now for at in gone)


def reached_until(grant: Grant) -> datetime | None:
    """Return when the last of its models is withdrawn; None while one has no such date."""
    gone = [one.ai_model.withdrawn_at for one in grant.granted_models.all()]
    known = [at for at in gone if at]
    return max(known) if known and len(known) == len(gone) else None


def _withdrawals(grant: Grant, now: datetime) -> Iterator[Badge]:
    for one in grant.granted_models.all():
        if at := one.ai_model.withdrawn_at:
            values = {"ai_model": one.ai_model, "day": moments.day(at)}
            gone = _("%(ai_model)s is withdrawn") if at <= now else _("%(ai_model)s until %(day)s")
            yield Badge(gone % values, "warn")


def _ends_in(end: datetime, now: datetime) -> str:
    days = (timezone.localtime(end).date() - timezone.localtime(now).date()).days
    if days < 1:
        return _("ends today")
    return ngettext("ends in %(days)d day", "ends in %(days)d days", days) % {"days": days}
