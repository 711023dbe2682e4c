"""Who is notified of models: proposals, words, retirements, weights and promises."""

from collections.abc import Mapping

from requests_app.notices import relevance
from requests_app.notices.audiences import register
from requests_app.notices.registry.notice_rule import NoticeRule


def _of_retirement(template: str) -> NoticeRule:
    return NoticeRule(register.watchers, template, only_if=relevance.retirement_is_so)


RULES: Mapping[str, tuple[NoticeRule, ...]] = {
    "proposal.made": (
        NoticeRule(register.other_editors, "proposal_made", only_if=relevance.proposal_waiting),
    ),
    "proposal.accepted": (NoticeRule(register.proposer, "proposal_decided"),),
    "proposal.declined": (NoticeRule(register.proposer, "proposal_decided"),),
    "essay.published": (NoticeRule(register.essay_submitter, "essay_published"),),
    "essay.vetoed": (NoticeRule(register.essay_submitter, "essay_vetoed"),),
    "essay.expired": (NoticeRule(register.essay_submitter_and_editors, "essay_expired"),),
    "preference.reminded": (
        NoticeRule(
            register.catalogue_editors,
            "preference_reminder",
            only_if=relevance.preference_undecided,
        ),
    ),
    "preference.resumed": (
        NoticeRule(
            register.catalogue_editors,
            "preference_resumed",
            only_if=relevance.preference_undecided,
        ),
    ),
    "retirement.announced": (_of_retirement("retirement_announced"),),
    "retirement.date_moved": (_of_retirement("retirement_moved"),),
    "retirement.reopened": (_of_retirement("retirement_reopened"),),
    "retirement.coming": (_of_retirement("retirement_coming"),),
    "weights.check_due": (
        NoticeRule(register.weights_keeper, "weights_check_due", only_if=relevance.check_undone),
    ),
    "weights.checked": (
        NoticeRule(
            register.weights_keeper_if_failed,
            "weights_check_failed",
            only_if=relevance.check_failed,
        ),
    ),
    "promise.reminded": (
        NoticeRule(
            register.promise_keeper, "promise_reminder", only_if=relevance.promise_unsettled
        ),
    ),
}
