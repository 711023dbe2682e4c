"""Tells a requester and collaborators what happened, without reviewers' names or words."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from requests_app.models import Event, Stage

UNTOLD = ""

SENTENCES: Mapping[str, str | StrPromise] = {
    "request.saved": "Draft saved.",
    "request.file_attached": _("A file was attached."),
    "request.file_detached": _("A file was taken away."),
    "request.submitted": "Sent for review.",
    "request.returned": "Changes were asked for.",
    "request.narrowed": "A reviewer would grant less than was asked for.",
    "request.approved": "Approved.",
    "request.denied": "Not approved.",
    "request.expired": "Expired: nobody decided in time.",
    "request.withdrawn": "Withdrawn.",
    "stage.opened": "“{step}” began.",
    "stage.reminded": "The reviewers of “{step}” were reminded.",
    "stage.escalated": "More reviewers were called to decide “{step}”.",
    "stage.deadlocked": "Too few reviewers were left to decide “{step}”.",
    "stage.unlocked": "Enough reviewers were there again to decide “{step}”.",
    "stage.passed": "“{step}” passed.",
    "stage.failed": "“{step}” did not pass.",
    "stage.expired": "“{step}” ended without a decision in time.",
    "stage.skipped": "“{step}” was not needed.",
    "stage.closed": "“{step}” closed; there is nothing left to decide in it.",
    "vote.approve": "A reviewer approved in “{step}”.",
    "vote.deny": "A reviewer voted against in “{step}”.",
    "vote.return": UNTOLD,  # the request that was returned by it says so itself
    "vote.recuse": "A reviewer of “{step}” stepped aside.",
    "grant.created": "The access was set up.",
    "grant.activated": "The access began.",
    "grant.shortened": "The access was shortened.",
    "grant.suspended": "The access was suspended.",
    "grant.resumed": "The access was resumed.",
    "grant.confirmation_asked": "The holder was asked whether the access is still needed.",
    "grant.confirmed": "The holder confirmed that the access is still needed.",
    "grant.end_announced": "The holder was told of the end.",
    "grant.terms_accepted": "Somebody who shares the access accepted the terms.",
    "grant.collaborator_left": "Somebody who shared the access left it.",
    "grant.collaborator_removed": "The access is shared with one person fewer.",
    "grant.ended": "The access ended.",
    "grant.revoked": "The access was revoked.",
    "grant.break_glass": "It was granted at once, as an emergency.",
    "grant.break_glass_reminded": UNTOLD,
    "grant.break_glass_reviewed": "The emergency was reviewed.",
    "access.ended": UNTOLD,  # what ended says so itself
    "key.claimed": "A key was made.",
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
    """One entry for each event that is told, in their order."""
    steps = {f"stage-{stage.pk}": stage.step.name for stage in stages}
    for event in events:
        sentence = SENTENCES.get(event.kind, humanised(event.kind))
        if sentence != UNTOLD:
            yield Entry(event.at, sentence.format(step=steps.get(event.subject, "a step")))


def humanised(kind: str) -> str:
    """`grant.looked_at` reads “Grant looked at.”"""
    return kind.replace(".", " ").replace("_", " ").capitalize() + "."
