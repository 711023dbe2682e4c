"""One table of which event notifies whom with which email; docs/notices.md shows it."""

from collections.abc import Mapping
from typing import NamedTuple

from requests_app.notices import audiences, relevance


class NoticeRule(NamedTuple):
    """An email to an audience; `template` is its name under templates/mail/.

    `deadline` names the moment in the context that it is about. `only_if` must hold when it is
    sent; otherwise the notice is dropped. With `can_wait`, readers of a daily digest get it there
    if that comes in time. With `chat` it is posted to the chat channels too, and with `calendar`
    its deadline is attached as a calendar file.
    """

    audience: audiences.Audience
    template: str
    deadline: str = ""
    only_if: relevance.Condition = relevance.always
    can_wait: bool = False
    chat: bool = False
    calendar: bool = False


def _of_retirement(template: str) -> NoticeRule:
    return NoticeRule(audiences.watchers, template, only_if=relevance.retirement_is_so)


_DECIDED = NoticeRule(
    audiences.others_asked, "stage_decided", only_if=relevance.nothing_left_to_decide
)
_COMMENT = NoticeRule(
    audiences.fellow_reviewers, "comment_written", only_if=relevance.comment_readable, can_wait=True
)
_JOINED_CLOSED = NoticeRule(
    audiences.people_who_joined, "joined_closed", only_if=relevance.told_by_no_ending
)
NOTICE_RULES: Mapping[str, tuple[NoticeRule, ...]] = {
    "request.submitted": (
        NoticeRule(
            audiences.requester,
            "request_received",
            deadline="stage.due_at",
            only_if=relevance.review_running,
        ),
    ),
    "request.approved": (NoticeRule(audiences.requester, "request_approved"),),
    "request.admitted": (NoticeRule(audiences.requester, "standing_started"),),
    "request.denied": (NoticeRule(audiences.requester, "request_denied"), _JOINED_CLOSED),
    "request.returned": (
        NoticeRule(audiences.requester, "request_returned", only_if=relevance.request_returned),
    ),
    "request.narrowed": (
        NoticeRule(audiences.requester, "request_narrowed", only_if=relevance.request_in_review),
    ),
    "request.expired": (NoticeRule(audiences.requester, "request_expired"), _JOINED_CLOSED),
    "request.reviewers_take_part": (NoticeRule(audiences.owners_apart, "reviewers_take_part"),),
    "request.reviewers_barred": (NoticeRule(audiences.owners_apart, "reviewers_barred"),),
    "request.withdrawn": (
        NoticeRule(audiences.requester_alone, "request_withdrawn"),
        _JOINED_CLOSED,
        NoticeRule(audiences.owners_of_withdrawn, "owners_request_withdrawn"),
    ),
    "invitation.sent": (
        NoticeRule(audiences.invited, "invited", only_if=relevance.invitation_open),
    ),
    "invitation.sent_again": (
        NoticeRule(audiences.invited, "invited", only_if=relevance.invitation_open),
    ),
    "invitation.accepted": (
        NoticeRule(audiences.inviter, "invitation_accepted", only_if=relevance.invitation_accepted),
    ),
    "invitation.declined": (NoticeRule(audiences.inviter, "invitation_declined"),),
    "invitation.withdrawn": (NoticeRule(audiences.withdrawn_invitee, "invitation_withdrawn"),),
    "stage.opened": (
        NoticeRule(
            audiences.reviewers,
            "stage_opened",
            deadline="stage.due_at",
            only_if=relevance.vote_wanted,
            calendar=True,
            chat=True,
        ),
    ),
    "stage.reminded": (
        NoticeRule(
            audiences.reviewers,
            "stage_reminder",
            deadline="stage.due_at",
            only_if=relevance.vote_wanted,
            calendar=True,
            can_wait=True,
        ),
    ),
    "stage.escalated": (
        NoticeRule(
            audiences.newly_called,
            "stage_called",
            deadline="stage.due_at",
            only_if=relevance.vote_wanted,
            calendar=True,
            chat=True,
        ),
    ),
    "stage.deadlocked": (
        NoticeRule(
            audiences.stage_owners,
            "stage_deadlocked",
            deadline="stage.due_at",
            only_if=relevance.stage_deadlocked,
            chat=True,
        ),
        NoticeRule(
            audiences.stage_requester,
            "request_deadlocked",
            deadline="stage.due_at",
            only_if=relevance.stage_deadlocked,
        ),
    ),
    "stage.unlocked": (
        NoticeRule(
            audiences.asked_whose_deadline_moved,
            "stage_moved",
            deadline="stage.due_at",
            only_if=relevance.vote_wanted,
            calendar=True,
        ),
        NoticeRule(
            audiences.stage_requester,
            "request_unlocked",
            deadline="stage.due_at",
            only_if=relevance.stage_unlocked,
        ),
    ),
    "stage.joined": (
        NoticeRule(
            audiences.newly_called,
            "stage_joined",
            deadline="stage.due_at",
            only_if=relevance.vote_wanted,
            calendar=True,
        ),
    ),
    "stage.reassigned": (NoticeRule(audiences.seat_owner, "step_reassigned"),),
    "stage.passed": (_DECIDED,),
    "stage.failed": (_DECIDED,),
    "stage.expired": (_DECIDED,),
    "stage.closed": (_DECIDED,),
    "comment.written": (_COMMENT,),
    "comment.shared": (_COMMENT, NoticeRule(audiences.commented_requester, "comment_shared")),
    "grant.created": (
        NoticeRule(
            audiences.sharers,
            "shared_approved",
            only_if=relevance.shared_and(relevance.grant_waiting),
        ),
    ),
    "grant.activated": (
        NoticeRule(
            audiences.holder_if_clock,
            "grant_active",
            deadline="grant.ends_at",
            only_if=relevance.start_untold,
        ),
        NoticeRule(
            audiences.sharers, "shared_active", only_if=relevance.shared_and(relevance.grant_active)
        ),
    ),
    "grant.shortened": (
        NoticeRule(
            audiences.holder,
            "grant_shortened",
            deadline="new_end",
            only_if=relevance.grant_ends_as_shortened,
        ),
        NoticeRule(
            audiences.sharers,
            "shared_shortened",
            deadline="new_end",
            only_if=relevance.shared_and(relevance.grant_ends_as_shortened),
        ),
    ),
    "grant.suspended": (
        NoticeRule(audiences.holder, "grant_suspended", only_if=relevance.grant_suspended),
        NoticeRule(
            audiences.sharers,
            "shared_suspended",
            only_if=relevance.shared_and(relevance.grant_suspended),
        ),
    ),
    "grant.resumed": (
        NoticeRule(audiences.holder, "grant_resumed", only_if=relevance.grant_active),
        NoticeRule(
            audiences.sharers,
            "shared_resumed",
            only_if=relevance.shared_and(relevance.grant_active),
        ),
    ),
    "grant.confirmation_asked": (
        NoticeRule(
            audiences.holder,
            "grant_confirm",
            deadline="confirm_by",
            only_if=relevance.grant_unconfirmed,
        ),
    ),
    "grant.end_announced": (
        NoticeRule(
            audiences.holder, "grant_ends_soon", deadline="end", only_if=relevance.grant_ends_then
        ),
        NoticeRule(
            audiences.sharers,
            "shared_ends_soon",
            deadline="end",
            only_if=relevance.shared_and(relevance.grant_ends_then),
        ),
    ),
    "grant.ended": (
        NoticeRule(audiences.holder, "grant_ended"),
        NoticeRule(audiences.sharers, "shared_ended"),
    ),
    "grant.revoked": (
        NoticeRule(audiences.holder_alone, "grant_revoked"),
        NoticeRule(audiences.sharers_alone, "shared_ended"),
    ),
    "grant.collaborator_removed": (NoticeRule(audiences.removed, "shared_removed"),),
    "grant.collaborator_left": (NoticeRule(audiences.holder, "shared_left"),),
    "policy.publication_asked": (
        NoticeRule(audiences.publishers, "draft_waits", only_if=relevance.draft_publishable),
    ),
    "policy.seat_lent": (
        NoticeRule(audiences.delegate_once, "seat_lent", only_if=relevance.delegation_holds),
    ),
    "policy.seat_returned": (NoticeRule(audiences.delegate_once, "seat_returned"),),
    "policy.reviewer_added": (
        NoticeRule(audiences.changed_reviewer, "reviewer_added", only_if=relevance.reviewer_member),
        NoticeRule(audiences.other_owners, "reviewers_changed"),
    ),
    "policy.reviewer_removed": (
        NoticeRule(audiences.changed_reviewer, "reviewer_removed", only_if=relevance.reviewer_gone),
        NoticeRule(audiences.other_owners, "reviewers_changed"),
    ),
    "reviewer_invitation.sent": (
        NoticeRule(
            audiences.invited,
            "reviewer_invited",
            deadline="reviewer_invitation.expires_at",
            only_if=relevance.reviewer_invitation_open,
        ),
    ),
    "reviewer_invitation.accepted": (
        NoticeRule(audiences.reviewer_inviter, "reviewer_invitation_answered"),
    ),
    "reviewer_invitation.declined": (
        NoticeRule(audiences.reviewer_inviter, "reviewer_invitation_answered"),
    ),
    "policy.model_withdrawn": (
        NoticeRule(audiences.users_of_the_model, "model_withdrawn", deadline="withdrawn_at"),
        NoticeRule(
            audiences.owners_without_the_model, "owners_model_withdrawn", deadline="withdrawn_at"
        ),
    ),
    "key.claimed": (NoticeRule(audiences.holder, "key_claimed"),),
    "key.revoked": (
        NoticeRule(audiences.holder_unless_leaked, "key_revoked"),
        NoticeRule(audiences.holder_of_leaked, "key_leaked"),
        NoticeRule(audiences.owners_once, "owners_key_leaked"),
    ),
    "key.failed": (NoticeRule(audiences.holder_if_clock, "key_failed"),),
    "key.stuck": (NoticeRule(audiences.operators, "key_stuck"),),
    "grant.break_glass": (NoticeRule(audiences.bypassed_reviewers, "break_glass_used", chat=True),),
    "grant.break_glass_reminded": (
        NoticeRule(
            audiences.break_glass_reviewers,
            "break_glass_review",
            only_if=relevance.break_glass_unreviewed,
        ),
    ),
    "proposal.made": (
        NoticeRule(audiences.other_editors, "proposal_made", only_if=relevance.proposal_waiting),
    ),
    "proposal.accepted": (NoticeRule(audiences.proposer, "proposal_decided"),),
    "proposal.declined": (NoticeRule(audiences.proposer, "proposal_decided"),),
    "essay.published": (NoticeRule(audiences.essay_submitter, "essay_published"),),
    "essay.vetoed": (NoticeRule(audiences.essay_submitter, "essay_vetoed"),),
    "essay.expired": (NoticeRule(audiences.essay_submitter_and_editors, "essay_expired"),),
    "preference.reminded": (
        NoticeRule(
            audiences.catalogue_editors,
            "preference_reminder",
            only_if=relevance.preference_undecided,
        ),
    ),
    "preference.resumed": (
        NoticeRule(
            audiences.catalogue_editors,
            "preference_resumed",
            only_if=relevance.preference_undecided,
        ),
    ),
    "retirement.announced": (_of_retirement("retirement_announced"),),
    "retirement.date_moved": (_of_retirement("retirement_moved"),),
    "retirement.reopened": (_of_retirement("retirement_reopened"),),
    "retirement.coming": (_of_retirement("retirement_coming"),),
    "weights.check_due": (
        NoticeRule(audiences.weights_keeper, "weights_check_due", only_if=relevance.check_undone),
    ),
    "weights.checked": (
        NoticeRule(
            audiences.weights_keeper_if_failed,
            "weights_check_failed",
            only_if=relevance.check_failed,
        ),
    ),
    "promise.reminded": (
        NoticeRule(
            audiences.promise_keeper, "promise_reminder", only_if=relevance.promise_unsettled
        ),
    ),
    "access.ended": (NoticeRule(audiences.affected_person, "access_ended"),),
    "access.ended_under_policy": (NoticeRule(audiences.owners_once, "owners_access_ended"),),
}
RULES_BY_TEMPLATE: Mapping[str, NoticeRule] = {
    rule.template: rule for rules in NOTICE_RULES.values() for rule in rules
}
