"""The page with a policy's own questions: one field for each that is asked."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from lifecycle.text.form_fields import CodeField
from lifecycle.text.numbers import WholeField
from requests_app.models import PolicyVersion
from requests_app.models.review.question import Kind, Question
from requests_app.validation.answers import USUAL_WORDS, asked_of
from requests_app.validation.request_input import Ask
from requests_app.web.fields import DayField, Prose, Refusable


class YesNo(forms.TypedChoiceField):
    """Yes, no, or nothing yet."""

    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        choices = [("yes", _("Yes")), ("no", _("No"))]
        super().__init__(
            choices=choices, coerce=lambda said: said == "yes", empty_value=None, **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        return ("no", "yes")[value] if isinstance(value, bool) else value


def _text(question: Question, **said: Any) -> forms.Field:
    del said["required"]
    return Prose(rows=5, most=question.words or USUAL_WORDS, **said)


def _choice(question: Question, **said: Any) -> forms.Field:
    """What isn't one of them passes here, so that the action can say so."""
    choices = [(choice, choice) for choice in question.choices]
    return CodeField(widget=forms.RadioSelect(choices=choices), **said)


def _number(question: Question, **said: Any) -> forms.Field:
    return WholeField(**said)


FIELDS: Mapping[str, Callable[..., forms.Field]] = {
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.NUMBER: _number,
    Kind.DATE: lambda question, **said: DayField(missing="", **said),
    Kind.SWITCH: lambda question, **said: YesNo(**said),
}


class QuestionsForm(Refusable):
    """A draft may leave every question open; those that aren't asked now keep no answer."""

    def __init__(
        self, typed: Mapping[str, Any] | None = None, *, ask: Ask, version: PolicyVersion
    ) -> None:
        self.asked = asked_of(ask, version)
        initial = {f"answers.{key}": answer for key, answer in ask.answers.items()}
        super().__init__(typed, initial=initial)
        for question in self.asked:
            label = question.label if question.required else f"{question.label} ({_('optional')})"
            said = {"label": label, "help_text": escape(question.hint), "required": False}
            self.fields[f"answers.{question.key}"] = FIELDS[question.kind](question, **said)

    def said(self) -> dict[str, Any]:
        given = {
            question.key: self.cleaned_data[f"answers.{question.key}"] for question in self.asked
        }
        return {"answers": {key: _stored(answer) for key, answer in given.items()}}


def _stored(answer: Any) -> Any:
    return answer.isoformat() if isinstance(answer, date) else answer
