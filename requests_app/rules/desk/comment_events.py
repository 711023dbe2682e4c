"""Reviewers' comments: which events they are, and which of them a requester may know of."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from requests_app.models import Event

WRITTEN, SHARED = "comment.written", "comment.shared"  # among reviewers, or to the requester too
KINDS = (WRITTEN, SHARED)


def kind_for(*, shown_to_requester: bool) -> str:
    return SHARED if shown_to_requester else WRITTEN


class SharedComment(NamedTuple):
    """A comment as the requester gets it: without its author, like all that reviewers say."""

    at: datetime
    text: str


def without_private(events: Iterable[Event]) -> list[Event]:
    """Leave out comments among reviewers: nobody else may know that there are any."""
    return [event for event in events if event.kind != WRITTEN]


def number_of(event: Event) -> int:
    """Return its place among those that the requester of its chain may know of."""
    told = Event.objects.filter(access_request=event.access_request_id).exclude(kind=WRITTEN)
    return told.filter(sequence__lte=event.sequence).count()


def shared_with_requester(events: Iterable[Event]) -> list[SharedComment]:
    """Return the comments that reviewers let the requester see, in order."""
    return [SharedComment(e.at, str(e.details["text"])) for e in events if e.kind == SHARED]
