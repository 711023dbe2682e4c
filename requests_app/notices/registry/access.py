"""Who is notified of grants, keys and endings."""

from collections.abc import Mapping

from requests_app.notices import relevance
from requests_app.notices.audiences import access, operators, policies, review
from requests_app.notices.registry.notice_rule import NoticeRule

RULES: Mapping[str, tuple[NoticeRule, ...]] = {
    "grant.created": (
        NoticeRule(
            access.sharers,
            "shared_approved",
            only_if=relevance.shared_and(relevance.grant_waiting),
        ),
    ),
    "grant.activated": (
        NoticeRule(
            access.holder_if_clock,
            "grant_active",
            deadline="grant.ends_at",
            only_if=relevance.start_untold,
        ),
        NoticeRule(
            access.sharers, "shared_active", only_if=relevance.shared_and(relevance.grant_active)
        ),
    ),
    "grant.shortened": (
        NoticeRule(
            access.holder,
            "grant_shortened",
            deadline="new_end",
            only_if=relevance.grant_ends_as_shortened,
        ),
        NoticeRule(
            access.sharers,
            "shared_shortened",
            deadline="new_end",
            only_if=relevance.shared_and(relevance.grant_ends_as_shortened),
        ),
    ),
    "grant.suspended": (
        NoticeRule(access.holder, "grant_suspended", only_if=relevance.grant_suspended),
        NoticeRule(
            access.sharers,
            "shared_suspended",
            only_if=relevance.shared_and(relevance.grant_suspended),
        ),
    ),
    "grant.resumed": (
        NoticeRule(access.holder, "grant_resumed", only_if=relevance.grant_active),
        NoticeRule(
            access.sharers,
            "shared_resumed",
            only_if=relevance.shared_and(relevance.grant_active),
        ),
    ),
    "grant.confirmation_asked": (
        NoticeRule(
            access.holder,
            "grant_confirm",
            deadline="confirm_by",
            only_if=relevance.grant_unconfirmed,
        ),
    ),
    "grant.end_announced": (
        NoticeRule(
            access.holder, "grant_ends_soon", deadline="end", only_if=relevance.grant_ends_then
        ),
        NoticeRule(
            access.sharers,
            "shared_ends_soon",
            deadline="end",
            only_if=relevance.shared_and(relevance.grant_ends_then),
        ),
    ),
    "grant.ended": (
        NoticeRule(access.holder, "grant_ended"),
        NoticeRule(access.sharers, "shared_ended"),
    ),
    "grant.revoked": (
        NoticeRule(access.holder_alone, "grant_revoked"),
        NoticeRule(access.sharers_alone, "shared_ended"),
    ),
    "grant.collaborator_removed": (NoticeRule(access.removed, "shared_removed"),),
    "grant.collaborator_left": (NoticeRule(access.holder, "shared_left"),),
    "key.claimed": (NoticeRule(access.holder, "key_claimed"),),
    "key.revoked": (
        NoticeRule(access.holder_unless_leaked, "key_revoked"),
        NoticeRule(access.holder_of_leaked, "key_leaked"),
        NoticeRule(policies.owners_once, "owners_key_leaked"),
    ),
    "key.failed": (NoticeRule(access.holder_if_clock, "key_failed"),),
    "key.stuck": (NoticeRule(operators.operators, "key_stuck"),),
    "grant.break_glass": (NoticeRule(review.bypassed_reviewers, "break_glass_used", chat=True),),
    "grant.break_glass_reminded": (
        NoticeRule(
            review.break_glass_reviewers,
            "break_glass_review",
            only_if=relevance.break_glass_unreviewed,
        ),
    ),
    "access.ended": (NoticeRule(access.affected_person, "access_ended"),),
}
