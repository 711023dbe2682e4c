"""Validate the questions of a policy version."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from lifecycle.text.normalization import one_line, tidied
from lifecycle.text.validation import line_problem
from requests_app.models import Track
from requests_app.models.review.question import TRACK, Question, QuestionKind, is_day

MAX_QUESTIONS = 30
MAX_CHOICES = 30
MAX_ANSWER_WORDS = 1_000
MAX_LABEL_LENGTH = 200
MAX_HINT_LENGTH = 1_000
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")

QuestionFinding = tuple[str, str]


def cleaned(question: Question) -> Question:
    """Return the question normalized, with `only_is` in the same form as the answers."""
    return replace(
        question,
        key=question.key.strip(),
        label=one_line(question.label),
        hint=tidied(question.hint),
        choices=tuple(one_line(choice) for choice in question.choices),
        only_if=question.only_if.strip(),
        only_is=one_line(question.only_is),
    )


def problems(questions: Sequence[Question]) -> Iterator[QuestionFinding]:
    """Yield each problem with its place, like `questions.2.key`."""
    if len(questions) > MAX_QUESTIONS:
        sentences = _("A policy can have at most %(most)d questions.") % {"most": MAX_QUESTIONS}
        yield "questions", sentences
    before: dict[str, Question] = {}
    for position, question in enumerate(questions, start=1):
        for where, sentence in (*_label_problems(question), *_kind_problems(question)):
            yield f"questions.{position}.{where}", sentence
        if question.key in before:
            yield f"questions.{position}.key", _("Another question already uses this key.")
        for where, sentence in _condition_problems(question, before):
            yield f"questions.{position}.{where}", sentence
        before[question.key] = question


def _label_problems(question: Question) -> Iterator[QuestionFinding]:
    if not KEY.fullmatch(question.key) or question.key == TRACK:
        yield (
            "key",
            _("Use only lowercase letters, digits and _ in a key. “track” is reserved."),
        )
    label = question.label
    if sentence := line_problem(label):
        yield "label", sentence
    elif not 0 < len(label) <= MAX_LABEL_LENGTH:
        sentences = _("Write the question on one line of at most %(most)d characters.")
        yield "label", sentences % {"most": MAX_LABEL_LENGTH}
    if len(question.hint) > MAX_HINT_LENGTH or "\x00" in question.hint:
        yield "hint", _("Keep the hint to %(most)d characters.") % {"most": MAX_HINT_LENGTH}


def _kind_problems(question: Question) -> Iterator[QuestionFinding]:
    if question.kind not in QuestionKind.values:
        kinds = ", ".join(QuestionKind.values)
        yield "kind", _("The type must be one of: %(kinds)s.") % {"kinds": kinds}
    if question.kind == QuestionKind.CHOICE:
        yield from _choices_problems(question.choices)
    elif question.choices:
        yield "choices", _("Only a “choice” question can have choices.")
    if (
        not 0 <= question.words <= MAX_ANSWER_WORDS
        or question.words
        and question.kind != QuestionKind.TEXT
    ):
        sentences = _(
            "Only text questions have a word limit: 1 to %(most)d, or blank for the default."
        )
        yield "words", sentences % {"most": MAX_ANSWER_WORDS}


def _choices_problems(choices: Sequence[str]) -> Iterator[QuestionFinding]:
    if sentence := next(filter(None, map(line_problem, choices)), None):
        yield "choices", sentence
    elif not all(choices) or not 2 <= len(set(choices)) == len(choices) <= MAX_CHOICES:
        sentences = _("Enter 2 to %(most)d different choices, one per line.")
        yield "choices", sentences % {"most": MAX_CHOICES}
    elif max(map(len, choices)) > MAX_LABEL_LENGTH:
        yield "choices", _("Keep each choice to %(most)d characters.") % {"most": MAX_LABEL_LENGTH}


def _condition_problems(
    question: Question, before: dict[str, Question]
) -> Iterator[QuestionFinding]:
    if not question.only_if:
        if question.only_is:
            yield "only_if", _("Choose which question this answer belongs to.")
        return
    if question.only_if != TRACK and question.only_if not in before:
        yield "only_if", _("It can depend on “track” or on the key of an earlier question.")
        return
    possible = _possible(before.get(question.only_if))
    if possible is not None and question.only_is not in possible:
        sentences = _("The answer it depends on must be one of: %(values)s.")
        yield "only_is", sentences % {"values": ", ".join(possible)}
    elif possible is None and not _could_be(before[question.only_if], question.only_is):
        yield "only_is", _("The question it depends on can't be answered this way.")


def _possible(question: Question | None) -> Sequence[str] | None:
    """Return all possible answers, or None if there are too many."""
    if question is None:
        return list(Track.values)
    if question.kind == QuestionKind.CHOICE:
        return question.choices
    return ("yes", "no") if question.kind == QuestionKind.SWITCH else None


def _could_be(question: Question, answer: str) -> bool:
    if question.kind == QuestionKind.NUMBER:
        return re.fullmatch(r"0|-?[1-9][0-9]{0,11}", answer) is not None
    if question.kind == QuestionKind.DATE:
        return is_day(answer)
    return bool(answer.strip())
