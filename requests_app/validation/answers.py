"""Validate answers to a policy's questions, and drop those that no longer apply."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from lifecycle.text.normalization import UNSTORABLE, is_readable, one_line
from requests_app.models import PolicyVersion
from requests_app.models.review.question import (
    Question,
    QuestionKind,
    applicable_questions,
    from_stored,
    is_day,
)
from requests_app.refusals import Invalid
from requests_app.validation.policy_questions import cleaned
from requests_app.validation.request_input import RequestInput
from requests_app.validation.text_limits import (
    MAX_TEXT_LENGTH,
    has_key,
    length_limit_problem,
    word_limit_problem,
)

DEFAULT_MAX_WORDS = 200
MAX_NUMBER = 10**12


def questions_of(version: PolicyVersion) -> list[Question]:
    """Return the stored questions, normalized as the oldest published ones weren't."""
    return [cleaned(question) for question in from_stored(version.questions)]


def applicable_questions_of(request_input: RequestInput, version: PolicyVersion) -> list[Question]:
    """Return the questions whose condition holds."""
    return applicable_questions(questions_of(version), request_input.track, request_input.answers)


def applicable_answers(request_input: RequestInput, version: PolicyVersion) -> dict[str, Any]:
    """Return the non-empty answers to applicable questions."""
    keys = [question.key for question in applicable_questions_of(request_input, version)]
    return {
        key: request_input.answers[key]
        for key in keys
        if request_input.answers.get(key) not in (None, "")
    }


def check(
    request_input: RequestInput, version: PolicyVersion, *, before: Mapping[str, Any]
) -> None:
    """Raise Invalid for wrong answers; `before` are stored ones, valid under an earlier version."""
    known = {question.key for question in questions_of(version)}
    errors = {
        f"answers.{key}": _("This policy has no question with this name.")
        for key in sorted(set(request_input.answers) - known - set(before))
    }
    if errors := errors | dict(_problems(request_input, version)):
        raise Invalid(errors)


def _problems(request_input: RequestInput, version: PolicyVersion) -> Iterator[tuple[str, str]]:
    for question in applicable_questions_of(request_input, version):
        answer = request_input.answers.get(question.key)
        if answer not in (None, "") and (sentence := _type_problem(question, answer)):
            yield f"answers.{question.key}", sentence


def _type_problem(question: Question, answer: Any) -> str | None:
    """Return why this can't be an answer to the question."""
    if question.kind == QuestionKind.TEXT:
        return _too_long(question, answer)
    if question.kind == QuestionKind.CHOICE and one_line(str(answer)) not in question.choices:
        return _("Choose one of: %(values)s.") % {"values": ", ".join(question.choices)}
    if question.kind == QuestionKind.NUMBER and not _is_number(answer):
        return _("Enter a whole number in digits, like 250.")
    if question.kind == QuestionKind.DATE and not is_day(answer):
        return _("Enter the date as year, month, day, like 2026-11-22.")
    if question.kind == QuestionKind.SWITCH and not isinstance(answer, bool):
        return _("Answer yes or no.")
    return None


def _too_long(question: Question, answer: Any) -> str | None:
    if not isinstance(answer, str) or UNSTORABLE.search(answer):
        return _("Enter text.")
    most = question.words or DEFAULT_MAX_WORDS
    return (
        has_key(answer)
        or length_limit_problem(answer, MAX_TEXT_LENGTH)
        or word_limit_problem(answer, most)
    )


def _is_number(answer: Any) -> bool:
    return type(answer) is int and abs(answer) <= MAX_NUMBER


def missing(request_input: RequestInput, version: PolicyVersion) -> Iterator[tuple[str, str]]:
    given = applicable_answers(request_input, version)
    for question in applicable_questions_of(request_input, version):
        answer = given.get(question.key)
        is_answered = (
            is_readable(answer)
            if question.kind == QuestionKind.TEXT and answer
            else answer is not None
        )
        if question.required and not is_answered:
            sentence = _("Answer this question: %(label)s") % {"label": question.label}
            yield f"answers.{question.key}", sentence
