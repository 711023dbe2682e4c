"""The page with a policy's own questions, a field for each applicable one."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from lifecycle.text.form_fields import CodeField
from lifecycle.text.numbers import WholeField
from requests_app.models import PolicyVersion
from requests_app.models.review.question import Question, QuestionKind
from requests_app.validation.answers import DEFAULT_MAX_WORDS, applicable_questions_of
from requests_app.validation.request_input import RequestInput
from requests_app.web.fields import IsoDateField, RefusableForm, WordLimitedField


class YesNoField(forms.TypedChoiceField):
    """Yes, no, or no answer yet."""

    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        choices = [("yes", _("Yes")), ("no", _("No"))]
        super().__init__(
            choices=choices, coerce=lambda answer: answer == "yes", empty_value=None, **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        return ("no", "yes")[value] if isinstance(value, bool) else value


def _text(question: Question, **options: Any) -> forms.Field:
    del options["required"]
    return WordLimitedField(rows=5, max_words=question.words or DEFAULT_MAX_WORDS, **options)


def _choice(question: Question, **options: Any) -> forms.Field:
    """A choice; an unknown value is left to the action to refuse."""
    choices = [(choice, choice) for choice in question.choices]
    return CodeField(widget=forms.RadioSelect(choices=choices), **options)


def _number(question: Question, **options: Any) -> forms.Field:
    return WholeField(**options)


FIELDS: Mapping[str, Callable[..., forms.Field]] = {
    QuestionKind.TEXT: _text,
    QuestionKind.CHOICE: _choice,
    QuestionKind.NUMBER: _number,
    QuestionKind.DATE: lambda question, **options: IsoDateField(missing="", **options),
    QuestionKind.SWITCH: lambda question, **options: YesNoField(**options),
}


class QuestionsForm(RefusableForm):
    """The questions; a draft may leave all open, and inapplicable ones keep no answer."""

    def __init__(
        self,
        typed: Mapping[str, Any] | None = None,
        *,
        request_input: RequestInput,
        version: PolicyVersion,
    ) -> None:
        self.asked = applicable_questions_of(request_input, version)
        initial = {f"answers.{key}": answer for key, answer in request_input.answers.items()}
        super().__init__(typed, initial=initial)
        for question in self.asked:
            label = question.label if question.required else f"{question.label} ({_('optional')})"
            options = {"label": label, "help_text": escape(question.hint), "required": False}
            self.fields[f"answers.{question.key}"] = FIELDS[question.kind](question, **options)

    def input_values(self) -> dict[str, Any]:
        given = {
            question.key: self.cleaned_data[f"answers.{question.key}"] for question in self.asked
        }
        return {"answers": {key: _stored(answer) for key, answer in given.items()}}


def _stored(answer: Any) -> Any:
    return answer.isoformat() if isinstance(answer, date) else answer
