"""Differences between two policy versions, field by field."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from lifecycle.text.durations import format_duration
from requests_app.models.review.policy_input import StepInput, VersionInput
from requests_app.wording import limits
from requests_app.wording import questions as question_wording
from requests_app.wording.policies import (
    condition,
    headline,
    part_labels,
)


class PolicyDifference(NamedTuple):
    """One field that differs; `where` is a step's name, or empty."""

    where: str
    what: str
    before: str
    after: str


FIELDS = {
    "max_duration": "longest grant",
    "wait_after_denial": "wait after a decline",
    "country": "working days of",
    "institution_conflict": "colleagues can't decide",
    "terms": "terms",
}


STEP_FIELDS = {
    "reviewers": "reviewers",
    "quorum": "approvals",
    "denials_to_fail": "declines",
    "window": "window",
    "alternates": "alternates",
    "blind": "votes hidden",
    "allow_repeat_voters": "reviewers of other steps can vote",
    "rereview_on": "repeated after changes to",
}


def differences(before: VersionInput, after: VersionInput) -> Iterator[PolicyDifference]:
    """Yield the differences; steps correspond if they have the same name."""
    for name, label in FIELDS.items():
        yield from _difference("", label, getattr(before, name), getattr(after, name))
    for name, one, other in limits.differences(before.limits(), after.limits()):
        yield PolicyDifference("", f"limit: {limits.LABELS[name]}", one, other)
    for key, one, other in question_wording.differences(before.questions, after.questions):
        yield PolicyDifference("", f"question {key}", one or "none", other or "none")
    old = {step.name: (place, step) for place, step in enumerate(before.steps, start=1)}
    new = {step.name: (place, step) for place, step in enumerate(after.steps, start=1)}
    for name in [*new, *(name for name in old if name not in new)]:
        if name not in old:
            yield PolicyDifference(name, "step", "", headline(new[name][1], after.country))
        elif name not in new:
            yield PolicyDifference(name, "step", headline(old[name][1], before.country), "")
        else:
            yield from _between(*old[name], *new[name])


def _between(
    place: int, step: StepInput, new_place: int, new_step: StepInput
) -> Iterator[PolicyDifference]:
    yield from _difference(step.name, "position", place, new_place)
    for name, label in STEP_FIELDS.items():
        yield from _difference(step.name, label, getattr(step, name), getattr(new_step, name))
    yield from _difference(step.name, "needed only", condition(step), condition(new_step))


def _difference(where: str, what: str, before: Any, after: Any) -> Iterator[PolicyDifference]:
    if before != after:
        yield PolicyDifference(where, what, _value(before), _value(after))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, list):
        return part_labels(value)
    return str(value) if value else "none"
