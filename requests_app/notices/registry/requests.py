"""Who is notified of what becomes of requests and invitations."""

from collections.abc import Mapping

from requests_app.notices import relevance
from requests_app.notices.audiences import requests
from requests_app.notices.registry.notice_rule import NoticeRule

_JOINED_CLOSED = NoticeRule(
    requests.people_who_joined, "joined_closed", only_if=relevance.told_by_no_ending
)
RULES: Mapping[str, tuple[NoticeRule, ...]] = {
    "request.submitted": (
        NoticeRule(
            requests.requester,
            "request_received",
            deadline="stage.due_at",
            only_if=relevance.review_running,
        ),
    ),
    "request.approved": (NoticeRule(requests.requester, "request_approved"),),
    "request.admitted": (NoticeRule(requests.requester, "standing_started"),),
    "request.denied": (NoticeRule(requests.requester, "request_denied"), _JOINED_CLOSED),
    "request.returned": (
        NoticeRule(requests.requester, "request_returned", only_if=relevance.request_returned),
    ),
    "request.narrowed": (
        NoticeRule(requests.requester, "request_narrowed", only_if=relevance.request_in_review),
    ),
    "request.expired": (NoticeRule(requests.requester, "request_expired"), _JOINED_CLOSED),
    "request.reviewers_take_part": (NoticeRule(requests.owners_apart, "reviewers_take_part"),),
    "request.reviewers_barred": (NoticeRule(requests.owners_apart, "reviewers_barred"),),
    "request.withdrawn": (
        NoticeRule(requests.requester_alone, "request_withdrawn"),
        _JOINED_CLOSED,
        NoticeRule(requests.owners_of_withdrawn, "owners_request_withdrawn"),
    ),
    "invitation.sent": (
        NoticeRule(requests.invited, "invited", only_if=relevance.invitation_open),
    ),
    "invitation.sent_again": (
        NoticeRule(requests.invited, "invited", only_if=relevance.invitation_open),
    ),
    "invitation.accepted": (
        NoticeRule(requests.inviter, "invitation_accepted", only_if=relevance.invitation_accepted),
    ),
    "invitation.declined": (NoticeRule(requests.inviter, "invitation_declined"),),
    "invitation.withdrawn": (NoticeRule(requests.withdrawn_invitee, "invitation_withdrawn"),),
}
