"""What each kind of event reads as: for the requester, and for reviewers. One table, pure."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

NOT_SHOWN = ""


class EventSentences(NamedTuple):
    """One event in two timelines.

    `requester` names no reviewer; it may name the step by `%(step)s`. `reviewer` may name the
    step and the details of the event in braces. The desk is in English.
    """

    requester: StrOrPromise
    reviewer: str


EVENT_SENTENCES: Mapping[str, EventSentences] = {
    "request.saved": EventSentences(_("Draft saved."), "The requester saved a text"),
    "invitation.sent": EventSentences(
        _("Somebody was invited to work on it."), "Invited somebody to work on it"
    ),
    "invitation.sent_again": EventSentences(
        _("An invitation was sent again."), "Sent an invitation again"
    ),
    "invitation.accepted": EventSentences(
        _("Somebody who was invited accepted, and the terms too."),
        "Accepted an invitation and the terms of {policy}",
    ),
    "invitation.declined": EventSentences(
        _("Somebody who was invited declined."), "Declined an invitation"
    ),
    "invitation.withdrawn": EventSentences(
        _("An invitation was withdrawn."), "Withdrew an invitation"
    ),
    "invitation.lapsed": EventSentences(
        _("An invitation ended without an answer."), "An invitation ended without an answer"
    ),
    "request.file_attached": EventSentences(
        _("A file was attached."), "Attached a file to revision {revision}"
    ),
    "request.file_detached": EventSentences(
        _("A file was taken away."), "Took a file out of revision {revision}"
    ),
    "request.submitted": EventSentences(
        _("Sent for review."), "Revision {revision} was sent for review under {policy}"
    ),
    "request.reviewers_take_part": EventSentences(
        _("Somebody who reviews such requests takes part in it, so they can't decide it."),
        "Reviewers or owners of the policy take part in it, so they can't decide it",
    ),
    "request.reviewers_barred": EventSentences(
        NOT_SHOWN,
        "Reviewers or owners of the policy work where the requester says to work, so they can't "
        "decide it",
    ),
    "request.returned": EventSentences(_("Changes were asked for."), "Changes were asked for"),
    "request.narrowed": EventSentences(
        _("A reviewer would grant less than was asked for."), "Narrowed: {less}"
    ),
    "request.approved": EventSentences(_("Approved."), "Approved"),
    "request.denied": EventSentences(_("Not approved."), "Denied"),
    "request.expired": EventSentences(_("Expired: nobody decided in time."), "Expired"),
    "request.withdrawn": EventSentences(_("Withdrawn."), "Withdrawn"),
    "stage.opened": EventSentences(_("“%(step)s” began."), "“{step}” opened"),
    "stage.reminded": EventSentences(
        _("The reviewers of “%(step)s” were reminded."), "The reviewers of “{step}” were reminded"
    ),
    "stage.escalated": EventSentences(
        _("More reviewers were called to decide “%(step)s”."),
        "The alternates of “{step}” were called: {why}",
    ),
    "stage.deadlocked": EventSentences(
        _("Too few reviewers were left to decide “%(step)s”."),
        "Too few reviewers were left for “{step}”",
    ),
    "stage.unlocked": EventSentences(
        _("Enough reviewers were there again to decide “%(step)s”."),
        "“{step}” could be decided again",
    ),
    "stage.joined": EventSentences(
        _("More reviewers were asked to decide “%(step)s”."),
        "More people were asked to decide “{step}”",
    ),
    "stage.passed": EventSentences(_("“%(step)s” passed."), "“{step}” passed"),
    "stage.failed": EventSentences(_("“%(step)s” did not pass."), "“{step}” failed"),
    "stage.expired": EventSentences(
        _("“%(step)s” ended without a decision in time."),
        "“{step}” ended without a decision in time",
    ),
    "stage.skipped": EventSentences(_("“%(step)s” was not needed."), "“{step}” wasn’t needed"),
    "stage.closed": EventSentences(_("“%(step)s” closed."), "“{step}” closed with the request"),
    "vote.approve": EventSentences(
        _("A reviewer approved in “%(step)s”."), "Voted for it in “{step}”"
    ),
    "vote.deny": EventSentences(
        _("A reviewer voted against in “%(step)s”."), "Voted against it in “{step}”"
    ),
    # NOT_SHOWN: the request that was returned by it says so itself.
    "vote.return": EventSentences(NOT_SHOWN, "Asked for changes in “{step}”"),
    "vote.recuse": EventSentences(
        _("A reviewer of “%(step)s” stepped aside."), "Stepped aside in “{step}”"
    ),
    "reviewer.institution_changed": EventSentences(
        NOT_SHOWN, "A reviewer says to work at {to}; before: {from}"
    ),
    "requester.institution_changed": EventSentences(
        _("The requester named another institution in the profile."),
        "The requester says to work at {to}; before: {from}. What was sent still decides whose "
        "colleagues are barred",
    ),
    "grant.created": EventSentences(_("The access was set up."), "A grant was made"),
    "grant.activated": EventSentences(_("The access began."), "Grant activated"),
    "grant.shortened": EventSentences(_("The access was shortened."), "Grant shortened"),
    "grant.suspended": EventSentences(_("The access was suspended."), "Grant suspended"),
    "grant.resumed": EventSentences(_("The access was resumed."), "Grant resumed"),
    "grant.confirmation_asked": EventSentences(
        _("The holder was asked whether the access is still needed."), "Grant confirmation asked"
    ),
    "grant.confirmed": EventSentences(
        _("The holder confirmed that the access is still needed."), "Grant confirmed"
    ),
    "grant.end_announced": EventSentences(
        _("The holder was told of the end."), "Grant end announced"
    ),
    "grant.terms_accepted": EventSentences(
        _("Somebody who shares the access accepted the terms."), "Grant terms accepted"
    ),
    "grant.collaborator_left": EventSentences(
        _("Somebody who shared the access left it."), "Grant collaborator left"
    ),
    "grant.collaborator_removed": EventSentences(
        _("The access is shared with one person fewer."), "Grant collaborator removed"
    ),
    "grant.ended": EventSentences(_("The access ended."), "Grant ended"),
    "grant.revoked": EventSentences(_("The access was revoked."), "Grant revoked"),
    "grant.break_glass": EventSentences(
        _("It was granted at once, as an emergency."),
        "Granted at once, without the steps that were left",
    ),
    "grant.break_glass_reminded": EventSentences(
        NOT_SHOWN, "Reminded that this emergency grant is to be reviewed"
    ),
    "grant.break_glass_reviewed": EventSentences(
        _("The emergency was reviewed."), "The emergency grant was reviewed: {verdict}"
    ),
    # NOT_SHOWN: what ended says so itself.
    "access.ended": EventSentences(
        NOT_SHOWN, "Everything under it was ended at once, with the receipt {receipt}"
    ),
    "key.claimed": EventSentences(_("A key was made."), "A key was made"),
    "key.activated": EventSentences(_("The key began to work."), "Key activated"),
    "key.rotated": EventSentences(_("The key was replaced by a new one."), "Key rotated"),
    "key.failed": EventSentences(_("The key could not be made at a gateway."), "Key failed"),
    "key.stuck": EventSentences(
        _("A gateway does not answer about the key; it is asked on."), "Key stuck"
    ),
    "key.expired": EventSentences(_("The key expired."), "Key expired"),
    "key.revoked": EventSentences(
        _("The key was revoked and is refused from this moment."), "Key revoked"
    ),
    "key.confirmed": EventSentences(_("The revocation of the key was confirmed."), "Key confirmed"),
}


def plain_words(kind: str) -> str:
    """For kinds of an earlier release: `grant.looked_at` reads “Grant looked at”."""
    return kind.replace(".", " ").replace("_", " ").capitalize()
