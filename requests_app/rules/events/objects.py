"""An event of a request as programs get it: the same object wherever it is told.

Who asks sees what the timeline of the request's page tells: no reviewer, and no reason of theirs.
The digests of the chain aren't part of it: whoever has them could find out who voted, by trying the
few who may have.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Event, Key
from requests_app.rules.desk import comment_events
from requests_app.wording.event_sentences import EVENT_SENTENCES, NOT_SHOWN, plain_words

TOLD = sorted(kind for kind, each in EVENT_SENTENCES.items() if each.requester != NOT_SHOWN)
EventKind: Any = models.TextChoices(  # type: ignore[call-overload]  # from the sentences
    "EventKind", [(kind.replace(".", "_").upper(), (kind, plain_words(kind))) for kind in TOLD]
)
# What an event's own actor gave or was shown anyway.
OWN_DATA = (
    *("revision", "digest", "file", "size", "sha256", "shows_purpose", "may_edit"),
    *("expires_at", "networks", "last_four", "ends_at", "reason"),
)


@dataclass(frozen=True)
class EventObject:
    """One change. `actor` and `service_account` are None unless they are the reader's."""

    id: str
    kind: str
    at: datetime
    subject: str
    request: str
    grant: str | None
    key: str | None
    actor: int | None
    service_account: str | None
    data: Mapping[str, Any]


def told_to_requester(access_request: AccessRequest) -> models.QuerySet[Event]:
    return access_request.events.filter(kind__in=TOLD)


def for_requester(
    access_request: AccessRequest, events: Iterable[Event], *, reader: User
) -> Iterator[EventObject]:
    """Yield what the requester may know of these events of their request."""
    numbers = _numbers(access_request)
    keys = Key.objects.filter(grant__access_request=access_request)
    grants = dict(keys.values_list("public_id", "grant__public_id"))
    steps = {f"stage-{stage.pk}": stage.step.name for stage in access_request.stages.all()}
    for event in events:
        is_own = event.actor_id == reader.pk
        step = {"step": steps[event.subject]} if event.subject in steps else {}
        is_grant = event.subject.startswith("grant_")
        yield EventObject(
            id=f"{access_request.public_id}.{numbers[event.pk]}",
            kind=event.kind,
            at=event.at,
            subject=event.subject,
            request=access_request.public_id,
            grant=event.subject if is_grant else grants.get(event.subject),
            key=event.subject if event.subject in grants else None,
            actor=event.actor_id if is_own else None,
            service_account=event.details.get("token") if is_own else None,
            data=step | (_own_data(event) if is_own else {}),
        )


def _numbers(access_request: AccessRequest) -> Mapping[int, int]:
    """Number the events as receipts do: without those of which only reviewers know."""
    rows = access_request.events.exclude(kind=comment_events.WRITTEN).order_by("sequence")
    return {pk: number for number, pk in enumerate(rows.values_list("pk", flat=True), 1)}


def _own_data(event: Event) -> dict[str, Any]:
    return {name: event.details[name] for name in OWN_DATA if name in event.details}
