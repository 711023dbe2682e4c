"""Create, rotate and revoke service tokens.

A person makes tokens for themselves, which can do what that person can; superusers also make those
of others and of gateways.

A token belongs to no request or policy, so no chain records it: its row says who owns it, when it
was created, and when and by whom it was revoked (by nobody if it was reported as leaked). Each
event caused with a token names it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from lifecycle.scheduling import wakeups
from lifecycle.text.durations import format_duration
from lifecycle.text.normalization import one_line
from lifecycle.text.validation import line_problem
from requests_app import key_format
from requests_app.models import GATEWAY_PERMISSIONS, ServiceToken, TokenPermission
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.permissions import check_good_standing
from requests_app.transitions.people_locks import lock_person

MAX_LIFETIME = timedelta(days=366)
DEFAULT_OVERLAP = timedelta(hours=24)
MAX_OVERLAP = timedelta(days=7)
USE_NOTED_EVERY = timedelta(minutes=1)
MAX_TOKENS = 50  # that work, of one person who makes them
NOTIFY_TASK = "requests_app.tasks.notify_leaked_token_owners"


@dataclass(frozen=True)
class NewToken:
    """A new token with its secret, which is stored nowhere: show it once."""

    token: ServiceToken
    secret: str

    def __repr__(self) -> str:
        return f"NewToken({self.token})"


@transaction.atomic
def create(
    name: str, *, owner: User, permissions: Sequence[str], expires_at: datetime, by: User
) -> NewToken:
    """Create a token that acts as `owner` with these permissions until `expires_at`.

    Raises Invalid with a sentence for each refused field.
    """
    now = timezone.now()
    by = lock_person(by)  # so that two at once don't exceed the limit
    check_may_create(owner, permissions, by=by)
    _check_number(by, now)
    return _make(
        _name(name), _owner(owner), _permissions(permissions), _end(expires_at, now), now=now
    )


def check_may_create(owner: User, permissions: Sequence[str], *, by: User) -> None:
    """Refuse what is beyond somebody's own rights."""
    check_good_standing(by)
    if by.is_superuser:
        return
    if owner.pk != by.pk:
        raise NotAllowed(_("Only a superuser can create a token for someone else."))
    if set(permissions) & set(GATEWAY_PERMISSIONS):
        raise NotAllowed(_("Only a superuser can create a token for a gateway."))


def _check_number(by: User, now: datetime) -> None:
    if by.is_superuser:
        return
    working = ServiceToken.objects.filter(owner=by, revoked_at=None, expires_at__gt=now)
    if working.count() >= MAX_TOKENS:
        raise WrongState(_("You have %d tokens. Revoke one that you don't need.") % MAX_TOKENS)


def _make(
    name: str, owner: User, permissions: Sequence[str], expires_at: datetime, *, now: datetime
) -> NewToken:
    secret = key_format.new("ems")
    pepper, digest = key_format.newest_digest(secret, settings.KEY_PEPPERS)
    token = ServiceToken(
        name=name,
        owner=owner,
        permissions=list(permissions),
        digest=digest,
        pepper=pepper,
        last_four=key_format.last_four(secret),
        created_at=now,
        expires_at=expires_at,
    )
    token.expiry_notice_at = token.next_expiry_notice(now)
    token.save()
    return NewToken(token, secret)


@transaction.atomic
def rotate(token: ServiceToken, *, by: User, overlap: timedelta = DEFAULT_OVERLAP) -> NewToken:
    """Create a successor that lasts as long; the old one works for `overlap` at most.

    If the token has a successor already, that one is rotated: its secret was never received.
    """
    now = timezone.now()
    by = lock_person(by)
    token = _newest(ServiceToken.objects.select_related("owner").locked(token.pk))
    if token.owner_id != by.pk and not by.is_superuser:
        raise NotAllowed(_("Only its owner or a superuser can rotate this token."))
    check_may_create(token.owner, token.permissions, by=by)
    if token.revoked_at or token.expires_at <= now:
        raise WrongState(_("This token no longer works. Create a new one."))
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise Invalid({"overlap": _("The old token can stay valid for 7 days at most.")})
    length = min(token.expires_at - token.created_at, MAX_LIFETIME)
    new = _make(token.name, _owner(token.owner), token.permissions, now + length, now=now)
    # A row can't end at the moment it began; in between it works for nobody but the caller.
    token.expires_at = min(token.expires_at, now + max(overlap, timedelta(microseconds=1)))
    token.replaced_by = new.token
    token.save(update_fields=["expires_at", "replaced_by"])
    return new


def _newest(token: ServiceToken) -> ServiceToken:
    while token.replaced_by_id:
        token = ServiceToken.objects.select_related("owner").locked(token.replaced_by_id)
    return token


def note_use(token: ServiceToken) -> None:
    """Store when the token was last used, at most once a minute."""
    now = timezone.now()
    if token.last_used_at and token.last_used_at > now - USE_NOTED_EVERY:
        return
    ServiceToken.objects.filter(pk=token.pk).update(last_used_at=now)


def _name(name: str) -> str:
    name = one_line(name)
    if not name or len(name) > 100:
        raise Invalid({"name": _("Describe what the token is for in 100 characters or fewer.")})
    if sentence := line_problem(name):
        raise Invalid({"name": sentence})
    return name


def _owner(owner: User) -> User:
    if not User.objects.filter(pk=owner.pk, is_active=True).exists():
        raise Invalid(
            {
                "owner": _("%(owner)s's account is not in good standing. Choose someone else.")
                % {"owner": owner}
            }
        )
    return owner


def _permissions(permissions: Sequence[str]) -> list[str]:
    if not permissions or not set(permissions) <= set(TokenPermission.values):
        raise Invalid(
            {
                "permissions": _("Choose at least one of: %(values)s.")
                % {"values": ", ".join(TokenPermission.values)}
            }
        )
    return [permission for permission in TokenPermission.values if permission in permissions]


def _end(expires_at: datetime, now: datetime) -> datetime:
    if not now < expires_at <= now + MAX_LIFETIME:
        raise Invalid(
            {
                "expires_at": _("Choose an earlier end: tokens last at most %(length)s.")
                % {"length": format_duration(MAX_LIFETIME)}
            }
        )
    return expires_at


@transaction.atomic
def revoke(token: ServiceToken, *, by: User) -> ServiceToken:
    """Revoke the token at once; its owner and superusers may."""
    now = timezone.now()
    token = ServiceToken.objects.select_related("owner").locked(token.pk)
    if token.owner_id != by.pk and not by.is_superuser:
        raise NotAllowed(_("Only its owner or a superuser can revoke this token."))
    if token.revoked_at:
        raise WrongState(_("This token has already been revoked."))
    token.revoked_at, token.revoked_by = now, by
    token.save(update_fields=["revoked_at", "revoked_by"])
    return token


@transaction.atomic
def revoke_reported(token: ServiceToken) -> bool:
    """Revoke a token reported as leaked by anyone; False if it was unusable already."""
    now = timezone.now()
    token = ServiceToken.objects.locked(token.pk)
    if token.revoked_at or token.expires_at <= now:
        return False
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    wakeups.once_on_commit(NOTIFY_TASK)
    return True
