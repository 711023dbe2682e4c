"""The questions of a policy version and their answers, without rows."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.text.normalization import one_line

TRACK = "track"  # a question may depend on it as on another question


class QuestionKind(models.TextChoices):
    """The type of an answer."""

    TEXT = "text", _("Text")
    CHOICE = "choice", _("Single choice")
    NUMBER = "number", _("Whole number")
    DATE = "date", _("Date")
    SWITCH = "yes_no", _("Yes or no")


@dataclass(frozen=True)
class Question:
    """One question. `only_if` is the key of an earlier one, or `track`; `only_is` its answer.

    An answer is a string, a whole number or a boolean; a date is written as in ISO 8601.
    """

    key: str
    label: str
    kind: str = QuestionKind.TEXT
    hint: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    words: int = 0  # the word limit of a text; 0 is the usual one
    only_if: str = ""
    only_is: str = ""

    def as_stored(self) -> dict[str, Any]:
        """Return the fields that differ from their defaults."""
        values = {**asdict(self), "choices": list(self.choices), "kind": str(self.kind)}
        return {name: value for name, value in values.items() if value not in ("", 0, False, [])}


def from_stored(rows: Iterable[Mapping[str, Any]]) -> list[Question]:
    return [Question(**{**row, "choices": tuple(row.get("choices", ()))}) for row in rows]


def applicable_questions(
    questions: Iterable[Question], track: str, answers: Mapping[str, Any]
) -> list[Question]:
    """Return the questions whose condition holds, in order."""
    found: list[Question] = []
    known: dict[str, Any] = {TRACK: track}
    for question in questions:
        if question.only_if and not _is(known.get(question.only_if), question.only_is):
            continue
        found.append(question)
        known[question.key] = answers.get(question.key)
    return found


def _is(answer: Any, wanted: str) -> bool:
    """Compare normalized, since the oldest published versions have texts in other forms."""
    return one_line(answer_text(answer)) == one_line(wanted)


def answer_text(answer: Any) -> str:
    """Return the answer as conditions and lists of differences write it."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return "" if answer is None else str(answer)


def is_day(answer: Any) -> bool:
    try:
        return isinstance(answer, str) and date.fromisoformat(answer).isoformat() == answer
    except ValueError:
        return False
