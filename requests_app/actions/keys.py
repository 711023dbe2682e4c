"""Keys: claimed by their holder and shown once, rotated, revoked, expired with their grant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions import networks as written
from requests_app.actions.locks import lock_grant, lock_key
from requests_app.actions.moves import move, note
from requests_app.gateway import key_format
from requests_app.models import Grant, Key
from requests_app.rules import Invalid, WrongState, check, reason_given
from requests_app.states import KEY, KeyState

OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)


@dataclass(frozen=True)
class ClaimedKey:
    """A new key. `secret` exists here only: show it once and let it go."""

    key: Key
    secret: str

    def __repr__(self) -> str:
        return f"ClaimedKey({self.key})"


@transaction.atomic
def claim(grant: Grant, *, by: User, networks: Iterable[str] = ()) -> ClaimedKey:
    """Make a key for `by`. It ends with the grant at the latest, and works from `networks` only.

    None of them is from anywhere.
    """
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("claim", grant, by)
    if grant.keys.filter(holder=by, state__in=(KeyState.ISSUING, KeyState.ACTIVE)).exists():
        raise WrongState("You already have a key for this access. Revoke it to make a new one.")
    return _make(grant, by=by, networks=written.ranges(networks), now=now)


@transaction.atomic
def rotate(key: Key, *, by: User, overlap: timedelta = OVERLAP) -> ClaimedKey:
    """Make the key's successor. The old one works on for `overlap`, and no later than before."""
    key = lock_key(key.pk)
    now = timezone.now()
    check("rotate", key, by)
    check("claim", key.grant, by)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid({"overlap": "The old key can work on for 7 days at most."})
    _retire(key, by=by, overlap=overlap, now=now)
    return _make(key.grant, by=by, networks=key.networks, now=now)


def _retire(key: Key, *, by: User, overlap: timedelta, now: datetime) -> None:
    expires_at = min(key.expires_at, now + overlap)
    details = {"expires_at": expires_at.isoformat(), "last_four": key.last_four}
    move(key, "rotate", by=by, at=now, details=details, expires_at=expires_at)


def _make(grant: Grant, *, by: User, networks: list[str], now: datetime) -> ClaimedKey:
    assert grant.ends_at  # active grants have one (constraint)
    if now >= grant.ends_at:
        raise WrongState("This access has reached its end, so no key can be made.")
    secret = key_format.new()
    pepper, digest = key_format.newest_digest(secret, settings.KEY_PEPPERS)
    key = Key(
        grant=grant,
        holder=by,
        digest=digest,
        pepper=pepper,
        last_four=secret[-4:],
        networks=networks,
        created_at=now,
        expires_at=grant.ends_at,
    )
    key.save(force_insert=True)
    details = {"expires_at": key.expires_at.isoformat(), "networks": networks}
    note(key, "key.claimed", by=by, at=now, details=details)
    move(key, "activate", by=None, at=now)  # our own check is the issuer: nobody else to wait for
    return ClaimedKey(key, secret)


@transaction.atomic
def revoke(key: Key, *, by: User, reason: str = "") -> Key:
    """Refuse the key from this moment on, in its overlap too."""
    key = lock_key(key.pk)
    now = timezone.now()
    check("revoke", key, by)
    _revoke(key, by=by, reason=reason_given(reason), now=now)
    return key


@transaction.atomic
def revoke_reported(key: Key, *, reason: str) -> bool:
    """Refuse a key that somebody found, whoever that is; False when it was refused already."""
    key = lock_key(key.pk)
    now = timezone.now()
    if key.state not in KEY.moves["revoke"].sources:
        return False
    _revoke(key, by=None, reason=reason_given(reason), now=now)
    return True


@transaction.atomic
def retire(key_id: int, *, now: datetime) -> bool:
    """End a rotated key whose overlap is over; False if it isn't."""
    key = lock_key(key_id)
    if not Key.objects.due_for_retirement(now).filter(pk=key.pk).exists():
        return False
    move(key, "expire", by=None, at=now, closed_at=now)
    return True


def revoke_locked(key: Key, *, by: User, reason: str, now: datetime) -> None:
    """Refuse the key, for an action that holds its locks and has checked who does it."""
    _revoke(key, by=by, reason=reason, now=now)


def close_all(grant: Grant, *, by: User | None, now: datetime) -> None:
    """A grant is over, so its keys are: expired by the clock, revoked by a person."""
    for key in grant.keys.select_for_update(of=("self",)).select_related("holder"):
        key.grant = grant
        if key.state not in KEY.live or key.state == KeyState.REVOKING:
            continue
        if by is None and key.state != KeyState.ISSUING:
            move(key, "expire", by=None, at=now, closed_at=now)
        else:
            _revoke(key, by=by, reason="Its grant ended.", now=now)


def _revoke(key: Key, *, by: User | None, reason: str, now: datetime) -> None:
    """Revoking, and at once revoked: our own check is the issuer and refuses from this commit."""
    details = {"reason": reason, "last_four": key.last_four}
    move(key, "revoke", by=by, at=now, details=details, refused_from=now, revoked_by=by)
    move(key, "confirm", by=None, at=now, details={"issuer": "local"}, closed_at=now)
