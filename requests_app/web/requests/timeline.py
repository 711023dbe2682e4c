"""Tells a requester and collaborators what happened, without reviewers' names or words."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from requests_app.models import Event, Stage

NOT_SHOWN = ""

SENTENCES: Mapping[str, str | StrPromise] = {
    "request.saved": _("Draft saved."),
    "invitation.sent": _("Somebody was invited to work on it."),
    "invitation.sent_again": _("An invitation was sent again."),
    "invitation.accepted": _("Somebody who was invited accepted, and the terms too."),
    "invitation.declined": _("Somebody who was invited declined."),
    "invitation.withdrawn": _("An invitation was withdrawn."),
    "invitation.lapsed": _("An invitation ended without an answer."),
    "request.file_attached": _("A file was attached."),
    "request.file_detached": _("A file was taken away."),
    "request.submitted": _("Sent for review."),
    "request.reviewers_take_part": _(
        "Somebody who reviews such requests takes part in it, so they can't decide it."
    ),
    "request.reviewers_barred": NOT_SHOWN,
    "request.returned": _("Changes were asked for."),
    "request.narrowed": _("A reviewer would grant less than was asked for."),
    "request.approved": _("Approved."),
    "request.denied": _("Not approved."),
    "request.expired": _("Expired: nobody decided in time."),
    "request.withdrawn": _("Withdrawn."),
    "stage.opened": _("“%(step)s” began."),
    "stage.reminded": _("The reviewers of “%(step)s” were reminded."),
    "stage.escalated": _("More reviewers were called to decide “%(step)s”."),
    "stage.deadlocked": _("Too few reviewers were left to decide “%(step)s”."),
    "stage.unlocked": _("Enough reviewers were there again to decide “%(step)s”."),
    "stage.joined": _("More reviewers were asked to decide “%(step)s”."),
    "stage.passed": _("“%(step)s” passed."),
    "stage.failed": _("“%(step)s” did not pass."),
    "stage.expired": _("“%(step)s” ended without a decision in time."),
    "stage.skipped": _("“%(step)s” was not needed."),
    "stage.closed": _("“%(step)s” closed."),
    "vote.approve": _("A reviewer approved in “%(step)s”."),
    "vote.deny": _("A reviewer voted against in “%(step)s”."),
    "vote.return": NOT_SHOWN,  # the request that was returned by it says so itself
    "vote.recuse": _("A reviewer of “%(step)s” stepped aside."),
    "reviewer.institution_changed": NOT_SHOWN,
    "requester.institution_changed": _("The requester named another institution in the profile."),
    "grant.created": _("The access was set up."),
    "grant.activated": _("The access began."),
    "grant.shortened": _("The access was shortened."),
    "grant.suspended": _("The access was suspended."),
    "grant.resumed": _("The access was resumed."),
    "grant.confirmation_asked": _("The holder was asked whether the access is still needed."),
    "grant.confirmed": _("The holder confirmed that the access is still needed."),
    "grant.end_announced": _("The holder was told of the end."),
    "grant.terms_accepted": _("Somebody who shares the access accepted the terms."),
    "grant.collaborator_left": _("Somebody who shared the access left it."),
    "grant.collaborator_removed": _("The access is shared with one person fewer."),
    "grant.ended": _("The access ended."),
    "grant.revoked": _("The access was revoked."),
    "grant.break_glass": _("It was granted at once, as an emergency."),
    "grant.break_glass_reminded": NOT_SHOWN,
    "grant.break_glass_reviewed": _("The emergency was reviewed."),
    "access.ended": NOT_SHOWN,  # what ended says so itself
    "key.claimed": _("A key was made."),
    "key.activated": _("The key began to work."),
    "key.rotated": _("The key was replaced by a new one."),
    "key.failed": _("The key could not be made at a gateway."),
    "key.stuck": _("A gateway does not answer about the key; it is asked on."),
    "key.expired": _("The key expired."),
    "key.revoked": _("The key was revoked and is refused from this moment."),
    "key.confirmed": _("The revocation of the key was confirmed."),
}


class TimelineEntry(NamedTuple):
    """One line of the timeline."""

    at: datetime
    sentence: str


def entries(events: Iterable[Event], stages: Iterable[Stage]) -> Iterator[TimelineEntry]:
    """One entry for each event that is told, in their order; of savings in a row, the last one."""
    steps = {f"stage-{stage.pk}": stage.step.name for stage in stages}
    row = list(events)
    for event, following in zip_longest(row, row[1:]):
        if following and event.kind == following.kind == "request.saved":
            continue
        sentence = SENTENCES.get(event.kind, humanised(event.kind))
        if sentence != NOT_SHOWN:
            yield TimelineEntry(event.at, sentence % {"step": steps.get(event.subject, "…")})


def humanised(kind: str) -> str:
    """`grant.looked_at` reads “Grant looked at.”"""
    return kind.replace(".", " ").replace("_", " ").capitalize() + "."
