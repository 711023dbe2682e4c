"""A policy's questions in words, and differences between versions."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from requests_app.models import Track
from requests_app.models.review.question import TRACK, Question, QuestionKind, is_day


def question_summary(question: Question, among: Sequence[Question] = ()) -> str:
    """Return a question with its rules; the question it depends on is named by its label."""
    phrases = [
        str(QuestionKind(question.kind).label)
        if question.kind in QuestionKind.values
        else question.kind
    ]
    if question.choices:
        phrases.append(", ".join(question.choices))
    if question.words:
        phrases.append(_("at most %(words)d words") % {"words": question.words})
    phrases.append(_("required") if question.required else _("optional"))
    if question.only_if:
        phrases.append(condition(question, among))
    return f"{question.label} ({'; '.join(phrases)})"


def condition(question: Question, among: Sequence[Question] = ()) -> str:
    """Return when the question is asked, if not always."""
    if question.only_if == TRACK:
        track = dict(Track.choices).get(question.only_is, question.only_is)
        return _("only for “%(track)s”") % {"track": track}
    names = {each.key: each.label for each in among}
    name = names.get(question.only_if, question.only_if)
    return _("only if “%(key)s” is “%(answer)s”") % {"key": name, "answer": question.only_is}


def differences(
    before: Sequence[Question], after: Sequence[Question]
) -> Iterator[tuple[str, str, str]]:
    """Yield key, before and after; questions correspond if they have the same key."""
    old, new = ({question.key: question for question in each} for each in (before, after))
    for key in [*new, *(key for key in old if key not in new)]:
        one, other = (_whole(each.get(key)) for each in (old, new))
        if one != other:
            yield key, one, other
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield _("order"), ", ".join(old), ", ".join(new)


def _whole(question: Question | None) -> str:
    if question is None:
        return ""
    return f"{question_summary(question)} {question.hint}".strip()


def shown(question: Question, answer: Any) -> str:
    """Return an answer for display; empty if there is none."""
    if isinstance(answer, bool):
        return _("Yes") if answer else _("No")
    if question.kind == QuestionKind.DATE and is_day(answer):
        return date_format(date.fromisoformat(answer))
    if isinstance(answer, int):
        return number_format(answer, force_grouping=True)
    return answer or ""
