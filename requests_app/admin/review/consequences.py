"""Says in words what a decision will do, before it is confirmed."""

from collections.abc import Callable, Mapping

from lifecycle.text.durations import format_duration
from requests_app.admin.review.decision_form import DecisionForm
from requests_app.admin.review.page import ReviewPage
from requests_app.admin.review.timeline import reductions
from requests_app.models import DenialReason, Scope, Stage, Vote
from requests_app.rules import conditions
from requests_app.rules.eligibility import VotingPanel
from requests_app.states import StageState
from requests_app.wording import limits

Choice = Vote.Choice
TITLES: Mapping[str, str] = {
    Choice.APPROVE: "Approve",
    Choice.DENY: "Deny",
    Choice.RETURN: "Ask for changes",
    Choice.RECUSE: "Step aside",
}


def sentences(page: ReviewPage, form: DecisionForm) -> list[str]:
    """What follows from the valid form; hidden votes stay hidden here too."""
    bench = page.bench
    assert bench  # the rule has found the step open
    return CONSEQUENCES[form.cleaned_data["choice"]](page, bench, form)


def _approve(page: ReviewPage, bench: VotingPanel, form: DecisionForm) -> list[str]:
    lines = [f"You approve {_scope(form.granted_scope)}."]
    if form.narrowed_to:
        less = ", ".join(reductions(form.current_scope, form.granted_scope))
        lines.append(f"This is less than what stands now: {less}. It holds for later votes too.")
    return [*lines, _after_approval(page, bench)]


def _scope(scope: Scope) -> str:
    models, operations = ", ".join(scope.identifiers), " and ".join(scope.operations)
    most = limits.limits_phrase(scope.limits)
    return f"{models} for {operations}, {format_duration(scope.duration)}" + (
        most and f", at most {most}"
    )


def _after_approval(page: ReviewPage, bench: VotingPanel) -> str:
    quorum = bench.stage.step.quorum
    if page.vote_visibility.blind and quorum > 1:
        return f"This step passes with {quorum} approvals. Votes are hidden until it is decided."
    if bench.approvals + 1 < quorum:
        return f"It is approval {bench.approvals + 1} of {quorum}, so the step stays open."
    following = _next_step(page, bench.stage)
    if following:
        return f"The step passes with it. “{following.step}” comes next."
    return "The request is approved with it, and access is set up at once."


def _next_step(page: ReviewPage, stage: Stage) -> Stage | None:
    later = (s for s in page.stages if s.state == StageState.WAITING)
    return next((s for s in later if conditions.applies(s.step, stage.revision)), None)


def _deny(page: ReviewPage, bench: VotingPanel, form: DecisionForm) -> list[str]:
    reason = DenialReason(form.cleaned_data["denial"]).label
    lines = [f"You vote against it: {reason}."]
    needed = bench.stage.step.denials_to_fail
    wait = page.access_request.policy_version.wait_after_denial
    again = (
        f"and may ask again after {format_duration(wait)}" if wait else "and may ask again at once"
    )
    ends = f"{page.access_request.requester} is told why, {again}."
    if page.vote_visibility.blind and needed > 1:
        hidden = "Votes are hidden until the step is decided."
        return [*lines, f"{needed} denials end the request. {hidden}", f"If it ends, {ends}"]
    if bench.denials + 1 < needed:
        return [*lines, f"It is denial {bench.denials + 1} of {needed}; the step stays open."]
    return [*lines, "The request ends with it.", ends]


def _return(page: ReviewPage, bench: VotingPanel, form: DecisionForm) -> list[str]:
    requester = page.access_request.requester
    return [
        f"The request goes back to {requester}, who reads your words.",
        "Its steps close. A new text starts them again, from the first that reads what changed.",
    ]


def _recuse(page: ReviewPage, bench: VotingPanel, form: DecisionForm) -> list[str]:
    return ["You step aside from this request for good, in every step.", "Others decide it."]


CONSEQUENCES: Mapping[str, Callable[[ReviewPage, VotingPanel, DecisionForm], list[str]]] = {
    Choice.APPROVE: _approve,
    Choice.DENY: _deny,
    Choice.RETURN: _return,
    Choice.RECUSE: _recuse,
}
