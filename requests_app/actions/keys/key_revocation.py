"""Revoke and expire keys: one, all under closed grants, or what a person has under a grant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone

from lifecycle.config.logs import redacted
from lifecycle.people.models import User
from requests_app import system_reasons
from requests_app.actions.keys import external_keys
from requests_app.issuers import LOCAL
from requests_app.models import Grant, Key
from requests_app.rules.permissions import check, checked_reason
from requests_app.states import KEY, KeyState
from requests_app.transitions.locks import lock_key
from requests_app.transitions.transition import move

Cause = Literal["grant", "sharing", "leak"]  # what a key was revoked with or for


@transaction.atomic
def revoke(key: Key, *, by: User, reason: str = "") -> Key:
    """Revoke the key at once, also during its overlap."""
    key = lock_key(key.pk)
    now = timezone.now()
    check("revoke", key, by)
    _revoke(key, by=by, reason=checked_reason(reason), now=now)
    return key


@transaction.atomic
def revoke_reported(key: Key, *, reason: str, cause: Cause | None = None, **details: Any) -> bool:
    """Revoke a key reported as leaked by anyone; False if it was unusable already.

    `reason` is one of our own sentences; `details` are those of the event besides it.
    """
    key = lock_key(key.pk)
    now = timezone.now()
    if key.state not in KEY.moves["revoke"].sources:
        return False
    _revoke(key, by=None, reason=redacted(reason), now=now, cause=cause, **details)
    return True


@transaction.atomic
def retire(key_id: int, *, now: datetime) -> bool:
    """Expire a rotated key whose overlap is over; False otherwise."""
    key = lock_key(key_id)
    if not Key.objects.due_for_retirement(now).filter(pk=key.pk).exists():
        return False
    _expire(key, now=now)
    return True


def revoke_all(keys: Sequence[Key], *, by: User, reason: str, now: datetime) -> None:
    """Revoke keys for a caller that holds the locks and has checked permission."""
    elsewhere = external_keys.withdraw_all(keys, now=now)
    for key in keys:
        _refuse(key, by=by, reason=reason, now=now)
        if key.pk not in elsewhere:
            _confirm(key, now=now)


def close_all(grants: Sequence[Grant], *, by: User | None, now: datetime) -> None:
    """End the keys of closed grants: expired if the clock ended them, revoked if a person did."""
    closed = {grant.pk: grant for grant in grants}
    rows = Key.objects.filter(grant__in=closed).select_related("holder").order_by("pk")
    for key in rows.select_for_update(of=("self",)):
        key.grant = closed[key.grant_id]
        if key.state not in KEY.live or key.state == KeyState.REVOKING:
            continue
        # A key that is still being created has no way to expire, only to be revoked.
        if by is None and key.state != KeyState.ISSUING:
            _expire(key, now=now)
        else:
            _revoke(key, by=by, reason=system_reasons.GRANT_ENDED, now=now, cause="grant")


def _expire(key: Key, *, now: datetime) -> None:
    move(key, "expire", by=None, at=now, closed_at=now)
    external_keys.withdraw(key, now=now)


def _revoke(
    key: Key,
    *,
    by: User | None,
    reason: str,
    now: datetime,
    cause: Cause | None = None,
    **details: Any,
) -> None:
    """Refuse the key from this commit; it is confirmed as revoked once no gateway has it.

    Notices depend on `cause`, since `reason` may be free text.
    """
    _refuse(key, by=by, reason=reason, now=now, cause=cause, **details)
    if not external_keys.withdraw(key, now=now):
        _confirm(key, now=now)


def _refuse(
    key: Key,
    *,
    by: User | None,
    reason: str,
    now: datetime,
    cause: Cause | None = None,
    **details: Any,
) -> None:
    details |= {"reason": reason, "last_four": key.last_four, **({"cause": cause} if cause else {})}
    move(key, "revoke", by=by, at=now, details=details, refused_from=now, revoked_by=by)


def _confirm(key: Key, *, now: datetime) -> None:
    move(key, "confirm", by=None, at=now, details={"issuer": LOCAL}, closed_at=now)


def revoke_all_of(grant: Grant, person: User, *, by: User, reason: str, now: datetime) -> None:
    """Revoke every usable key that `person` has under a locked grant."""
    live = grant.keys.filter(holder=person).exclude(state__in=(*KEY.terminal, KeyState.REVOKING))
    for key in live.select_for_update(of=("self",)).select_related("holder"):
        key.grant = grant
        _revoke(key, by=by, reason=reason, now=now, cause="sharing")
