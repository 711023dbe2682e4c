"""Tells a requester what happened to their request, without reviewers' names or words."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from requests_app.models import Event, Stage

SENTENCES: Mapping[str, str] = {
    "request.saved": "Draft saved.",
    "request.submitted": "Sent for review.",
    "request.returned": "Changes were asked for.",
    "request.approved": "Approved.",
    "request.denied": "Not approved.",
    "request.expired": "Expired: nobody decided in time.",
    "request.withdrawn": "Withdrawn.",
    "stage.opened": "“{step}” began.",
    "stage.reminded": "The reviewers of “{step}” were reminded.",
    "stage.passed": "“{step}” passed.",
    "stage.failed": "“{step}” did not pass.",
    "stage.expired": "“{step}” ended without a decision in time.",
    "stage.skipped": "“{step}” was not needed.",
    "stage.closed": "“{step}” closed; there is nothing left to decide in it.",
    "vote.approve": "A reviewer approved in “{step}”.",
    "vote.deny": "A reviewer voted against in “{step}”.",
    "grant.created": "Your access was set up.",
    "grant.activated": "Your access began.",
    "grant.shortened": "Your access was shortened.",
    "grant.suspended": "Your access was suspended.",
    "grant.resumed": "Your access was resumed.",
    "grant.ended": "Your access ended.",
    "grant.revoked": "Your access was revoked.",
    "key.claimed": "You made a key.",
    "key.activated": "The key began to work.",
    "key.rotated": "The key was replaced by a new one.",
    "key.expired": "The key expired.",
    "key.revoked": "The key was revoked and is refused from this moment.",
    "key.confirmed": "The revocation of the key was confirmed.",
}


class Entry(NamedTuple):
    """One line of the timeline."""

    at: datetime
    sentence: str


def entries(events: Iterable[Event], stages: Iterable[Stage]) -> Iterator[Entry]:
    """One entry for each event, in their order."""
    steps = {f"stage-{stage.pk}": stage.step.name for stage in stages}
    for event in events:
        sentence = SENTENCES.get(event.kind) or humanised(event.kind)
        yield Entry(event.at, sentence.format(step=steps.get(event.subject, "a step")))


def humanised(kind: str) -> str:
    """`grant.looked_at` reads “Grant looked at.”"""
    return kind.replace(".", " ").replace("_", " ").capitalize() + "."
