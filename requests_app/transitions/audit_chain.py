"""Append events to the audit chain of a request, policy, model or provider; verify all chains."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from django.db.models import OuterRef, Prefetch, Subquery

from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.people.models import User
from lifecycle.serving import request_ids
from requests_app.models import AccessRequest, Event, Policy

ChainOwner = AccessRequest | Policy | AIModel | Provider
# Each kind of chain by the column of its events.
CHAINS: Mapping[str, type[ChainOwner]] = MappingProxyType(
    {"access_request": AccessRequest, "policy": Policy, "ai_model": AIModel, "provider": Provider}
)
BATCH_SIZE = 1000

_extra_details: ContextVar[Mapping[str, str | bool]] = ContextVar(
    "extra_details", default=MappingProxyType({})
)


@contextmanager
def with_details(**details: str | bool) -> Iterator[None]:
    """Add `details` to every event appended in this block, such as a token or a receipt."""
    before = _extra_details.set({**_extra_details.get(), **details})
    try:
        yield
    finally:
        _extra_details.reset(before)


def digest(event: Event) -> bytes:
    """Return SHA-256 over the previous event's digest and all content of this event."""
    content = {
        **{name: getattr(event, f"{name}_id") for name in CHAINS},
        "sequence": event.sequence,
        "kind": event.kind,
        "subject": event.subject,
        "actor": event.actor_id,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "details": event.details,
        "previous": bytes(event.previous).hex(),
    }
    # One canonical form: a stored digest must be reproducible years later, byte for byte.
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
    """Build the next event of a chain whose row the caller has locked; `save` stores it.

    `details` holds strings, whole numbers and lists of them, so that it reads back as written.
    """
    event = Event(
        **{name: chain if isinstance(chain, kind) else None for name, kind in CHAINS.items()},
        sequence=chain.head_sequence + 1,
        kind=kind,
        subject=subject,
        actor=by,
        at=at,
        details={**details, **_of_request(), **_extra_details.get()},
        previous=bytes(chain.head_digest),
    )
    event.digest = digest(event)
    # In memory at once, so that a second event in this transaction links to this one.
    chain.head_sequence, chain.head_digest = event.sequence, event.digest
    return event


def _of_request() -> dict[str, str]:
    """Name the request that caused the event, as the logs and its answer do."""
    request_id = request_ids.current()
    return {"request_id": request_id} if request_id else {}


def save(event: Event, fields: Sequence[str]) -> None:
    """Store an event built by `next_event`, and move its chain's head with other changed fields."""
    event.save(force_insert=True)
    owner_of(event).save(update_fields=["head_sequence", "head_digest", *fields])


def save_all(events: Sequence[Event]) -> None:
    """Store many events and move the heads of their chains in a few statements."""
    Event.objects.bulk_create(events, batch_size=BATCH_SIZE)
    for name, table in CHAINS.items():
        chains = {getattr(event, f"{name}_id") for event in events} - {None}
        # The heads come from the rows just inserted, so one UPDATE serves any number of chains.
        last = Event.objects.filter(**{name: OuterRef("pk")}).order_by("-sequence")
        if not chains:
            continue
        rows: Any = table._default_manager.filter(pk__in=chains)
        rows.update(
            head_sequence=Subquery(last.values("sequence")[:1]),
            head_digest=Subquery(last.values("digest")[:1]),
        )


def owner_of(event: Event) -> ChainOwner:
    chains: Iterator[ChainOwner | None] = (getattr(event, name) for name in CHAINS)
    return next(chain for chain in chains if chain)  # there is one (constraint)


def problems() -> Iterator[str]:
    """Walk every chain and yield a sentence for each break in it."""
    events = Prefetch("events", Event.objects.order_by("sequence"))
    for table in CHAINS.values():
        rows: Any = table._default_manager.order_by("pk").prefetch_related(events)
        for chain in rows.iterator(chunk_size=500):
            yield from _problems_of(chain)


def _problems_of(chain: ChainOwner) -> Iterator[str]:
    name, previous, sequence = str(chain), b"", 0
    for event in chain.events.all():
        sequence += 1
        if event.sequence != sequence:
            yield f"{name}: event {sequence} is missing (found {event.sequence})."
            # Continue from what is there: one missing event isn't reported again for each later
            # one.
            sequence = event.sequence
        if bytes(event.previous) != previous:
            yield f"{name}: event {sequence} doesn't follow from the one before it."
        if digest(event) != bytes(event.digest):
            yield f"{name}: event {sequence} ({event.kind}) was changed."
        previous = bytes(event.digest)
    # Only the head on the row reveals events cut off at the end of a chain.
    if (chain.head_sequence, bytes(chain.head_digest)) != (sequence, previous):
        yield f"{name}: the last event should be {chain.head_sequence}, found {sequence}."
