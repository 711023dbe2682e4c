"""Answers to a policy's questions: what fits, what is missing, and what isn't asked any more."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from lifecycle.text.normalization import UNSTORABLE, is_readable, one_line
from requests_app.models import PolicyVersion
from requests_app.models.review.question import Kind, Question, asked, from_stored, is_day
from requests_app.refusals import Invalid
from requests_app.validation.policy_questions import cleaned
from requests_app.validation.request_input import Ask
from requests_app.validation.text_limits import LONGEST_TEXT, has_key, too_many, too_many_characters

USUAL_WORDS = 200
HIGHEST_NUMBER = 10**12


def questions_of(version: PolicyVersion) -> list[Question]:
    """As they are kept; those published before that was so are cleaned, or nobody could answer."""
    return [cleaned(question) for question in from_stored(version.questions)]


def asked_of(ask: Ask, version: PolicyVersion) -> list[Question]:
    """The questions whose condition holds."""
    return asked(questions_of(version), ask.track, ask.answers)


def kept(ask: Ask, version: PolicyVersion) -> dict[str, Any]:
    """Only answers to what is asked, and only those that say something."""
    keys = [question.key for question in asked_of(ask, version)]
    return {key: ask.answers[key] for key in keys if ask.answers.get(key) not in (None, "")}


def check(ask: Ask, version: PolicyVersion, *, before: Mapping[str, Any]) -> None:
    """`before` are stored answers, which an earlier version may have asked for. Raises Invalid."""
    known = {question.key for question in questions_of(version)}
    errors = {
        f"answers.{key}": _("This policy has no question of this name.")
        for key in sorted(set(ask.answers) - known - set(before))
    }
    if errors := errors | dict(_wrong(ask, version)):
        raise Invalid(errors)


def _wrong(ask: Ask, version: PolicyVersion) -> Iterator[tuple[str, str]]:
    for question in asked_of(ask, version):
        answer = ask.answers.get(question.key)
        if answer not in (None, "") and (sentence := _misfit(question, answer)):
            yield f"answers.{question.key}", sentence


def _misfit(question: Question, answer: Any) -> str | None:
    """Why this can't be an answer to it."""
    if question.kind == Kind.TEXT:
        return _too_long(question, answer)
    if question.kind == Kind.CHOICE and one_line(str(answer)) not in question.choices:
        return _("Choose one of: %(values)s.") % {"values": ", ".join(question.choices)}
    if question.kind == Kind.NUMBER and not _is_number(answer):
        return _("Write a whole number in digits, like 250.")
    if question.kind == Kind.DATE and not is_day(answer):
        return _("Write the day as year, month, day, like 2026-11-22.")
    if question.kind == Kind.SWITCH and not isinstance(answer, bool):
        return _("Say yes or no.")
    return None


def _too_long(question: Question, answer: Any) -> str | None:
    if not isinstance(answer, str) or UNSTORABLE.search(answer):
        return _("Write a text.")
    most = question.words or USUAL_WORDS
    return has_key(answer) or too_many_characters(answer, LONGEST_TEXT) or too_many(answer, most)


def _is_number(answer: Any) -> bool:
    return type(answer) is int and abs(answer) <= HIGHEST_NUMBER


def missing(ask: Ask, version: PolicyVersion) -> Iterator[tuple[str, str]]:
    given = kept(ask, version)
    for question in asked_of(ask, version):
        answer = given.get(question.key)
        said = is_readable(answer) if question.kind == Kind.TEXT and answer else answer is not None
        if question.required and not said:
            told = _("Answer this question of the policy: %(label)s") % {"label": question.label}
            yield f"answers.{question.key}", told
