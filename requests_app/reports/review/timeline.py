"""The timeline of a request as reviewers read it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from lifecycle.text.durations import format_duration
from requests_app.models import Event, Scope, Stage
from requests_app.rules.desk.comment_events import KINDS
from requests_app.rules.desk.vote_visibility import VoteVisibility
from requests_app.transitions.transition import name_of
from requests_app.wording import limits
from requests_app.wording.event_sentences import EVENT_SENTENCES, plain_words


class ReviewTimelineEntry(NamedTuple):
    """One line of the timeline; `by` is empty for automatic events.

    What the same person did several times in a row is one line, from `at` to `last`.
    """

    at: datetime
    sentence: str
    by: str
    reason: str
    times: int = 1
    last: datetime | None = None


def folded(entries: Iterable[ReviewTimelineEntry]) -> Iterator[ReviewTimelineEntry]:
    """Make one line of each run of the same."""
    for _, run in groupby(entries, lambda entry: entry[1:]):
        first, *others = run
        last = others[-1].at if others else None
        yield first._replace(times=1 + len(others), last=last)


def entries(
    events: Iterable[Event], stages: Iterable[Stage], vote_visibility: VoteVisibility
) -> Iterator[ReviewTimelineEntry]:
    """Yield the events in order, without what is hidden from the reader."""
    steps = {name_of(stage): stage.step.name for stage in stages}
    for event in events:
        if vote_visibility.hides_event(event) or event.kind in KINDS:  # these have a thread
            continue
        hidden = vote_visibility.hides_words(event)
        by = "a reviewer" if hidden else str(event.actor or "")
        reason = "" if hidden else str(event.details.get("reason", ""))
        yield ReviewTimelineEntry(event.at, _sentence(event, steps), by, reason)


def _sentence(event: Event, steps: Mapping[str, str]) -> str:
    known = EVENT_SENTENCES.get(event.kind)
    values = {**event.details, "step": steps.get(event.subject, "a step")}
    try:
        if event.kind == "request.narrowed":
            values["less"] = _reductions_in_words(event.details)
        if event.kind.endswith(".institution_changed"):
            values |= {end: values[end] or "no institution" for end in ("from", "to")}
        return known.reviewer.format(**values) if known else plain_words(event.kind)
    except KeyError:  # an event from before a detail was added
        return plain_words(event.kind)


def _reductions_in_words(details: Mapping[str, Any]) -> str:
    before, after = (Scope.from_details(details[name]) for name in ("from", "to"))
    return ", ".join(reductions(before, after))


def reductions(before: Scope, after: Scope) -> list[str]:
    """Return in words what the later scope leaves out."""
    gone = [*before.identifiers, *before.operations]
    kept = {*after.identifiers, *after.operations}
    words = [f"without {name}" for name in gone if name not in kept]
    if after.duration != before.duration:
        words.append(
            f"{format_duration(after.duration)} instead of {format_duration(before.duration)}"
        )
    return words + limits.lowered(before.limits, after.limits)
