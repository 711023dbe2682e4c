"""Who is notified of policies and of who reviews under them."""

from collections.abc import Mapping

from requests_app.notices import relevance
from requests_app.notices.audiences import access, policies, requests, review
from requests_app.notices.registry.notice_rule import NoticeRule

RULES: Mapping[str, tuple[NoticeRule, ...]] = {
    "policy.publication_asked": (
        NoticeRule(policies.publishers, "draft_waits", only_if=relevance.draft_publishable),
    ),
    "policy.seat_lent": (
        NoticeRule(review.delegate_once, "seat_lent", only_if=relevance.delegation_holds),
    ),
    "policy.seat_returned": (NoticeRule(review.delegate_once, "seat_returned"),),
    "policy.reviewer_added": (
        NoticeRule(policies.changed_reviewer, "reviewer_added", only_if=relevance.reviewer_member),
        NoticeRule(policies.other_owners, "reviewers_changed"),
    ),
    "policy.reviewer_removed": (
        NoticeRule(policies.changed_reviewer, "reviewer_removed", only_if=relevance.reviewer_gone),
        NoticeRule(policies.other_owners, "reviewers_changed"),
    ),
    "reviewer_invitation.sent": (
        NoticeRule(
            requests.invited,
            "reviewer_invited",
            deadline="reviewer_invitation.expires_at",
            only_if=relevance.reviewer_invitation_open,
        ),
    ),
    "reviewer_invitation.accepted": (
        NoticeRule(policies.reviewer_inviter, "reviewer_invitation_answered"),
    ),
    "reviewer_invitation.declined": (
        NoticeRule(policies.reviewer_inviter, "reviewer_invitation_answered"),
    ),
    "policy.model_withdrawn": (
        NoticeRule(access.users_of_the_model, "model_withdrawn", deadline="withdrawn_at"),
        NoticeRule(
            policies.owners_without_the_model, "owners_model_withdrawn", deadline="withdrawn_at"
        ),
    ),
    "access.ended_under_policy": (NoticeRule(policies.owners_once, "owners_access_ended"),),
}
