"""The only writer of keys at other gateways: the intent first, then the call, then what came of it.

No call is made inside a transaction, and none decides: our own check refuses from the commit on.
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
    """Write down which gateways are to have the key, before any is asked; False for none."""
    names = gateways_of(key.grant)
    ExternalKey.objects.bulk_create(
        ExternalKey(
            key=key,
            issuer=name,
            reference=key.public_id,
            created_at=now,
            next_try_at=now + LEASE_TIME,
        )
        for name in names
    )
    return bool(names)


def create_everywhere(key: Key, secret: str) -> None:
    """Ask each gateway to take the key. Raises IssuerError; then nobody knows who has it."""
    for issued in key.issued.filter(state=CREATING).order_by("pk"):
        issuer = issuers.get_issuer(issued.issuer)
        issuer.create(issued.reference, secret, issuer_terms(issuer, key, timezone.now()))


def mark_present(key: Key, *, now: datetime) -> None:
    """Every gateway said that it has the key, whose lock the caller holds."""
    later = next_change_at(key, now)
    key.issued.filter(state=CREATING).update(
        state=PRESENT, confirmed_at=now, next_try_at=later, tries=0, problem=""
    )


def withdraw(key: Key, *, now: datetime, gone_too: bool = False) -> bool:
    """Have the key deleted wherever it may be; False if it is nowhere. The caller has its lock.

    `gone_too`: even where it was said to be gone, for it may have arrived there after that.
    """
    rows = key.issued.all() if gone_too else key.issued.waiting()
    somewhere = bool(rows.update(**_deleting(now)))
    if somewhere:
        run_soon(PUSH_TASK)
    return somewhere


def _deleting(now: datetime) -> dict[str, Any]:
    return {"state": DELETING, "next_try_at": now, "tries": 0, "stuck_at": None, "gone_at": None}


def withdraw_all(keys: Sequence[Key], *, now: datetime) -> set[int]:
    """The same for many at once; which of them are somewhere."""
    rows = ExternalKey.objects.filter(key__in=keys).waiting()
    somewhere = set(rows.values_list("key", flat=True))
    rows.update(**_deleting(now))
    if somewhere:
        run_soon(PUSH_TASK)
    return somewhere


def run_soon(task: str) -> None:
    """Have a worker look at once when this commits; it is told nothing, and finds what is due.

    Not while a gateway is away: the sweep does it then, or each revocation would keep a worker
    waiting for it.
    """
    away = ExternalKey.objects.filter(state__in=(PRESENT, DELETING), next_try_at__isnull=False)
    if not away.exclude(problem="").exists():
        wakeups.once_on_commit(task)


def refresh(grant: Grant, *, now: datetime) -> None:
    """Something changed that gateways go by: the end, or whether its keys are let through."""
    there = ExternalKey.objects.filter(key__grant=grant, state=PRESENT)
    if there.update(next_try_at=now, tries=0):
        run_soon(VERIFY_TASK)


def refresh_all(ai_model: AIModel, *, at: datetime) -> None:
    """A model is withdrawn `at` some moment: no key reaches it from then on."""
    there = ExternalKey.objects.filter(key__grant__granted_models__ai_model=ai_model, state=PRESENT)
    sooner = Least(Coalesce("next_try_at", at), at, output_field=DateTimeField())
    ExternalKey.objects.filter(pk__in=there.values("pk")).update(next_try_at=sooner, tries=0)
    run_soon(VERIFY_TASK)


# Sweeps ---------------------------------------------------------------------------------------


@transaction.atomic
def abandon_creation(key_id: int, *, now: datetime) -> bool:
    """End a key whose maker was lost, and its secret with it; False if that isn't so."""
    key = lock_key(key_id)
    if key.state != KeyState.ISSUING or not key.issued.due(CREATING, now).exists():
        return False
    fail(key, problem="It was never handed over.", now=now)
    return True


def fail(key: Key, *, problem: str, now: datetime, by: User | None = None) -> None:
    """The key is of no use: nobody has seen it, or a gateway lost it. The caller has its lock."""
    details = {"problem": problem, "last_four": key.last_four}
    move(key, "fail", by=by, at=now, details=details, closed_at=now)
    withdraw(key, now=now, gone_too=True)


def push_due(issuer: str, *, now: datetime) -> int:
    """Delete what is due at one gateway; how many are gone."""
    return _each_due(DELETING, issuer, _push, now)


def verify_due(issuer: str, *, now: datetime) -> int:
    """Look after keys that may be missing or not as they should be; how many were settled."""
    return _each_due(PRESENT, issuer, _verify, now)


def _each_due(
    state: ExternalKeyState,
    issuer: str,
    act: Callable[[ExternalKey, datetime], bool],
    now: datetime,
) -> int:
    """When the gateway doesn't answer for one, the others aren't asked for, and count as tried."""
    due = ExternalKey.objects.due(state, now).filter(issuer=issuer)
    done, away = 0, None
    for pk in list(due.values_list("pk", flat=True)[:MAX_BATCH]):
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
                log.exception("%s failed for %s; it is tried again.", act.__name__, issued)
                _postpone(issued, f"{type(error).__name__}, see the log.", moment)
    return done


def _push(issued: ExternalKey, now: datetime) -> bool:
    was_there = issuers.get_issuer(issued.issuer).delete(issued.reference)
    if (
        not was_there
        and issued.confirmed_at is None
        and now < issued.created_at + CREATION_GRACE_PERIOD
    ):
        raise IssuerError("Its creation was never confirmed, so it is looked for once more.")
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
    later = {"next_try_at": next_change_at(issued.key, now)}
    return bool(_leased(issued).update(confirmed_at=now, **{**RETRY_RESET, **later}))


RETRY_RESET = {"next_try_at": None, "tries": 0, "stuck_at": None, "problem": ""}


def _lease(issued_id: int, state: ExternalKeyState, now: datetime) -> ExternalKey | None:
    """Take a due row for one try; nobody else gets it while the lease runs."""
    due = ExternalKey.objects.due(state, now).filter(pk=issued_id)
    with transaction.atomic():
        issued = due.select_for_update(of=("self",), skip_locked=True).first()
        if issued:
            issued.tries += 1
            issued.next_try_at = now + LEASE_TIME
            issued.save(update_fields=["tries", "next_try_at"])
    return issued


def _leased(issued: ExternalKey) -> QuerySet[ExternalKey]:
    """The row, while nothing was decided anew since it was leased."""
    return ExternalKey.objects.filter(pk=issued.pk, state=issued.state, tries=issued.tries)


@transaction.atomic
def _mark_gone(issued: ExternalKey, now: datetime) -> bool:
    key = lock_key(issued.key_id) if issued.key_id else None
    if not _leased(issued).update(state=GONE, gone_at=now, **RETRY_RESET):
        return False
    if key and key.state == KeyState.REVOKING and not key.issued.waiting().exists():
        names = sorted(key.issued.values_list("issuer", flat=True))
        move(key, "confirm", by=None, at=now, details={"issuers": names}, closed_at=now)
    return True


@transaction.atomic
def _mark_lost(issued: ExternalKey, now: datetime) -> bool:
    """It isn't there and can't be made again, for nobody has the secret: its holder is told."""
    assert issued.key_id
    key = lock_key(issued.key_id)
    if not _leased(issued).update(state=GONE, gone_at=now, **RETRY_RESET):
        return False
    if key.state in (KeyState.ACTIVE, KeyState.RETIRING):
        fail(key, problem=f"{issued.issuer} has lost it.", now=now)
    return True


@transaction.atomic
def _postpone(issued: ExternalKey, problem: str, now: datetime) -> None:
    """Try again after half a minute, then one, two, four, … at most an hour, for ever.

    After many tries the operators are told, once.
    """
    key = lock_key(issued.key_id) if issued.key_id else None
    is_stuck = issued.tries >= settings.ISSUER_STUCK_AFTER and issued.stuck_at is None
    pause = min(MIN_RETRY_DELAY * 2 ** min(issued.tries - 1, 10), MAX_RETRY_DELAY)
    fields = {"next_try_at": now + pause, "problem": problem[:200]}
    if _leased(issued).update(**fields, **({"stuck_at": now} if is_stuck else {})) and is_stuck:
        details = {"issuer": issued.issuer, "tries": issued.tries, "problem": fields["problem"]}
        if key:
            record_event(key, "key.stuck", by=None, at=now, details=details)
