"""The thread of comments on a request under review."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from lifecycle.people.models import User
from requests_app.models import Event
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
            text, step = event.details["text"], event.details.get("step", "")
            yield CommentLine(event.at, event.actor, text, step, event.kind == SHARED)
