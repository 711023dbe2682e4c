"""The sentences of each kind of event, for requesters and for reviewers."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

NOT_SHOWN = ""


class EventSentences(NamedTuple):
    """One event in two timelines.

    `requester` names no reviewer; it may name the step by `%(step)s`. `reviewer` may name the step
    and details of the event in braces. The desk is in English.
    """

    requester: StrOrPromise
    reviewer: str


EVENT_SENTENCES: Mapping[str, EventSentences] = {
    "request.saved": EventSentences(_("Draft saved."), "Draft saved"),
    "invitation.sent": EventSentences(_("A collaborator was invited."), "Invited a collaborator"),
    "invitation.sent_again": EventSentences(
        _("An invitation was sent again."), "Sent an invitation again"
    ),
    "invitation.changed": EventSentences(
        _("What a collaborator may do was changed."), "Changed what a collaborator may do"
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
    "invitation.lapsed": EventSentences(_("An invitation expired."), "An invitation expired"),
    "request.file_attached": EventSentences(
        _("A file was attached."), "Attached a file to revision {revision}"
    ),
    "request.file_detached": EventSentences(
        _("A file was removed."), "Removed a file from revision {revision}"
    ),
    "request.submitted": EventSentences(
        _("Sent for review."), "Sent revision {revision} for review under {policy}"
    ),
    "request.reviewers_take_part": EventSentences(
        _("A reviewer is taking part in this request, so they can't decide it."),
        "Some of the policy's reviewers or owners are taking part, so they can't decide this",
    ),
    "request.reviewers_barred": EventSentences(
        NOT_SHOWN,
        "Some of the policy's reviewers or owners work at an institution that the requester named, "
        "so they can't decide this",
    ),
    "request.returned": EventSentences(_("Changes requested."), "Changes requested"),
    "request.narrowed": EventSentences(
        _("A reviewer proposed granting less than requested."), "Narrowed: {less}"
    ),
    "request.approved": EventSentences(_("Approved."), "Approved"),
    "request.admitted": EventSentences(
        _("Started by a standing rule, without review."), "Started by {rule}, without review"
    ),
    "request.denied": EventSentences(_("Not approved."), "Declined"),
    "request.expired": EventSentences(_("Expired: not decided in time."), "Expired"),
    "request.withdrawn": EventSentences(_("Withdrawn."), "Withdrawn"),
    "stage.opened": EventSentences(_("“%(step)s” started."), "“{step}” started"),
    "stage.reminded": EventSentences(
        _("The reviewers of “%(step)s” were reminded."), "The reviewers of “{step}” were reminded"
    ),
    "stage.escalated": EventSentences(
        _("“%(step)s” was escalated to more reviewers."),
        "“{step}” was escalated to its alternates: {why}",
    ),
    "stage.deadlocked": EventSentences(
        _("“%(step)s” no longer had enough reviewers."),
        "“{step}” no longer had enough reviewers",
    ),
    "stage.unlocked": EventSentences(
        _("“%(step)s” had enough reviewers again."),
        "“{step}” had enough reviewers again",
    ),
    "stage.joined": EventSentences(
        _("More reviewers joined “%(step)s”."),
        "More reviewers joined “{step}”",
    ),
    "stage.passed": EventSentences(_("“%(step)s” passed."), "“{step}” passed"),
    "stage.failed": EventSentences(_("“%(step)s” did not pass."), "“{step}” did not pass"),
    "stage.expired": EventSentences(
        _("“%(step)s” was not decided in time."),
        "“{step}” was not decided in time",
    ),
    "stage.skipped": EventSentences(_("“%(step)s” was skipped."), "“{step}” was skipped"),
    "stage.closed": EventSentences(_("“%(step)s” was closed."), "“{step}” closed with the request"),
    "vote.approve": EventSentences(_("A reviewer approved “%(step)s”."), "Approved “{step}”"),
    "vote.deny": EventSentences(_("A reviewer declined “%(step)s”."), "Declined “{step}”"),
    # NOT_SHOWN: the returned request has its own entry.
    "vote.return": EventSentences(NOT_SHOWN, "Requested changes in “{step}”"),
    "vote.recuse": EventSentences(
        _("A reviewer recused themselves from “%(step)s”."), "Recused themselves from “{step}”"
    ),
    # NOT_SHOWN: the review page has them in a thread.
    "comment.written": EventSentences(NOT_SHOWN, NOT_SHOWN),
    "comment.shared": EventSentences(_("A reviewer commented."), NOT_SHOWN),
    "reviewer.institution_changed": EventSentences(
        NOT_SHOWN, "A reviewer changed institution from {from} to {to}"
    ),
    "requester.institution_changed": EventSentences(
        _("The requester changed the institution in their profile."),
        "The requester changed institution from {from} to {to}. The institution on the request "
        "still decides whose colleagues can't review it",
    ),
    # NOT_SHOWN: which institution somebody's reviewers work at is theirs to know.
    "request.institutions_merged": EventSentences(
        NOT_SHOWN, "“{from}” and “{to}” are one institution from now on: {to}"
    ),
    "grant.created": EventSentences(_("Access granted."), "Grant created"),
    "grant.activated": EventSentences(_("Access started."), "Grant activated"),
    "grant.shortened": EventSentences(_("Access shortened."), "Grant shortened"),
    "grant.suspended": EventSentences(_("Access suspended."), "Grant suspended"),
    "grant.resumed": EventSentences(_("Access resumed."), "Grant resumed"),
    "grant.confirmation_asked": EventSentences(
        _("The holder was asked to confirm that they still need access."),
        "Holder asked to confirm that they still need access",
    ),
    "grant.confirmed": EventSentences(
        _("The holder confirmed that they still need access."),
        "Holder confirmed that they still need access",
    ),
    "grant.end_announced": EventSentences(
        _("The holder was reminded of the end date."), "Holder reminded of the end date"
    ),
    "grant.terms_accepted": EventSentences(
        _("A collaborator accepted the terms."), "Collaborator accepted the terms"
    ),
    "grant.collaborator_left": EventSentences(_("A collaborator left."), "Collaborator left"),
    "grant.collaborator_removed": EventSentences(
        _("A collaborator was removed."), "Collaborator removed"
    ),
    "grant.ended": EventSentences(_("Access ended."), "Grant ended"),
    "grant.revoked": EventSentences(_("Access revoked."), "Grant revoked"),
    "grant.break_glass": EventSentences(
        _("Access was granted as an emergency."),
        "Emergency access granted, without the remaining steps",
    ),
    "grant.break_glass_reminded": EventSentences(
        NOT_SHOWN, "Reminder to review the emergency access"
    ),
    "grant.break_glass_reviewed": EventSentences(
        _("The emergency access was reviewed."), "Emergency access reviewed: {verdict}"
    ),
    # NOT_SHOWN: who reviews isn't for requesters.
    "stage.reassigned": EventSentences(NOT_SHOWN, "A seat of {step} was reassigned"),
    # NOT_SHOWN: each thing that ended has its own entry.
    "access.ended": EventSentences(NOT_SHOWN, "Ended by a bulk revocation. Receipt: {receipt}"),
    # NOT_SHOWN: it is for the policy's owners, and speaks of others' access, too.
    "access.ended_under_policy": EventSentences(
        NOT_SHOWN, "The policy's owners were told of a bulk revocation. Receipt: {receipt}"
    ),
    "key.claimed": EventSentences(_("A key was created."), "Key created"),
    "key.activated": EventSentences(_("The key became active."), "Key activated"),
    "key.renamed": EventSentences(_("A key was renamed."), "Key renamed"),
    "key.rotated": EventSentences(_("The key was rotated."), "Key rotated"),
    "key.failed": EventSentences(
        _("A gateway could not create the key."), "A gateway could not create the key"
    ),
    "key.stuck": EventSentences(
        _("A gateway isn't responding about the key; we keep retrying."),
        "A gateway isn't responding about the key; we keep retrying",
    ),
    "key.expired": EventSentences(_("The key expired."), "Key expired"),
    "key.revoked": EventSentences(_("The key was revoked and no longer works."), "Key revoked"),
    "key.confirmed": EventSentences(
        _("The revocation of the key was confirmed."), "Key revocation confirmed"
    ),
}


def plain_words(kind: str) -> str:
    """Return a kind of an earlier release in words: `grant.looked_at` reads “Grant looked at”."""
    return kind.replace(".", " ").replace("_", " ").capitalize()
