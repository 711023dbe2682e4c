"""The timeline for requesters and collaborators, without reviewers' names or reasons."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from requests_app.models import Event, Revision, Stage
from requests_app.wording.event_sentences import EVENT_SENTENCES, NOT_SHOWN, plain_words


class TimelineEntry(NamedTuple):
    """One line of the timeline."""

    at: datetime
    sentence: str
    note: str = ""


def entries(
    events: Iterable[Event], stages: Iterable[Stage], revisions: Iterable[Revision]
) -> Iterator[TimelineEntry]:
    """Return an entry per shown event, in order; of consecutive saves only the last."""
    notes = {revision.submitted_at: revision.note for revision in revisions}
    steps = {f"stage-{stage.pk}": stage.step.name for stage in stages}
    row = list(events)
    for event, following in zip_longest(row, row[1:]):
        if following and event.kind == following.kind == "request.saved":
            continue
        known = EVENT_SENTENCES.get(event.kind)
        sentence = known.requester if known else humanised(event.kind)
        if sentence != NOT_SHOWN:
            note = notes.get(event.at, "") if event.kind == "request.submitted" else ""
            yield TimelineEntry(event.at, sentence % {"step": steps.get(event.subject, "…")}, note)


def humanised(kind: str) -> str:
    """Return `grant.looked_at` as “Grant looked at.”"""
    return plain_words(kind) + "."
