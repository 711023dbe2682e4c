"""The content of a request's page: its text, steps and feedback."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from lifecycle.people.models import User
from requests_app import clock
from requests_app.models import AccessRequest, Event, PolicyStep, PolicyVersion, Revision, Stage
from requests_app.rules import permissions
from requests_app.rules.desk import comment_events
from requests_app.states import RequestState, StageState
from requests_app.web.drafting import people, summary
from requests_app.web.requests import next_step, timeline, turn
from requests_app.web.requests import revisions as revision_history
from requests_app.wording import limits, policies, revisions, step_windows, titles

ORDINALS = {
    1: gettext_lazy("first"),
    2: gettext_lazy("second"),
    3: gettext_lazy("third"),
    4: gettext_lazy("fourth"),
    5: gettext_lazy("fifth"),
}
NARROWABLE = (RequestState.IN_REVIEW, RequestState.RETURNED, RequestState.APPROVED)
OFFERED_ACTIONS = ("edit", "withdraw", "appeal")

SELECTED = ("requester", "policy_version__policy", "appeal_of", "appeal", "continues")
RELATED_FOR_ROW = ("revisions__ai_models", "stages__step")
RELATED = (
    *RELATED_FOR_ROW,
    "revisions__collaborators",
    "revisions__files",
    "revisions__narrowings",
    "revisions__accepted",
    "events__actor",
    *next_step.RELATED,
    "invitations",
    "policy_version__steps",
)


class StepProgress(NamedTuple):
    """A step of the policy, with its stage once the request was sent.

    `passed_with` is the earlier revision with which it passed, if any.
    """

    step: PolicyStep
    condition: str
    window: str
    stage: Stage | None = None
    passed_with: StrOrPromise = ""
    closed_at: datetime | None = None
    wants_changes: bool = False

    @property
    def is_reached(self) -> bool:
        """Whether it was opened; not if the request ended or was returned before."""
        stage = self.stage
        return not (stage and stage.state == StageState.CLOSED and stage.opened_at is None)

    @property
    def css_class(self) -> str:
        """The slug of its state, for its colour."""
        if self.wants_changes:
            return RequestState.RETURNED
        return self.stage.state if self.stage and self.is_reached else StageState.WAITING

    @property
    def label(self) -> StrOrPromise:
        if self.wants_changes:
            return RequestState.RETURNED.label
        if not self.is_reached:
            return _("Not reached")
        return self.stage.get_state_display() if self.stage else ""


def row_context(access_request: AccessRequest, revision: Revision) -> dict[str, Any]:
    """Return what lists show of a request; needs stages and steps prefetched."""
    return {
        "access_request": access_request,
        "revision": revision,
        "title": titles.of_revision(revision),
        "turn": turn.whose_turn(access_request),
        "due_at": turn.due_at(access_request),
    }


def newest_revision(access_request: AccessRequest) -> Revision:
    *_, revision = access_request.revisions.all()
    return revision


def newest_submitted_revision(access_request: AccessRequest) -> Revision:
    """Return what others may read: never a draft."""
    *_, revision = (row for row in access_request.revisions.all() if row.submitted_at)
    return revision


def context(access_request: AccessRequest, person: User) -> dict[str, Any]:
    """Return the page for the requester, or for a collaborator without buttons; needs `RELATED`."""
    is_own = access_request.requester_id == person.pk
    revision = (
        newest_revision(access_request) if is_own else newest_submitted_revision(access_request)
    )
    told = row_context(access_request, revision)
    if not is_own and turn.is_requesters_turn(access_request):
        told["turn"] = str(access_request.requester)
    events = comment_events.without_private(access_request.events.all())
    stages = list(access_request.stages.all())
    box = next_step.of_request(access_request, person)
    return {
        **told,
        "needed": box,
        "next_step_template": f"parts/needed/{box.template_name}.html",
        "is_own": is_own,
        "limits": limits.sentence(access_request.policy_version.limits()),
        "places": list(_all_progress(access_request, stages)),
        "entries": timeline.entries(access_request, events, stages, access_request.revisions.all()),
        "answers": list(summary.additional_answers(access_request, revision)),
        "not_answered": people.unanswered_emails(access_request) if is_own else [],
        "why_not": _why_not(access_request, person) if is_own else {},
        "may_ask_again": _may_ask_again(access_request),
        **_feedback(access_request, revision, events),
    }


def _feedback(
    access_request: AccessRequest, revision: Revision, events: Sequence[Event]
) -> dict[str, Any]:
    """Return what reviewers told the requester, and the outcome."""
    texts = [row for row in access_request.revisions.all() if row.number <= revision.number]
    narrowings = list(revision.narrowings.all())
    narrowable = access_request.state in NARROWABLE
    return {
        "changes_asked_for": revisions.changes_asked_for(access_request),
        "revision_changes": revision_history.revision_changes(texts, events),
        "narrowed": revision_history.narrowing_summary(revision, narrowings)
        if narrowable
        else None,
        "comments": comment_events.shared_with_requester(events),
        "deadlocked": _deadlocked(access_request),
        "appeal": getattr(access_request, "appeal", None),
    }


def _deadlocked(access_request: AccessRequest) -> Stage | None:
    stage = turn.open_stage(access_request)
    return stage if stage and stage.deadlocked_at else None


def _why_not(access_request: AccessRequest, person: User) -> dict[str, str | None]:
    return {
        action: permissions.why_not(action, access_request, person) for action in OFFERED_ACTIONS
    }


def _may_ask_again(access_request: AccessRequest) -> bool:
    """Return whether the wait before another request for the model is over."""
    again = access_request.ask_again_on
    closed = access_request.state in (RequestState.EXPIRED, RequestState.WITHDRAWN)
    return closed or (again is not None and again <= clock.utc_day(timezone.now()))


def _all_progress(access_request: AccessRequest, stages: Sequence[Stage]) -> Iterator[StepProgress]:
    """Return the steps of the last submitted revision, or of the policy if there is none."""
    version = access_request.policy_version
    if not stages:
        for step in version.steps.all():
            yield _step_progress(step, version)
        return
    numbers: dict[int | None, int] = {row.pk: row.number for row in access_request.revisions.all()}
    by_pk = {stage.pk: stage for stage in stages}
    last = max(stage.revision_id or 0 for stage in stages)
    is_returned = access_request.state == RequestState.RETURNED
    for stage in (stage for stage in stages if stage.revision_id == last):
        origin = by_pk[stage.carried_from_id or stage.pk]
        number = numbers[origin.revision_id]
        passed_with = ORDINALS.get(number, _("earlier")) if origin != stage else ""
        asks = is_returned and stage.state == StageState.CLOSED and stage.opened_at is not None
        yield _step_progress(stage.step, version, stage, passed_with, origin.closed_at, asks)


def _step_progress(step: PolicyStep, version: PolicyVersion, *stage: Any) -> StepProgress:
    return StepProgress(
        step, policies.condition(step), step_windows.window(step.window, version.country), *stage
    )
