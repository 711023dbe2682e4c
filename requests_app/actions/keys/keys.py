"""Keys: claimed by their holder and shown once, rotated, revoked, expired with their grant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.config.logs import redacted
from lifecycle.people.models import User
from requests_app import key_format, system_reasons
from requests_app.actions.keys import external_keys
from requests_app.issuers import LOCAL, IssuerError, key_terms
from requests_app.models import Grant, Key
from requests_app.refusals import Invalid, Refusal, WrongState
from requests_app.rules.permissions import check, checked_reason
from requests_app.states import KEY, KeyState
from requests_app.transitions.locks import lock_grant, lock_key
from requests_app.transitions.transition import move, record_event
from requests_app.validation import networks as written

DEFAULT_OVERLAP = timedelta(hours=24)
MAX_OVERLAP = timedelta(days=7)
Cause = Literal["grant", "sharing", "leak"]  # what a key was revoked with or for


@dataclass(frozen=True)
class ClaimedKey:
    """A new key. `secret` exists here only: show it once and let it go."""

    key: Key
    secret: str

    def __repr__(self) -> str:
        return f"ClaimedKey({self.key})"


@dataclass(frozen=True)
class Rotation:
    """What a new key replaces, and how long the old one works on."""

    old: Key
    overlap: timedelta


def claim(grant: Grant, *, by: User, networks: Iterable[str] = ()) -> ClaimedKey:
    """Make a key for `by`. It ends with the grant at the latest, and works from `networks` only.

    None of them is from anywhere.
    """
    return _hand_over(_begin_claim(grant, by=by, networks=networks), by=by)


def rotate(key: Key, *, by: User, overlap: timedelta = DEFAULT_OVERLAP) -> ClaimedKey:
    """Make the key's successor. The old one works on for `overlap`, and no later than before.

    Of a key that was rotated already, its successor is rotated: the answer that held it got lost.
    """
    claimed, rotation = _begin_rotation(Rotation(key, overlap), by=by)
    return _hand_over(claimed, by=by, rotation=rotation)


@transaction.atomic
def _begin_claim(grant: Grant, *, by: User, networks: Iterable[str]) -> ClaimedKey:
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("claim", grant, by)
    if grant.keys.filter(holder=by, state=KeyState.ACTIVE).exists():
        raise WrongState(
            _("You already have a key for this access. Revoke it to create a new one.")
        )
    return _make(grant, by=by, networks=written.ranges(networks), now=now)


@transaction.atomic
def _begin_rotation(rotation: Rotation, *, by: User) -> tuple[ClaimedKey, Rotation]:
    key = lock_key(rotation.old.pk)
    if successor := _successor(key):
        key = lock_key(successor.pk)
    rotation = replace(rotation, old=key)
    now = timezone.now()
    check("rotate", key, by)
    check("claim", key.grant, by)
    if not timedelta(0) <= rotation.overlap <= MAX_OVERLAP:
        raise Invalid({"overlap": _("The old key can stay valid for 7 days at most.")})
    made = _make(key.grant, by=by, networks=key.networks, now=now, rotation=rotation)
    return made, rotation


def _successor(key: Key) -> Key | None:
    """The key that replaced it at last, while that is active."""
    last = key
    while last.replaced_by:
        last = last.replaced_by
    return last if last != key and last.state == KeyState.ACTIVE else None


def _make(
    grant: Grant,
    *,
    by: User,
    networks: list[str],
    now: datetime,
    rotation: Rotation | None = None,
) -> ClaimedKey:
    """A key that is active at once when no other gateway has to have it too."""
    _check_time(grant, now)
    if rotation and (sentence := why_not_kept(rotation.old)):
        raise WrongState(sentence)
    _check_kept(grant, networks)
    if grant.keys.filter(holder=by, state=KeyState.ISSUING).exists():
        raise WrongState(_("Your key is still being created. Try again in a few minutes."))
    assert grant.ends_at  # active grants have one (constraint)
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
    record_event(key, "key.claimed", by=by, at=now, details=details)
    if not external_keys.plan_creation(key, now=now):
        _activate(key, by=by, rotation=rotation, now=now)
    return ClaimedKey(key, secret)


def _check_time(grant: Grant, now: datetime) -> None:
    if not grant.ends_at or now >= grant.ends_at:
        raise WrongState(_("This access has ended, so no key can be created."))


def why_no_budget(grant: Grant) -> str | None:
    """The sentence with which a new key is refused when there is nothing left to spend."""
    if not grant.is_spent:
        return None
    return _("This access has used up its budget, so a new key would be refused too.")


def why_not_kept(key: Key) -> str | None:
    """The sentence with which a successor is refused that would work from anywhere elsewhere."""
    names = key_terms.gateways_of(key.grant) if key.networks else []
    if not names:
        return None
    return _(
        "This key is limited to your networks, but a new one would also work at %(names)s, "
        "which doesn't check networks. Revoke it and create one without networks."
    ) % {"names": ", ".join(sorted(names))}


def _check_kept(grant: Grant, networks: list[str]) -> None:
    """No key is made that would reach further somewhere than it says."""
    if sentence := why_no_budget(grant):
        raise WrongState(sentence)
    names = key_terms.gateways_of(grant) if networks else []
    if names:
        sentence = _(
            "Keys for this access also work at %(names)s, which doesn't check networks. Leave "
            "this blank."
        ) % {"names": ", ".join(sorted(names))}
        raise Invalid({"networks": sentence})


def _activate(key: Key, *, by: User, rotation: Rotation | None, now: datetime) -> None:
    if rotation:
        old = lock_key(rotation.old.pk)
        old.grant = key.grant
        expires_at = min(old.expires_at, now + rotation.overlap)
        details = {"expires_at": expires_at.isoformat(), "last_four": old.last_four}
        fields = {"expires_at": expires_at, "replaced_by": key}
        move(old, "rotate", by=by, at=now, details=details, **fields)
        external_keys.refresh(key.grant, now=now)
    move(key, "activate", by=None, at=now)


def _hand_over(claimed: ClaimedKey, *, by: User, rotation: Rotation | None = None) -> ClaimedKey:
    """Let the other gateways have the key. Whatever fails, nothing of it stays usable."""
    if claimed.key.state == KeyState.ACTIVE:
        return claimed
    problem = ""
    try:
        external_keys.create_everywhere(claimed.key, claimed.secret)
    except IssuerError as error:
        problem = str(error)
    key, refusal = _settle(claimed.key.pk, by=by, rotation=rotation, problem=problem)
    if refusal:
        raise refusal
    return ClaimedKey(key, claimed.secret)


@transaction.atomic
def _settle(
    key_id: int, *, by: User, rotation: Rotation | None, problem: str
) -> tuple[Key, Refusal | None]:
    """Activate the key if that is still right; otherwise it fails and is deleted everywhere."""
    now = timezone.now()
    key = lock_key(key_id)
    try:
        if problem:
            raise WrongState(
                _("%(problem)s No key was created. Try again in a few minutes.")
                % {"problem": problem}
            )
        check("claim", key.grant, by)
        _check_time(key.grant, now)
        if key.state != KeyState.ISSUING:
            raise WrongState(_("This took too long, so no key was created. Try again."))
        with transaction.atomic():
            external_keys.mark_present(key, now=now)
            _activate(key, by=by, rotation=rotation, now=now)
    except Refusal as refusal:
        if key.state == KeyState.ISSUING:
            external_keys.fail(key, by=by, problem=refusal.sentence, now=now)
        external_keys.withdraw(key, now=now, gone_too=True)
        return key, refusal
    return key, None


@transaction.atomic
def revoke(key: Key, *, by: User, reason: str = "") -> Key:
    """Refuse the key from this moment on, in its overlap too."""
    key = lock_key(key.pk)
    now = timezone.now()
    check("revoke", key, by)
    _revoke(key, by=by, reason=checked_reason(reason), now=now)
    return key


@transaction.atomic
def revoke_reported(key: Key, *, reason: str, cause: Cause | None = None) -> bool:
    """Refuse a key that somebody found, whoever that is; False when it was refused already.

    `reason` is a sentence of ours.
    """
    key = lock_key(key.pk)
    now = timezone.now()
    if key.state not in KEY.moves["revoke"].sources:
        return False
    _revoke(key, by=None, reason=redacted(reason), now=now, cause=cause)
    return True


@transaction.atomic
def retire(key_id: int, *, now: datetime) -> bool:
    """End a rotated key whose overlap is over; False if it isn't."""
    key = lock_key(key_id)
    if not Key.objects.due_for_retirement(now).filter(pk=key.pk).exists():
        return False
    _expire(key, now=now)
    return True


def revoke_all(keys: Sequence[Key], *, by: User, reason: str, now: datetime) -> None:
    """For an action that holds the locks and has checked who does it."""
    elsewhere = external_keys.withdraw_all(keys, now=now)
    for key in keys:
        _refuse(key, by=by, reason=reason, now=now)
        if key.pk not in elsewhere:
            _confirm(key, now=now)


def close_all(grant: Grant, *, by: User | None, now: datetime) -> None:
    """A grant is over, so its keys are: expired by the clock, revoked by a person."""
    for key in grant.keys.select_for_update(of=("self",)).select_related("holder"):
        key.grant = grant
        if key.state not in KEY.live or key.state == KeyState.REVOKING:
            continue
        if by is None and key.state != KeyState.ISSUING:
            _expire(key, now=now)
        else:
            _revoke(key, by=by, reason=system_reasons.GRANT_ENDED, now=now, cause="grant")


def _expire(key: Key, *, now: datetime) -> None:
    move(key, "expire", by=None, at=now, closed_at=now)
    external_keys.withdraw(key, now=now)


def _revoke(
    key: Key, *, by: User | None, reason: str, now: datetime, cause: Cause | None = None
) -> None:
    """Refused from this commit on; confirmed as revoked once no other gateway has it.

    Notices go by the cause: a reason may be anybody's words.
    """
    _refuse(key, by=by, reason=reason, now=now, cause=cause)
    if not external_keys.withdraw(key, now=now):
        _confirm(key, now=now)


def _refuse(
    key: Key, *, by: User | None, reason: str, now: datetime, cause: Cause | None = None
) -> None:
    details = {"reason": reason, "last_four": key.last_four, **({"cause": cause} if cause else {})}
    move(key, "revoke", by=by, at=now, details=details, refused_from=now, revoked_by=by)


def _confirm(key: Key, *, now: datetime) -> None:
    move(key, "confirm", by=None, at=now, details={"issuer": LOCAL}, closed_at=now)


def revoke_all_of(grant: Grant, person: User, *, by: User, reason: str, now: datetime) -> None:
    """Refuse every key that `person` has under a locked grant."""
    live = grant.keys.filter(holder=person).exclude(state__in=(*KEY.terminal, KeyState.REVOKING))
    for key in live.select_for_update(of=("self",)).select_related("holder"):
        key.grant = grant
        _revoke(key, by=by, reason=reason, now=now, cause="sharing")
