"""Tells a reviewer what happened to a request, in words."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from lifecycle.text.durations import format_duration
from requests_app.admin.review.vote_visibility import VoteVisibility
from requests_app.models import Event, Scope, Stage
from requests_app.transitions.transition import name_of
from requests_app.wording import limits

SENTENCES: Mapping[str, str | StrPromise] = {
    "request.saved": "The requester saved a text",
    "invitation.sent": _("Invited somebody to work on it"),
    "invitation.sent_again": _("Sent an invitation again"),
    "invitation.accepted": _("Accepted an invitation and the terms of {policy}"),
    "invitation.declined": _("Declined an invitation"),
    "invitation.withdrawn": _("Withdrew an invitation"),
    "invitation.lapsed": _("An invitation ended without an answer"),
    "request.file_attached": _("Attached a file to revision {revision}"),
    "request.file_detached": _("Took a file out of revision {revision}"),
    "request.submitted": "Revision {revision} was sent for review under {policy}",
    "request.reviewers_take_part": "Reviewers or owners of the policy take part in it, so they "
    "can't decide it",
    "request.reviewers_barred": "Reviewers or owners of the policy work where the requester says "
    "to work, so they can't decide it",
    "request.returned": "Changes were asked for",
    "request.narrowed": "Narrowed: {less}",
    "request.approved": "Approved",
    "request.denied": "Denied",
    "request.expired": "Expired",
    "request.withdrawn": "Withdrawn",
    "stage.opened": "“{step}” opened",
    "stage.skipped": "“{step}” wasn’t needed",
    "stage.reminded": "The reviewers of “{step}” were reminded",
    "stage.escalated": "The alternates of “{step}” were called: {why}",
    "stage.deadlocked": "Too few reviewers were left for “{step}”",
    "stage.unlocked": "“{step}” could be decided again",
    "stage.joined": "More people were asked to decide “{step}”",
    "stage.passed": "“{step}” passed",
    "stage.failed": "“{step}” failed",
    "stage.expired": "“{step}” ended without a decision in time",
    "stage.closed": "“{step}” closed with the request",
    "vote.approve": "Voted for it in “{step}”",
    "vote.deny": "Voted against it in “{step}”",
    "vote.return": "Asked for changes in “{step}”",
    "vote.recuse": "Stepped aside in “{step}”",
    "reviewer.institution_changed": "A reviewer says to work at {to}; before: {from}",
    "requester.institution_changed": "The requester says to work at {to}; before: {from}. What was "
    "sent still decides whose colleagues are barred",
    "grant.created": "A grant was made",
    "grant.break_glass": "Granted at once, without the steps that were left",
    "grant.break_glass_reminded": "Reminded that this emergency grant is to be reviewed",
    "grant.break_glass_reviewed": "The emergency grant was reviewed: {verdict}",
    "access.ended": "Everything under it was ended at once, with the receipt {receipt}",
    "key.claimed": "A key was made",
}


class ReviewTimelineEntry(NamedTuple):
    """One line of the timeline; `by` is empty for what the clock did."""

    at: datetime
    sentence: str
    by: str
    reason: str


def entries(
    events: Iterable[Event], stages: Iterable[Stage], vote_visibility: VoteVisibility
) -> Iterator[ReviewTimelineEntry]:
    """In their order, without what is hidden from the reader."""
    steps = {name_of(stage): stage.step.name for stage in stages}
    for event in events:
        if vote_visibility.hides_event(event):
            continue
        hidden = vote_visibility.hides_words(event)
        by = "a reviewer" if hidden else str(event.actor or "")
        reason = "" if hidden else str(event.details.get("reason", ""))
        yield ReviewTimelineEntry(event.at, _sentence(event, steps), by, reason)


def _sentence(event: Event, steps: Mapping[str, str]) -> str:
    sentence = SENTENCES.get(event.kind)
    values = {**event.details, "step": steps.get(event.subject, "a step")}
    try:
        if event.kind == "request.narrowed":
            values["less"] = _reductions_in_words(event.details)
        if event.kind.endswith(".institution_changed"):
            values |= {end: values[end] or "no institution" for end in ("from", "to")}
        return sentence.format(**values) if sentence else _plain(event.kind)
    except KeyError:  # an event from before a detail was added
        return _plain(event.kind)


def _plain(kind: str) -> str:
    """`grant.looked_at` reads “Grant looked at”."""
    return kind.replace(".", " ").replace("_", " ").capitalize()


def _reductions_in_words(details: Mapping[str, Any]) -> str:
    before, after = (Scope.from_details(details[name]) for name in ("from", "to"))
    return ", ".join(reductions(before, after))


def reductions(before: Scope, after: Scope) -> list[str]:
    """What the later scope leaves out, in words."""
    gone = [*before.identifiers, *before.operations]
    kept = {*after.identifiers, *after.operations}
    words = [f"without {name}" for name in gone if name not in kept]
    if after.duration != before.duration:
        words.append(
            f"{format_duration(after.duration)} instead of {format_duration(before.duration)}"
        )
    return words + limits.lowered(before.limits, after.limits)
