"""Create, open, remind, escalate and close stages, and detect deadlocks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lifecycle.people.models import User
from lifecycle.voice.models import Essay
from requests_app import clock
from requests_app.models import AccessRequest, PolicyStep, Revision, Stage
from requests_app.notices.audiences.review import asked_already
from requests_app.rules import conditions
from requests_app.rules.conflicts import Conflicts
from requests_app.rules.eligibility import VotingPanel, is_still_passed
from requests_app.states import STAGE, StageState
from requests_app.transitions.each import act_on_each
from requests_app.transitions.locks import lock_stage
from requests_app.transitions.transition import move, record_event
from requests_app.wording.revisions import changed_parts


def create_stages(
    revision: Revision,
    steps: Iterable[PolicyStep],
    carried: Mapping[int, Stage],
    *,
    conflicts: Conflicts,
    now: datetime,
) -> None:
    """Create a stage for each step of a submitted revision and open the first one to decide."""
    stages = [_new_stage(revision, step, carried.get(step.pk), now=now) for step in steps]
    Stage.objects.bulk_create(stages)
    if coming := skip_to_next(revision, stages, now=now):
        open_stage(coming, conflicts, now=now)


def create_essay_stages(essay: Essay, steps: Iterable[PolicyStep], *, now: datetime) -> None:
    """Create a stage for each step that decides on an essay, and open the first."""
    stages = Stage.objects.bulk_create(Stage(essay=essay, step=step) for step in steps)
    open_stage(stages[0], now=now)


def next_of_essay(panel: VotingPanel) -> Stage | None:
    """Return the next stage of the panel's essay, or None after the last."""
    coming = next((stage for stage in panel.stages if stage.state == StageState.WAITING), None)
    if coming:
        coming.essay = panel.stage.essay
    return coming


def _new_stage(
    revision: Revision, step: PolicyStep, earlier: Stage | None, *, now: datetime
) -> Stage:
    return Stage(
        access_request=revision.access_request,
        revision=revision,
        step=step,
        state=StageState.PASSED if earlier else StageState.WAITING,
        opened_at=earlier.opened_at if earlier else None,
        due_at=earlier.due_at if earlier else None,
        closed_at=now if earlier else None,
        carried_from=earlier,
    )


def carried_stages(
    revision: Revision,
    steps: Iterable[PolicyStep],
    needed: Sequence[PolicyStep],
    *,
    now: datetime,
) -> dict[int, Stage]:
    """Map each step that needn't run again to its passed stage from an earlier revision.

    Steps before the first one that reads what changed stay passed, unless the policy changed, what
    they approved had been narrowed, or somebody who passed them is barred by now. The last needed
    step always runs, so somebody decides on the new text.
    """
    if revision.number == 1:
        return {}
    earlier = revision.access_request.revisions.get(number=revision.number - 1)
    if earlier.narrowings.exists():
        return {}
    earlier.access_request = revision.access_request
    changed, kept = changed_parts(earlier, revision), {}
    stages = {
        stage.step_id: stage
        for stage in earlier.stages.select_related("carried_from__step", "step")
    }
    for step in steps:
        stage = stages.get(step.pk)
        if stage is None or changed & set(step.rereview_on) or step == needed[-1]:
            break
        if stage.state == StageState.PASSED:
            # Votes belong to the stage where they were cast, however often it was carried over.
            origin = stage.carried_from or stage
            origin.access_request = revision.access_request
            if not is_still_passed(origin, now=now):
                break
            kept[step.pk] = origin
        elif stage.state != StageState.SKIPPED:
            break
    return kept


def skip_to_next(revision: Revision, stages: Iterable[Stage], *, now: datetime) -> Stage | None:
    """Return the next stage whose condition holds and skip those before; None if none is left.

    `stages` are all of the revision, in order.
    """
    for stage in stages:
        if stage.state != StageState.WAITING:
            continue
        stage.access_request, stage.revision = revision.access_request, revision
        if conditions.applies(stage.step, revision):
            return stage
        move(stage, "skip", by=None, at=now, details=_step_details(stage.step), closed_at=now)
    return None


def open_stage(stage: Stage, conflicts: Conflicts | None = None, *, now: datetime) -> None:
    """Open a stage for its reviewers; `conflicts` of its subject if they have been read."""
    step, country = stage.step, stage.policy_version.country
    panel = VotingPanel(stage, now, conflicts)
    due_at = clock.stage_due(now, step.window, country)
    move(
        stage,
        "open",
        by=None,
        at=now,
        details={**_step_details(step), "due_at": due_at.isoformat()},
        panel=panel,
        opened_at=now,
        due_at=due_at,
        remind_at=clock.next_reminder(now, due_at, after=now),
        escalate_at=clock.escalation_at(now, due_at) if step.alternates_id else None,
    )
    settle_deadlock(panel)


def _step_details(step: PolicyStep) -> dict[str, str]:
    return {"step": step.name}


def close(stage: Stage, action: str, *, by: User | None, now: datetime) -> None:
    """Move a stage to its end: pass, fail, expire or close."""
    move(
        stage,
        action,
        by=by,
        at=now,
        details=_step_details(stage.step),
        closed_at=now,
        remind_at=None,
        escalate_at=None,
    )


def close_rest(subject: AccessRequest | Essay, *, by: User | None, now: datetime) -> None:
    """Close the remaining stages of a request or essay that no longer need a decision."""
    stages = subject.stages.filter(state__in=STAGE.live)
    for stage in stages.select_related("step__reviewers", "step__version", "revision"):
        if isinstance(subject, AccessRequest):
            stage.access_request = stage.revision.access_request = subject
        else:
            stage.essay = subject
        close(stage, "close", by=by, now=now)


def settle_deadlock(panel: VotingPanel) -> bool:
    """Record whether an open stage can still reach its quorum; True if anything changed.

    Alternates are called first.
    """
    stage, now, deadlocked = panel.stage, panel.now, panel.is_deadlocked
    called = deadlocked and stage.step.alternates_id is not None and not stage.escalated_at
    if called:
        _escalate(stage, why="deadlock", now=now)
        # A new panel: the first one has read its voters without the alternates.
        deadlocked = VotingPanel(stage, now).is_deadlocked
    if deadlocked == (stage.deadlocked_at is not None):
        return called
    if not deadlocked:
        _unlock(stage, now=now)
        return True
    stage.deadlocked_at = now
    stage.save(update_fields=["deadlocked_at"])
    record_event(stage, "stage.deadlocked", by=None, at=now, details=_step_details(stage.step))
    return True


def _unlock(stage: Stage, *, now: datetime) -> None:
    """End a deadlock and give back the time that was left when it began."""
    assert stage.deadlocked_at
    assert stage.opened_at  # open stages have both dates (constraint)
    assert stage.due_at
    before = stage.due_at
    stage.due_at = clock.stage_due_after_rest(
        stage.opened_at,
        stage.due_at,
        now - stage.deadlocked_at,
        window=stage.step.window,
        country=stage.policy_version.country,
    )
    # By the usual plan, or by one from now on if all of its days are past.
    stage.remind_at = _next_reminder(stage, now) or _next_reminder(stage, now, since=now)
    stage.deadlocked_at = None
    stage.save(update_fields=["due_at", "remind_at", "deadlocked_at"])
    dues = {"due_at": stage.due_at.isoformat(), "due_before": before.isoformat()}
    details = {**_step_details(stage.step), **dues}
    record_event(stage, "stage.unlocked", by=None, at=now, details=details)


def _next_reminder(
    stage: Stage, now: datetime, *, since: datetime | None = None
) -> datetime | None:
    """Return the time of the next reminder, or None at the maximum for one stage."""
    if stage.reminders >= clock.MAX_REMINDERS:
        return None
    assert stage.opened_at  # open stages have both dates (constraint)
    assert stage.due_at
    return clock.next_reminder(since or stage.opened_at, stage.due_at, after=now)


def _escalate(stage: Stage, *, why: str, now: datetime) -> None:
    stage.escalated_at, stage.escalate_at = now, None
    stage.save(update_fields=["escalated_at", "escalate_at"])
    record_event(
        stage, "stage.escalated", by=None, at=now, details={**_step_details(stage.step), "why": why}
    )


@transaction.atomic
def recheck(stage_id: int, *, now: datetime) -> bool:
    """Check again whether a stage can be decided after a change of people, and ask new voters."""
    stage = lock_stage(stage_id)
    if not Stage.objects.open().filter(pk=stage.pk, due_at__gt=now).exists():
        return False
    # First, as it may call alternates, who are then among those to ask.
    changed = settle_deadlock(VotingPanel(stage, now))
    if not {person.pk for person in VotingPanel(stage, now).asked} - {
        one.pk for one in asked_already(stage)
    }:
        return changed
    record_event(stage, "stage.joined", by=None, at=now, details=_step_details(stage.step))
    return True


@transaction.atomic
def escalate(stage_id: int, *, now: datetime) -> bool:
    """Call the alternates if that is due; False otherwise."""
    stage = lock_stage(stage_id)
    if not Stage.objects.due_for_escalation(now).filter(pk=stage.pk).exists():
        return False
    _escalate(stage, why="half of the time has passed", now=now)
    settle_deadlock(VotingPanel(stage, now))
    return True


@transaction.atomic
def remind(stage_id: int, *, now: datetime) -> bool:
    """Remind voters who haven't voted, if that is due; False otherwise."""
    stage = lock_stage(stage_id)
    if not Stage.objects.due_for_reminder(now).filter(pk=stage.pk).exists():
        return False
    assert stage.opened_at  # open stages have both dates (constraint)
    assert stage.due_at
    stage.reminders += 1
    stage.remind_at = _next_reminder(stage, now)
    stage.save(update_fields=["reminders", "remind_at"])
    details = {"reminder": stage.reminders, "due_at": stage.due_at.isoformat()}
    record_event(stage, "stage.reminded", by=None, at=now, details=details)
    return True


def recheck_all() -> int:
    """Recheck every open stage; return how many changed."""
    now = timezone.now()
    return act_on_each(Stage.objects.open().ids(), recheck, now)
