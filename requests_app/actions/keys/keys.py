"""Create keys, shown once to their holder, and rotate them; key_revocation.py ends them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions.keys import external_keys
from requests_app.issuers import IssuerError, key_terms
from requests_app.models import Grant, Key
from requests_app.refusals import Invalid, Refusal, WrongState
from requests_app.rules.permissions import check
from requests_app.states import KeyState
from requests_app.transitions.locks import lock_grant, lock_key
from requests_app.transitions.transition import move, record_event
from requests_app.validation import networks as written
from requests_app.validation import text_limits

DEFAULT_OVERLAP = timedelta(hours=24)
MAX_OVERLAP = timedelta(days=7)


@dataclass(frozen=True)
class ClaimedKey:
    """A new key with its secret, which is stored nowhere: show it once."""

    key: Key
    secret: str

    # Logs and error reports show the repr of local variables.
    def __repr__(self) -> str:
        return f"ClaimedKey({self.key})"


@dataclass(frozen=True)
class Rotation:
    """The key to replace, and how long it stays valid beside its successor.

    The successor works from `networks`; None keeps those of the old key.
    """

    old: Key
    overlap: timedelta
    networks: Iterable[str] | None = None


def claim(grant: Grant, *, by: User, networks: Iterable[str] = (), label: str = "") -> ClaimedKey:
    """Create a key for `by` that ends with the grant and works from `networks` only.

    Without networks it works from anywhere. `label` is what they call it.
    """
    return _hand_over(_begin_claim(grant, by=by, networks=networks, label=label), by=by)


def rotate(
    key: Key,
    *,
    by: User,
    overlap: timedelta = DEFAULT_OVERLAP,
    networks: Iterable[str] | None = None,
) -> ClaimedKey:
    """Create a successor of the key; the old one stays valid for `overlap` or until its own end.

    It works from the same networks unless others are given. If the key has a successor already,
    that one is rotated: its secret was never received.
    """
    claimed, rotation = _begin_rotation(Rotation(key, overlap, networks), by=by)
    return _hand_over(claimed, by=by, rotation=rotation)


@transaction.atomic
def _begin_claim(grant: Grant, *, by: User, networks: Iterable[str], label: str = "") -> ClaimedKey:
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("claim", grant, by)
    if grant.keys.filter(holder=by, state=KeyState.ACTIVE).exists():
        raise WrongState(
            _("You already have a key for this access. Revoke it to create a new one.")
        )
    label, ranges = _checked(label, networks)
    return _make(grant, by=by, networks=ranges, label=label, now=now)


def _checked(label: str, networks: Iterable[str]) -> tuple[str, list[str]]:
    """Return both normalized. Raises Invalid with a sentence for each that is refused."""
    problems: dict[str, str] = {}
    ranges: list[str] = []
    try:
        label = text_limits.checked_label(label)
    except Invalid as refusal:
        problems |= refusal.errors
    try:
        ranges = written.ranges(networks)
    except Invalid as refusal:
        problems |= refusal.errors
    if problems:
        raise Invalid(problems)
    return label, ranges


@transaction.atomic
def _begin_rotation(rotation: Rotation, *, by: User) -> tuple[ClaimedKey, Rotation]:
    key = lock_key(rotation.old.pk)
    # Resolved under the grant's lock: two clicks rotate one after the other.
    if successor := _successor(key):
        key = lock_key(successor.pk)
    rotation = replace(rotation, old=key)
    now = timezone.now()
    check("rotate", key, by)
    check("claim", key.grant, by)
    if not timedelta(0) <= rotation.overlap <= MAX_OVERLAP:
        raise Invalid({"overlap": _("The old key can stay valid for 7 days at most.")})
    if rotation.networks is None:
        _refuse_unless_kept(key)
        ranges = key.networks
    else:
        ranges = written.ranges(rotation.networks)
    made = _make(key.grant, by=by, networks=ranges, label=key.label, now=now, rotation=rotation)
    return made, rotation


def _refuse_unless_kept(key: Key) -> None:
    if sentence := why_not_kept(key):
        raise WrongState(sentence)


def _successor(key: Key) -> Key | None:
    """Return the newest key in the chain of successors if it is active, else None."""
    last = key
    while last.replaced_by:
        last = last.replaced_by
    return last if last != key and last.state == KeyState.ACTIVE else None


def _make(
    grant: Grant,
    *,
    by: User,
    networks: list[str],
    label: str,
    now: datetime,
    rotation: Rotation | None = None,
) -> ClaimedKey:
    """Create a key, active at once unless other gateways have to create it too."""
    _check_time(grant, now)
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
        label=label,
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
    ends = [at for at in (grant.ends_at, grant.member_until) if at]
    if not grant.ends_at or now >= min(ends):
        raise WrongState(_("This access has ended, so no key can be created."))


def why_no_budget(grant: Grant) -> str | None:
    """Return the sentence that refuses a new key when the budget is used up, else None."""
    if not grant.is_spent:
        return None
    return _("This access has used up its budget, so a new key would be refused too.")


def why_not_kept(key: Key) -> str | None:
    """Return the sentence that refuses a successor without the networks of this key, else None."""
    names = key_terms.gateways_of(key.grant) if key.networks else []
    if not names:
        return None
    return _(
        "This key is limited to your networks, but a new one would also work at %(names)s, "
        "which doesn't check networks. Revoke it and create one without networks."
    ) % {"names": ", ".join(sorted(names))}


def _check_kept(grant: Grant, networks: list[str]) -> None:
    """Refuse a key that would reach further at another gateway than it says here."""
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
        fields: dict[str, Any] = {"expires_at": expires_at, "replaced_by": key}
        move(old, "rotate", by=by, at=now, details=details, **fields)
        external_keys.refresh(key.grant, now=now)
    move(key, "activate", by=None, at=now)


def _hand_over(claimed: ClaimedKey, *, by: User, rotation: Rotation | None = None) -> ClaimedKey:
    """Create the key at other gateways; if any fails, the key fails and is deleted everywhere."""
    if claimed.key.state == KeyState.ACTIVE:
        return claimed
    # Outside any transaction: no lock may be held while a gateway takes its time.
    problem = ""
    try:
        external_keys.create_everywhere(claimed.key, claimed.secret)
    except IssuerError as error:
        problem = str(error)
    # Returned, not raised inside: its transaction has to commit the failure.
    key, refusal = _settle(claimed.key.pk, by=by, rotation=rotation, problem=problem)
    if refusal:
        raise refusal
    return ClaimedKey(key, claimed.secret)


@transaction.atomic
def _settle(
    key_id: int, *, by: User, rotation: Rotation | None, problem: str
) -> tuple[Key, Refusal | None]:
    """Activate the key if its grant still allows it; otherwise fail it and delete it everywhere."""
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
        # A savepoint: a refusal in here undoes these two and lets the failure below be stored.
        with transaction.atomic():
            external_keys.mark_present(key, now=now)
            _activate(key, by=by, rotation=rotation, now=now)
    except Refusal as refusal:
        if key.state == KeyState.ISSUING:
            external_keys.fail(key, by=by, problem=refusal.sentence, now=now)
        external_keys.withdraw(key, now=now, gone_too=True)
        return key, refusal
    return key, None
