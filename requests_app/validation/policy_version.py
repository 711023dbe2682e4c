"""Convert policy versions between rows and input, and validate them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

from lifecycle.text.durations import format_duration
from lifecycle.text.normalization import one_line, tidied
from lifecycle.text.validation import line_problem
from requests_app import clock
from requests_app.models import Condition, PolicyStep, PolicyVersion, RequestPart
from requests_app.models.review.policy_input import StepInput, VersionInput
from requests_app.models.review.question import from_stored
from requests_app.rules import conditions, eligibility, quorum
from requests_app.validation import policy_questions
from requests_app.wording import limits

MAX_NAME_LENGTH = 100
MAX_TERMS_LENGTH = 50_000
MAX_VALUE_LENGTH = 9  # digits of a number in a condition
MAX_WINDOW = timedelta(days=365)
MAX_DURATION = timedelta(days=3650)
MAX_STEPS = 20
MAX_VOTES = 100

VersionFinding = tuple[str, str]  # a place like `steps.2.window`, and a sentence

EMPTY_VERSION = VersionInput("", [], requests_per_minute=60)  # the first draft of a policy


def version_input_of(version: PolicyVersion) -> VersionInput:
    """Return the content of a stored version."""
    rows = version.steps.select_related("reviewers", "alternates")
    names = [column.name for column in fields(StepInput)]
    steps = [StepInput(**{name: getattr(row, name) for name in names}) for row in rows]
    others = [
        column.name for column in fields(VersionInput) if column.name not in ("steps", "questions")
    ]
    values = {name: getattr(version, name) for name in others}
    return VersionInput(steps=steps, questions=tuple(from_stored(version.questions)), **values)


def cleaned(text: VersionInput) -> VersionInput:
    """Return the input normalized, as it is stored."""
    return replace(
        text,
        terms=tidied(text.terms),
        country=text.country.strip(),
        steps=[_cleaned_step(step) for step in text.steps],
        questions=tuple(policy_questions.cleaned(each) for each in text.questions),
    )


def _cleaned_step(step: StepInput) -> StepInput:
    name, value = one_line(step.name), one_line(step.condition_value)
    return replace(step, name=name, condition_value=value)


def version_columns(text: VersionInput) -> dict[str, Any]:
    """Return the columns of a version without its steps."""
    values = {name: value for name, value in vars(text).items() if name != "steps"}
    questions = [question.as_stored() for question in text.questions]
    return {**values, "questions": questions}


def step_columns(step: StepInput) -> dict[str, Any]:
    known = [part for part in RequestPart.values if part in step.rereview_on]
    return {**vars(step), "rereview_on": known or step.rereview_on}


def digest(text: VersionInput) -> str:
    """Return SHA-256 over the whole content, to detect changes since it was shown."""
    values = [version_columns(text), *(step_columns(step) for step in text.steps)]
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


# Checks of the text alone -----------------------------------------------------------------------


def problems(text: VersionInput) -> Iterator[VersionFinding]:
    """Yield what prevents a text from being stored, even as a draft."""
    yield from _text_problems(text)
    yield from policy_questions.problems(text.questions)
    names: set[str] = set()
    for position, step in enumerate(text.steps, start=1):
        for where, sentence in _step_problems(step):
            yield f"steps.{position}.{where}", sentence
        if step.name in names:
            yield f"steps.{position}.name", "Another step already has this name."
        names.add(step.name)


def _text_problems(text: VersionInput) -> Iterator[VersionFinding]:
    if "\x00" in text.terms:
        yield "terms", "The terms contain a character that can't be stored. Remove it."
    if len(text.terms) > MAX_TERMS_LENGTH:
        yield "terms", f"Use at most {MAX_TERMS_LENGTH:,} characters."
    if not timedelta(days=1) <= text.max_duration <= MAX_DURATION:
        yield "max_duration", f"The longest grant must be 1 to {format_duration(MAX_DURATION)}."
    if not timedelta(0) <= text.wait_after_denial <= MAX_DURATION:
        yield "wait_after_denial", f"The wait must be 0 to {format_duration(MAX_DURATION)}."
    if text.country and not (len(text.country) == 2 and clock.is_known_country(text.country)):
        yield "country", f"We don't know the working days of “{text.country}”."
    yield from limits.problems(text.limits())
    if len(text.steps) > MAX_STEPS:
        yield "steps", f"A policy can have at most {MAX_STEPS} steps."


def _step_problems(step: StepInput) -> Iterator[VersionFinding]:
    if not 0 < len(step.name) <= MAX_NAME_LENGTH or line_problem(step.name):
        yield "name", f"A step needs a name: one line of at most {MAX_NAME_LENGTH} characters."
    if not 1 <= step.quorum <= MAX_VOTES:
        yield "quorum", f"A step needs 1 to {MAX_VOTES} approvals to pass."
    if not 1 <= step.denials_to_fail <= MAX_VOTES:
        yield "denials_to_fail", f"A step needs 1 to {MAX_VOTES} declines to fail."
    if not timedelta(0) < step.window <= MAX_WINDOW:
        yield (
            "window",
            f"The window must be more than 0 and at most {format_duration(MAX_WINDOW)}.",
        )
    elif step.alternates and step.window < clock.MIN_WINDOW_WITH_ALTERNATES:
        yield "window", "With alternates, the window must be at least 4 days."
    if step.alternates == step.reviewers:
        yield (
            "alternates",
            "The alternates are the reviewers. Choose another group, or none.",
        )
    if not step.rereview_on or set(step.rereview_on) - set(RequestPart.values):
        yield "rereview_on", f"A step must read some of: {', '.join(RequestPart.values)}."
    yield from _condition_problems(step.condition, step.condition_value)


def _condition_problems(condition: str, value: str) -> Iterator[VersionFinding]:
    if condition not in Condition.values:
        yield "condition", f"The condition must be one of: {', '.join(Condition.values)}."
    elif problem := conditions.problem(condition, value):
        yield "condition_value", f"The condition “{condition}” {problem}."
    elif value.isdecimal() and len(value) > MAX_VALUE_LENGTH:
        yield "condition_value", f"The number can have at most {MAX_VALUE_LENGTH} digits."


# Checks of who can decide -----------------------------------------------------------------------


def undecidable(text: VersionInput) -> Iterator[VersionFinding]:
    """Yield what would prevent decisions under a text, and so its publication."""
    if not text.steps:
        yield "steps", "A policy needs at least one step."
    members = _members(text.steps)
    found = [
        (f"steps.{position}.{where}", sentence)
        for position, step in enumerate(text.steps, start=1)
        for where, sentence in _group_problems(step, members)
    ]
    yield from found or _panel_problems(text.steps)


ABLE_TO_REVIEW = "who can open the review desk"


def _group_problems(step: StepInput, members: Mapping[str, int]) -> Iterator[VersionFinding]:
    people = members.get(step.reviewers.name, 0)
    noun = "person" if people == 1 else "people"
    has = f"but {step.reviewers} has {people} {noun} {ABLE_TO_REVIEW}."
    if not people:
        sentence = f"Nobody in {step.reviewers} can open the review desk, "
        yield "reviewers", f"{sentence}so nobody can decide “{step.name}”."
    elif people < step.quorum:
        yield "quorum", f"“{step.name}” requires {step.quorum} approvals, {has}"
    elif people < step.denials_to_fail:
        yield "denials_to_fail", f"“{step.name}” requires {step.denials_to_fail} declines, {has}"
    if step.alternates and not members.get(step.alternates.name):
        sentence = f"Nobody in {step.alternates} can open the review desk, "
        yield "alternates", f"{sentence}so nobody can be called."


def _members(steps: Sequence[StepInput]) -> Mapping[str, int]:
    """Count members by group name, since an entered group may have no row."""
    groups = [step.reviewers for step in steps] + [s.alternates for s in steps if s.alternates]
    rows = eligibility.active_staff().filter(groups__name__in={group.name for group in groups})
    return Counter(rows.values_list("groups__name", flat=True))


def _panel_problems(steps: Sequence[StepInput]) -> Iterator[VersionFinding]:
    rows = [PolicyStep(pk=place, **vars(step)) for place, step in enumerate(steps, start=1)]
    stuck = quorum.undecidable(rows)
    if stuck is not None:
        sentence = f"“{stuck}” can't reach its quorum, because each reviewer votes once."
        yield f"steps.{stuck.pk}.quorum", sentence


def why_not_in_force(version: PolicyVersion) -> list[VersionFinding]:
    """Yield what prevents a version from being published by anybody."""
    text = version_input_of(version)
    return [*problems(text), *undecidable(text)]
