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
        _("A collaborator was invited."), "Invited somebody to work on it"
    ),
    "invitation.sent_again": EventSentences(
        _("An invitation was sent again."), "Sent an invitation again"
    ),
    "invitation.accepted": EventSentences(
        _("A collaborator accepted the invitation and the terms."),
        "Accepted an invitation and the terms of {policy}",
    ),
    "invitation.declined": EventSentences(
        _("A collaborator declined the invitation."), "Declined an invitation"
    ),
    "invitation.withdrawn": EventSentences(
        _("An invitation was withdrawn."), "Withdrew an invitation"
    ),
    "invitation.lapsed": EventSentences(
        _("An invitation expired."), "An invitation ended without an answer"
    ),
    "request.file_attached": EventSentences(
        _("A file was attached."), "Attached a file to revision {revision}"
    ),
    "request.file_detached": EventSentences(
        _("A file was removed."), "Took a file out of revision {revision}"
    ),
    "request.submitted": EventSentences(
        _("Sent for review."), "Revision {revision} was sent for review under {policy}"
    ),
    "request.reviewers_take_part": EventSentences(
        _("A reviewer is taking part in this request, so they can't decide it."),
        "Reviewers or owners of the policy take part in it, so they can't decide it",
    ),
    "request.reviewers_barred": EventSentences(
        NOT_SHOWN,
        "Reviewers or owners of the policy work where the requester says to work, so they can't "
        "decide it",
    ),
    "request.returned": EventSentences(_("Changes requested."), "Changes were asked for"),
    "request.narrowed": EventSentences(
        _("A reviewer proposed granting less than requested."), "Narrowed: {less}"
    ),
    "request.approved": EventSentences(_("Approved."), "Approved"),
    "request.denied": EventSentences(_("Not approved."), "Denied"),
    "request.expired": EventSentences(_("Expired: not decided in time."), "Expired"),
    "request.withdrawn": EventSentences(_("Withdrawn."), "Withdrawn"),
    "stage.opened": EventSentences(_("“%(step)s” started."), "“{step}” opened"),
    "stage.reminded": EventSentences(
        _("The reviewers of “%(step)s” were reminded."), "The reviewers of “{step}” were reminded"
    ),
    "stage.escalated": EventSentences(
        _("“%(step)s” was escalated to more reviewers."),
        "The alternates of “{step}” were called: {why}",
    ),
    "stage.deadlocked": EventSentences(
        _("“%(step)s” no longer had enough reviewers."),
        "Too few reviewers were left for “{step}”",
    ),
    "stage.unlocked": EventSentences(
        _("“%(step)s” had enough reviewers again."),
        "“{step}” could be decided again",
    ),
    "stage.joined": EventSentences(
        _("More reviewers joined “%(step)s”."),
        "More people were asked to decide “{step}”",
    ),
    "stage.passed": EventSentences(_("“%(step)s” passed."), "“{step}” passed"),
    "stage.failed": EventSentences(_("“%(step)s” did not pass."), "“{step}” failed"),
    "stage.expired": EventSentences(
        _("“%(step)s” was not decided in time."),
        "“{step}” ended without a decision in time",
    ),
    "stage.skipped": EventSentences(_("“%(step)s” was skipped."), "“{step}” wasn't needed"),
    "stage.closed": EventSentences(_("“%(step)s” was closed."), "“{step}” closed with the request"),
    "vote.approve": EventSentences(
        _("A reviewer approved “%(step)s”."), "Voted for it in “{step}”"
    ),
    "vote.deny": EventSentences(
        _("A reviewer declined “%(step)s”."), "Voted against it in “{step}”"
    ),
    # NOT_SHOWN: the request that was returned by it says so itself.
    "vote.return": EventSentences(NOT_SHOWN, "Asked for changes in “{step}”"),
    "vote.recuse": EventSentences(
        _("A reviewer recused themselves from “%(step)s”."), "Stepped aside in “{step}”"
    ),
    "reviewer.institution_changed": EventSentences(
        NOT_SHOWN, "A reviewer says to work at {to}; before: {from}"
    ),
    "requester.institution_changed": EventSentences(
        _("The requester changed the institution in their profile."),
        "The requester says to work at {to}; before: {from}. What was sent still decides whose "
        "colleagues are barred",
    ),
    "grant.created": EventSentences(_("Access granted."), "A grant was made"),
    "grant.activated": EventSentences(_("Access started."), "Grant activated"),
    "grant.shortened": EventSentences(_("Access shortened."), "Grant shortened"),
    "grant.suspended": EventSentences(_("Access suspended."), "Grant suspended"),
    "grant.resumed": EventSentences(_("Access resumed."), "Grant resumed"),
    "grant.confirmation_asked": EventSentences(
        _("The holder was asked to confirm that they still need access."),
        "Grant confirmation asked",
    ),
    "grant.confirmed": EventSentences(
        _("The holder confirmed that they still need access."), "Grant confirmed"
    ),
    "grant.end_announced": EventSentences(
        _("The holder was reminded of the end date."), "Grant end announced"
    ),
    "grant.terms_accepted": EventSentences(
        _("A collaborator accepted the terms."), "Grant terms accepted"
    ),
    "grant.collaborator_left": EventSentences(_("A collaborator left."), "Grant collaborator left"),
    "grant.collaborator_removed": EventSentences(
        _("A collaborator was removed."), "Grant collaborator removed"
    ),
    "grant.ended": EventSentences(_("Access ended."), "Grant ended"),
    "grant.revoked": EventSentences(_("Access revoked."), "Grant revoked"),
    "grant.break_glass": EventSentences(
        _("Access was granted as an emergency."),
        "Granted at once, without the steps that were left",
    ),
    "grant.break_glass_reminded": EventSentences(
        NOT_SHOWN, "Reminded that this emergency grant is to be reviewed"
    ),
    "grant.break_glass_reviewed": EventSentences(
        _("The emergency access was reviewed."), "The emergency grant was reviewed: {verdict}"
    ),
    # NOT_SHOWN: what ended says so itself.
    "access.ended": EventSentences(
        NOT_SHOWN, "Everything under it was ended at once, with the receipt {receipt}"
    ),
    "key.claimed": EventSentences(_("A key was created."), "A key was made"),
    "key.activated": EventSentences(_("The key became active."), "Key activated"),
    "key.rotated": EventSentences(_("The key was rotated."), "Key rotated"),
    "key.failed": EventSentences(_("A gateway could not create the key."), "Key failed"),
    "key.stuck": EventSentences(
        _("A gateway isn't responding about the key; we keep retrying."), "Key stuck"
    ),
    "key.expired": EventSentences(_("The key expired."), "Key expired"),
    "key.revoked": EventSentences(_("The key was revoked and no longer works."), "Key revoked"),
    "key.confirmed": EventSentences(_("The revocation of the key was confirmed."), "Key confirmed"),
}


def plain_words(kind: str) -> str:
    """For kinds of an earlier release: `grant.looked_at` reads “Grant looked at”."""
    return kind.replace(".", " ").replace("_", " ").capitalize()
