"""Create, update and delete keys at other gateways, through committed intents.

The intent is committed first, then the gateway is called outside any transaction, then the result
is stored. No call decides about access: our own check refuses from the commit on.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, QuerySet
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.scheduling import wakeups
from requests_app import issuers
from requests_app.issuers import IssuerError, Unreachable
from requests_app.issuers.key_terms import gateways_of, issuer_terms, next_change_at
from requests_app.models import ExternalKey, ExternalKeyState, Grant, Key
from requests_app.states import KeyState
from requests_app.transitions.locks import lock_key
from requests_app.transitions.transition import move, record_event

LEASE_TIME = timedelta(minutes=2)  # longer than any call with its repetitions
CREATION_GRACE_PERIOD = timedelta(
    minutes=5
)  # a call of ours that was given up may be done this late
MIN_RETRY_DELAY, MAX_RETRY_DELAY = timedelta(seconds=30), timedelta(hours=1)
MAX_BATCH = 500
PUSH_TASK, VERIFY_TASK = "requests_app.tasks.push_revocations", "requests_app.tasks.verify_keys"

log = logging.getLogger(__name__)
CREATING, PRESENT, DELETING, GONE = (
    ExternalKeyState.CREATING,
    ExternalKeyState.PRESENT,
    ExternalKeyState.DELETING,
    ExternalKeyState.GONE,
)


def plan_creation(key: Key, *, now: datetime) -> bool:
    """Record which gateways are to have the key before any is called; False for none."""
    names = gateways_of(key.grant)
    ExternalKey.objects.bulk_create(
        ExternalKey(
            key=key,
            issuer=name,
            reference=key.public_id,
            created_at=now,
            # By then the creating process has finished or died, and the sweep takes over.
            next_try_at=now + LEASE_TIME,
        )
        for name in names
    )
    return bool(names)


def create_everywhere(key: Key, secret: str) -> None:
    """Create the key at each planned gateway. Raises IssuerError; some may then have the key."""
    for issued in key.issued.filter(state=CREATING).order_by("pk"):
        issuer = issuers.get_issuer(issued.issuer)
        issuer.create(issued.reference, secret, issuer_terms(issuer, key, timezone.now()))


def mark_present(key: Key, *, now: datetime) -> None:
    """Record that every gateway has the key; the caller holds the key's lock."""
    later = next_change_at(key, now)
    key.issued.filter(state=CREATING).update(
        state=PRESENT, confirmed_at=now, next_try_at=later, tries=0, problem=""
    )


def withdraw(key: Key, *, now: datetime, gone_too: bool = False) -> bool:
    """Queue deletion of a locked key at every gateway that may have it; False if none does.

    `gone_too` includes gateways that reported it as missing: a late creation may have arrived
    since.
    """
    rows = key.issued.all() if gone_too else key.issued.waiting()
    somewhere = bool(rows.update(**_deleting(now)))
    if somewhere:
        run_soon(PUSH_TASK)
    return somewhere


def _deleting(now: datetime) -> dict[str, Any]:
    return {"state": DELETING, "next_try_at": now, "tries": 0, "stuck_at": None, "gone_at": None}


def withdraw_all(keys: Sequence[Key], *, now: datetime) -> set[int]:
    """Queue deletion of many keys and return the ids of those that some gateway may have."""
    rows = ExternalKey.objects.filter(key__in=keys).waiting()
    somewhere = set(rows.values_list("key", flat=True))
    rows.update(**_deleting(now))
    if somewhere:
        run_soon(PUSH_TASK)
    return somewhere


def run_soon(task: str) -> None:
    """Wake a worker after this commit to look for due rows, unless a gateway is unreachable.

    While one is, only the sweep tries: otherwise each revocation would keep a worker waiting.
    """
    away = ExternalKey.objects.filter(state__in=(PRESENT, DELETING), next_try_at__isnull=False)
    if not away.exclude(problem="").exists():
        wakeups.once_on_commit(task)


def refresh(grant: Grant, *, now: datetime) -> None:
    """Queue an update of the grant's keys at their gateways after its terms have changed."""
    there = ExternalKey.objects.filter(key__grant=grant, state=PRESENT)
    if there.update(next_try_at=now, tries=0):
        run_soon(VERIFY_TASK)


def refresh_all(ai_model: AIModel, *, at: datetime) -> None:
    """Queue an update of all keys that reach the model, for the moment it is withdrawn."""
    there = ExternalKey.objects.filter(key__grant__granted_models__ai_model=ai_model, state=PRESENT)
    # Never postpones a check that is due earlier for another reason.
    sooner = Least(Coalesce("next_try_at", at), at, output_field=DateTimeField())
    ExternalKey.objects.filter(pk__in=there.values("pk")).update(next_try_at=sooner, tries=0)
    run_soon(VERIFY_TASK)


# Sweeps ---------------------------------------------------------------------------------------


@transaction.atomic
def abandon_creation(key_id: int, *, now: datetime) -> bool:
    """Fail a key whose creating process died with its secret; False otherwise."""
    key = lock_key(key_id)
    if key.state != KeyState.ISSUING or not key.issued.due(CREATING, now).exists():
        return False
    fail(key, problem="It was never handed over.", now=now)
    return True


def fail(key: Key, *, problem: str, now: datetime, by: User | None = None) -> None:
    """Fail a locked key that nobody received or that a gateway has lost."""
    details = {"problem": problem, "last_four": key.last_four}
    move(key, "fail", by=by, at=now, details=details, closed_at=now)
    withdraw(key, now=now, gone_too=True)


def push_due(issuer: str, *, now: datetime) -> int:
    """Delete due keys at one gateway; return how many are gone."""
    return _each_due(DELETING, issuer, _push, now)


def verify_due(issuer: str, *, now: datetime) -> int:
    """Compare due keys with one gateway and correct them; return how many were settled."""
    return _each_due(PRESENT, issuer, _verify, now)


def _each_due(
    state: ExternalKeyState,
    issuer: str,
    act: Callable[[ExternalKey, datetime], bool],
    now: datetime,
) -> int:
    """Lease and process each due row; return how many are done.

    Once the gateway is unreachable for one, the others count as tried without a call.
    """
    due = ExternalKey.objects.due(state, now).filter(issuer=issuer)
    done, away = 0, None
    for pk in list(due.values_list("pk", flat=True)[:MAX_BATCH]):
        # The lease starts now, not when the sweep began: a long sweep's leases would be over.
        moment = max(now, timezone.now())
        if issued := _lease(pk, state, moment):
            try:
                if away:
                    raise IssuerError(away)
                done += act(issued, moment)
            except IssuerError as error:
                _postpone(issued, str(error), moment)
                away = str(error) if isinstance(error, Unreachable) else away
            except Exception as error:
                log.exception("%s failed for %s; we keep retrying.", act.__name__, issued)
                _postpone(issued, f"{type(error).__name__}, see the log.", moment)
    return done


def _push(issued: ExternalKey, now: datetime) -> bool:
    # "No such key" is a deletion too, unless our creation may still be on its way there.
    was_there = issuers.get_issuer(issued.issuer).delete(issued.reference)
    if (
        not was_there
        and issued.confirmed_at is None
        and now < issued.created_at + CREATION_GRACE_PERIOD
    ):
        raise IssuerError("Its creation was never confirmed, so we'll look it up again.")
    return _mark_gone(issued, now)


def _verify(issued: ExternalKey, now: datetime) -> bool:
    issuer = issuers.get_issuer(issued.issuer)
    listed = issuer.find(issued.reference)
    if listed is None:
        return _mark_lost(issued, now)
    assert issued.key is not None  # one that is there has one (constraint)
    terms = issuer_terms(issuer, issued.key, now, spent_there=listed.spent)
    if listed.differs(terms):
        issuer.update(listed, terms)
    # The terms change by the clock alone then, for example when a model is withdrawn.
    later = {"next_try_at": next_change_at(issued.key, now)}
    return bool(_leased(issued).update(confirmed_at=now, **{**RETRY_RESET, **later}))


RETRY_RESET = {"next_try_at": None, "tries": 0, "stuck_at": None, "problem": ""}


def _lease(issued_id: int, state: ExternalKeyState, now: datetime) -> ExternalKey | None:
    """Take a due row for one try; no other worker gets it while the lease runs."""
    due = ExternalKey.objects.due(state, now).filter(pk=issued_id)
    with transaction.atomic():
        # Skip rather than wait: a row that is locked is being processed by another worker.
        issued = due.select_for_update(of=("self",), skip_locked=True).first()
        if issued:
            issued.tries += 1
            issued.next_try_at = now + LEASE_TIME
            issued.save(update_fields=["tries", "next_try_at"])
    return issued


def _leased(issued: ExternalKey) -> QuerySet[ExternalKey]:
    """Return the leased row as a queryset that is empty once its state or lease has changed."""
    return ExternalKey.objects.filter(pk=issued.pk, state=issued.state, tries=issued.tries)


@transaction.atomic
def _mark_gone(issued: ExternalKey, now: datetime) -> bool:
    key = lock_key(issued.key_id) if issued.key_id else None
    if not _leased(issued).update(state=GONE, gone_at=now, **RETRY_RESET):
        return False
    # The last gateway has deleted it, so the revocation is complete.
    if key and key.state == KeyState.REVOKING and not key.issued.waiting().exists():
        names = sorted(key.issued.values_list("issuer", flat=True))
        move(key, "confirm", by=None, at=now, details={"issuers": names}, closed_at=now)
    return True


@transaction.atomic
def _mark_lost(issued: ExternalKey, now: datetime) -> bool:
    """Fail a key that its gateway has lost; nobody has the secret to create it again."""
    assert issued.key_id
    key = lock_key(issued.key_id)
    if not _leased(issued).update(state=GONE, gone_at=now, **RETRY_RESET):
        return False
    if key.state in (KeyState.ACTIVE, KeyState.RETIRING):
        fail(key, problem=f"{issued.issuer} has lost it.", now=now)
    return True


@transaction.atomic
def _postpone(issued: ExternalKey, problem: str, now: datetime) -> None:
    """Schedule the next try: after 30 seconds, doubling up to an hour, without an end.

    After ISSUER_STUCK_AFTER tries the operators are notified, once.
    """
    key = lock_key(issued.key_id) if issued.key_id else None
    is_stuck = issued.tries >= settings.ISSUER_STUCK_AFTER and issued.stuck_at is None
    # The exponent is bounded too: after about 40 tries the product would overflow timedelta.
    pause = min(MIN_RETRY_DELAY * 2 ** min(issued.tries - 1, 10), MAX_RETRY_DELAY)
    fields = {"next_try_at": now + pause, "problem": problem[:200]}
    if _leased(issued).update(**fields, **({"stuck_at": now} if is_stuck else {})) and is_stuck:
        details = {"issuer": issued.issuer, "tries": issued.tries, "problem": fields["problem"]}
        if key:
            record_event(key, "key.stuck", by=None, at=now, details=details)
