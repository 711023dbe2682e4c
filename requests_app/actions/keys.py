"""Keys: claimed by their holder and shown once, revoked, expired with their grant."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.locks import lock_grant, lock_key
from requests_app.actions.moves import move, note
from requests_app.gateway import key_format
from requests_app.models import Grant, Key
from requests_app.rules import WrongState, check, reason_given
from requests_app.states import KEY, KeyState


@dataclass(frozen=True)
class ClaimedKey:
    """A new key. `secret` exists here only: show it once and let it go."""

    key: Key
    secret: str

    def __repr__(self) -> str:
        return f"ClaimedKey({self.key})"


@transaction.atomic
def claim(grant: Grant, *, by: User) -> ClaimedKey:
    """Make the holder's key. It ends with the grant at the latest."""
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("claim", grant, by)
    assert grant.ends_at  # active grants have one (constraint)
    if now >= grant.ends_at:
        raise WrongState("This access has reached its end, so no key can be made.")
    if grant.keys.filter(holder=by, state__in=KEY.live).exists():
        raise WrongState("You already have a key for this access. Revoke it to make a new one.")
    secret = key_format.new()
    pepper, digest = key_format.newest_digest(secret, settings.KEY_PEPPERS)
    key = Key(
        grant=grant,
        holder=by,
        digest=digest,
        pepper=pepper,
        last_four=secret[-4:],
        created_at=now,
        expires_at=grant.ends_at,
    )
    key.save(force_insert=True)
    note(key, "key.claimed", by=by, at=now, details={"expires_at": key.expires_at.isoformat()})
    move(key, "activate", by=None, at=now)  # our own check is the issuer: nobody else to wait for
    return ClaimedKey(key, secret)


@transaction.atomic
def revoke(key: Key, *, by: User, reason: str = "") -> Key:
    """Refuse the key from this moment on."""
    key = lock_key(key.pk)
    now = timezone.now()
    check("revoke", key, by)
    _revoke(key, by=by, reason=reason_given(reason), now=now)
    return key


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
