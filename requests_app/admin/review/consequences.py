"""Sentences that say what a decision will do, shown before it is confirmed."""

from collections.abc import Callable, Mapping

from lifecycle.text.durations import format_duration
from requests_app.admin.review.decision_form import DecisionForm
from requests_app.models import DenialReason, Scope, Stage, Vote
from requests_app.reports.review.page import ReviewPage
from requests_app.reports.review.timeline import reductions
from requests_app.rules import conditions
from requests_app.rules.eligibility import VotingPanel
from requests_app.states import StageState
from requests_app.wording import limits

Choice = Vote.Choice
TITLES: Mapping[str, str] = {
    Choice.APPROVE: "Approve",
    Choice.DENY: "Decline",
    Choice.RETURN: "Request changes",
    Choice.RECUSE: "Recuse yourself",
}
DONE: Mapping[str, str] = {
    Choice.APPROVE: "You approved",
    Choice.DENY: "You declined",
    Choice.RETURN: "You requested changes to",
    Choice.RECUSE: "You recused yourself from",
}


def sentences(page: ReviewPage, form: DecisionForm) -> list[str]:
    """Return the consequences of the valid form; hidden votes stay hidden."""
    panel = page.panel
    assert panel  # the rule has found the step open
    return CONSEQUENCES[form.cleaned_data["choice"]](page, panel, form)


def _approve(page: ReviewPage, panel: VotingPanel, form: DecisionForm) -> list[str]:
    lines = [f"You approve {_scope(form.granted_scope)}."]
    if form.narrowed_to:
        less = ", ".join(reductions(form.current_scope, form.granted_scope))
        lines.append(f"This narrows the request: {less}. It also applies to later votes.")
    return [*lines, _after_approval(page, panel)]


def _scope(scope: Scope) -> str:
    models, operations = ", ".join(scope.identifiers), " and ".join(scope.operations)
    most = limits.limits_phrase(scope.limits)
    return f"{models} for {operations}, {format_duration(scope.duration)}" + (
        most and f", at most {most}"
    )


def _after_approval(page: ReviewPage, panel: VotingPanel) -> str:
    quorum = panel.stage.step.quorum
    # Counting would tell the reader how others have voted on a blind step.
    if page.vote_visibility.blind and quorum > 1:
        return (
            f"This step passes with {quorum} approvals. Votes are hidden until the step is decided."
        )
    if panel.approvals + 1 < quorum:
        return f"This is approval {panel.approvals + 1} of {quorum}, so the step stays open."
    following = _next_step(page, panel.stage)
    if following:
        return f"Your approval completes this step. “{following.step}” comes next."
    return "Your approval is the last one needed: access is granted immediately."


def _next_step(page: ReviewPage, stage: Stage) -> Stage | None:
    later = (s for s in page.stages if s.state == StageState.WAITING)
    return next((s for s in later if conditions.applies(s.step, stage.revision)), None)


def _deny(page: ReviewPage, panel: VotingPanel, form: DecisionForm) -> list[str]:
    reason = DenialReason(form.cleaned_data["denial"]).label
    lines = [f"You decline: {reason}."]
    needed = panel.stage.step.denials_to_fail
    wait = page.access_request.policy_version.wait_after_denial
    again = (
        f"and can send a new request after {format_duration(wait)}"
        if wait
        else "and can send a new request straight away"
    )
    ends = f"{page.access_request.requester} will see the reason, {again}."
    if page.vote_visibility.blind and needed > 1:
        hidden = "Votes are hidden until the step is decided."
        return [*lines, f"{needed} declines end the request. {hidden}", f"If it ends, {ends}"]
    if panel.denials + 1 < needed:
        return [*lines, f"This is decline {panel.denials + 1} of {needed}, so the step stays open."]
    return [*lines, "This ends the request.", ends]


def _return(page: ReviewPage, panel: VotingPanel, form: DecisionForm) -> list[str]:
    requester = page.access_request.requester
    return [
        f"The request goes back to {requester}, who will see your reason.",
        "Its steps close. A new revision restarts the steps affected by the changes.",
    ]


def _recuse(page: ReviewPage, panel: VotingPanel, form: DecisionForm) -> list[str]:
    return [
        "You are permanently recused from this request, in every step.",
        "Other reviewers decide.",
    ]


CONSEQUENCES: Mapping[str, Callable[[ReviewPage, VotingPanel, DecisionForm], list[str]]] = {
    Choice.APPROVE: _approve,
    Choice.DENY: _deny,
    Choice.RETURN: _return,
    Choice.RECUSE: _recuse,
}
