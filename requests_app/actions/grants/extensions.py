"""The grants that go on from another one: when they may be given, when they begin."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from requests_app import clock
from requests_app.models import AccessRequest, Grant, Revision
from requests_app.refusals import WrongState
from requests_app.states import GRANT, GrantState
from requests_app.transitions.locks import lock_grant


def check_possible(access_request: AccessRequest) -> None:
    """Refuse to approve more time for what was taken away, or is at present."""
    if access_request.continues_id is None:
        return
    continued = lock_grant(access_request.continues_id)
    if continued.state == GrantState.REVOKED:
        raise WrongState(
            _(
                "%(continued)s was revoked, so it can't be given more time. "
                "Deny this; a new request is possible."
            )
            % {"continued": continued}
        )
    if continued.state == GrantState.SUSPENDED:
        raise WrongState(
            _(
                "%(continued)s is suspended, so it can't be given more time. "
                "Have it resumed first, or deny this."
            )
            % {"continued": continued}
        )


def starts_at(revision: Revision, now: datetime) -> datetime | None:
    """When an extension begins: at the end of what it extends, without gap or overlap.

    None for everything else: a first grant, one that was asked to start later than that, and one
    that was approved after the end. Those begin as any grant does.
    """
    continues_id = revision.access_request.continues_id
    continued = lock_grant(continues_id) if continues_id else None
    if continued is None or continued.state not in GRANT.live or not continued.ends_at:
        return None
    first_day = clock.grant_starts(revision.starts_on, now)
    return continued.ends_at if max(first_day, now) <= continued.ends_at else None


def extensions_of(grant: Grant, *, now: datetime) -> Iterator[Grant]:
    """Grants that continue this one and haven't begun: each locked, older ones first."""
    to_come = Q(activated_at=None) | Q(activated_at__gt=now)
    rows = Grant.objects.live().filter(to_come, access_request__continues=grant)
    for pk in rows.order_by("pk").ids():
        yield lock_grant(pk)
