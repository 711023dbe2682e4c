"""The chain of events: the only code that appends one, and the one that verifies them all."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from django.db.models import OuterRef, Prefetch, Subquery

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Event, Policy

ChainOwner = AccessRequest | Policy
BATCH_SIZE = 1000

_extra_details: ContextVar[Mapping[str, str | bool]] = ContextVar(
    "said", default=MappingProxyType({})
)


@contextmanager
def with_details(**details: str | bool) -> Iterator[None]:
    """Every event appended in this block says so too: through which token, under which receipt."""
    before = _extra_details.set({**_extra_details.get(), **details})
    try:
        yield
    finally:
        _extra_details.reset(before)


def digest(event: Event) -> bytes:
    """SHA-256 over the previous event's digest and everything that this one says."""
    content = {
        "access_request": event.access_request_id,
        "policy": event.policy_id,
        "sequence": event.sequence,
        "kind": event.kind,
        "subject": event.subject,
        "actor": event.actor_id,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "details": event.details,
        "previous": bytes(event.previous).hex(),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def next_event(
    chain: ChainOwner,
    kind: str,
    *,
    subject: str,
    by: User | None,
    at: datetime,
    details: dict[str, Any],
) -> Event:
    """The next event of a request or policy whose row lock the caller holds; `save` adds it.

    `details` holds strings, whole numbers and lists of them, so that it reads back as written.
    """
    event = Event(
        access_request=chain if isinstance(chain, AccessRequest) else None,
        policy=chain if isinstance(chain, Policy) else None,
        sequence=chain.head_sequence + 1,
        kind=kind,
        subject=subject,
        actor=by,
        at=at,
        details={**details, **_extra_details.get()},
        previous=bytes(chain.head_digest),
    )
    event.digest = digest(event)
    chain.head_sequence, chain.head_digest = event.sequence, event.digest
    return event


def save(event: Event) -> None:
    """Add what follows to its chain."""
    event.save(force_insert=True)
    _chain_of(event).save(update_fields=["head_sequence", "head_digest"])


def save_all(events: Sequence[Event]) -> None:
    """The same for many, in a few statements: the heads are read from the last of their events."""
    Event.objects.bulk_create(events, batch_size=BATCH_SIZE)
    for table, name in ((AccessRequest, "access_request"), (Policy, "policy")):
        chains = {getattr(event, f"{name}_id") for event in events} - {None}
        last = Event.objects.filter(**{name: OuterRef("pk")}).order_by("-sequence")
        rows: Any = table._default_manager.filter(pk__in=chains)
        rows.update(
            head_sequence=Subquery(last.values("sequence")[:1]),
            head_digest=Subquery(last.values("digest")[:1]),
        )


def _chain_of(event: Event) -> ChainOwner:
    chain = event.access_request or event.policy
    assert chain  # one of the two (constraint)
    return chain


def problems() -> Iterator[str]:
    """Walk every chain; one sentence for each place where it doesn't hold."""
    events = Prefetch("events", Event.objects.order_by("sequence"))
    for model in (AccessRequest, Policy):
        rows: Any = model._default_manager.order_by("pk").prefetch_related(events)
        for chain in rows.iterator(chunk_size=500):
            yield from _problems_of(chain)


def _problems_of(chain: ChainOwner) -> Iterator[str]:
    name, previous, sequence = str(chain), b"", 0
    for event in chain.events.all():
        sequence += 1
        if event.sequence != sequence:
            yield f"{name}: event {sequence} is missing (found {event.sequence})."
            sequence = event.sequence
        if bytes(event.previous) != previous:
            yield f"{name}: event {sequence} doesn't follow from the one before it."
        if digest(event) != bytes(event.digest):
            yield f"{name}: event {sequence} ({event.kind}) was changed."
        previous = bytes(event.digest)
    if (chain.head_sequence, bytes(chain.head_digest)) != (sequence, previous):
        yield f"{name}: the last event should be {chain.head_sequence}, found {sequence}."
