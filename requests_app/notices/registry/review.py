"""Who is notified of steps, votes and comments."""

from collections.abc import Mapping

from requests_app.notices import relevance
from requests_app.notices.audiences import review
from requests_app.notices.registry.notice_rule import NoticeRule

_DECIDED = NoticeRule(
    review.others_asked,
    "stage_decided",
    only_if=relevance.nothing_left_to_decide,
    calendar=True,
)
_COMMENT = NoticeRule(
    review.fellow_reviewers, "comment_written", only_if=relevance.comment_readable, can_wait=True
)
RULES: Mapping[str, tuple[NoticeRule, ...]] = {
    "stage.opened": (
        NoticeRule(
            review.reviewers,
            "stage_opened",
            deadline="stage.due_at",
            only_if=relevance.vote_wanted,
            calendar=True,
            chat=True,
        ),
    ),
    "stage.reminded": (
        NoticeRule(
            review.reviewers,
            "stage_reminder",
            deadline="stage.due_at",
            only_if=relevance.vote_wanted,
            calendar=True,
            can_wait=True,
        ),
    ),
    "stage.escalated": (
        NoticeRule(
            review.newly_called,
            "stage_called",
            deadline="stage.due_at",
            only_if=relevance.vote_wanted,
            calendar=True,
            chat=True,
        ),
    ),
    "stage.deadlocked": (
        NoticeRule(
            review.stage_owners,
            "stage_deadlocked",
            deadline="stage.due_at",
            only_if=relevance.stage_deadlocked,
            chat=True,
        ),
        NoticeRule(
            review.stage_requester,
            "request_deadlocked",
            deadline="stage.due_at",
            only_if=relevance.stage_deadlocked,
        ),
    ),
    "stage.unlocked": (
        NoticeRule(
            review.asked_whose_deadline_moved,
            "stage_moved",
            deadline="stage.due_at",
            only_if=relevance.vote_wanted,
            calendar=True,
        ),
        NoticeRule(
            review.stage_requester,
            "request_unlocked",
            deadline="stage.due_at",
            only_if=relevance.stage_unlocked,
        ),
    ),
    "stage.joined": (
        NoticeRule(
            review.newly_called,
            "stage_joined",
            deadline="stage.due_at",
            only_if=relevance.vote_wanted,
            calendar=True,
        ),
    ),
    "stage.reassigned": (NoticeRule(review.seat_owner, "step_reassigned"),),
    "stage.passed": (_DECIDED,),
    "stage.failed": (_DECIDED,),
    "stage.expired": (_DECIDED,),
    "stage.closed": (_DECIDED,),
    "comment.written": (_COMMENT,),
    "comment.shared": (_COMMENT, NoticeRule(review.commented_requester, "comment_shared")),
}
