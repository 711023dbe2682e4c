"""The timeline for requesters and collaborators, without reviewers' names or reasons."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from django.utils.translation import gettext as _

from requests_app.models import AccessRequest, Event, Revision, Stage
from requests_app.wording.event_sentences import EVENT_SENTENCES, NOT_SHOWN, plain_words


class TimelineEntry(NamedTuple):
    """One line of the timeline."""

    at: datetime
    sentence: str
    note: str = ""


def entries(
    access_request: AccessRequest,
    events: Iterable[Event],
    stages: Iterable[Stage],
    revisions: Iterable[Revision],
) -> Iterator[TimelineEntry]:
    """Return an entry per shown event, in order; of a person's consecutive saves only the last."""
    notes = {revision.submitted_at: revision.note for revision in revisions}
    steps = {f"stage-{stage.pk}": stage.step.name for stage in stages}
    row = list(events)
    for event, following in zip_longest(row, row[1:]):
        if following and _is_followed_by_more(event, following):
            continue
        known = EVENT_SENTENCES.get(event.kind)
        sentence = known.requester if known else humanised(event.kind)
        if event.kind == "request.saved" and event.actor_id != access_request.requester_id:
            sentence = _("Draft saved by %(who)s.")
        if sentence != NOT_SHOWN:
            note = notes.get(event.at, "") if event.kind == "request.submitted" else ""
            named = {"step": steps.get(event.subject, "…"), "who": event.actor}
            yield TimelineEntry(event.at, sentence % named, note)


def _is_followed_by_more(event: Event, following: Event) -> bool:
    both_saved = event.kind == following.kind == "request.saved"
    return both_saved and event.actor_id == following.actor_id


def humanised(kind: str) -> str:
    """Return `grant.looked_at` as “Grant looked at.”"""
    return plain_words(kind) + "."
