"""The thread of comments on a request under review."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from lifecycle.people.models import User
from requests_app.models import Event, Stage
from requests_app.rules.desk.comment_events import KINDS, SHARED
from requests_app.rules.desk.vote_visibility import VoteVisibility

MAX_UNFOLDED = 20


class CommentLine(NamedTuple):
    """One comment of the thread; `step` is empty if none was open."""

    at: datetime
    by: User | None
    text: str
    step: str
    is_shared: bool


def thread(events: Iterable[Event], vote_visibility: VoteVisibility) -> Iterator[CommentLine]:
    """Yield the comments that this reader may see, in order."""
    for event in events:
        if event.kind in KINDS and not vote_visibility.hides_event(event):
            yield line_of(event)


def line_of(event: Event) -> CommentLine:
    text, step = event.details["text"], event.details.get("step", "")
    return CommentLine(event.at, event.actor, text, step, event.kind == SHARED)


def last_of_waiting(stages: Iterable[Stage], who: User) -> dict[int, CommentLine]:
    """Map each open stage to the last comment that `who`, whom it waits for, may see."""
    by_request = {stage.access_request_id: stage for stage in stages}
    events = Event.objects.filter(access_request__in=by_request, kind__in=KINDS)
    found: dict[int, CommentLine] = {}
    for event in events.select_related("actor").order_by("sequence"):
        stage = by_request[event.access_request_id]
        # As `visibility_for` says of them: they decide it, and have no part in it or conflict.
        visibility = VoteVisibility(who, stage if stage.step.blind else None, is_party=False)
        if not visibility.hides_event(event):
            found[stage.pk] = line_of(event)
    return found
