"""Forms for a draft's questions, one row each."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict

from lifecycle.text.form_fields import CodeField, LineField, ProseField
from lifecycle.text.normalization import one_line
from lifecycle.text.numbers import WholeField
from requests_app.admin.policies.builder.rows import RowFormSet, row_formset
from requests_app.models.review.question import Question, QuestionKind
from requests_app.validation.policy_questions import MAX_LABEL_LENGTH, MAX_QUESTIONS

FOLDED = ("hint", "choices", "words", "only_if", "only_is")


class QuestionForm(forms.Form):
    """One question of a policy."""

    label = LineField(max_length=MAX_LABEL_LENGTH, label="Question")
    key = CodeField(
        max_length=40, label="Key", help_text="A short name: lowercase letters, digits and _."
    )
    kind = forms.ChoiceField(
        choices=QuestionKind.choices, initial=QuestionKind.TEXT, label="Answer type"
    )
    hint = ProseField(required=False, label="Hint", widget=forms.Textarea({"rows": 2}))
    required = forms.BooleanField(required=False, label="Required")
    choices = ProseField(
        required=False,
        label="Choices",
        widget=forms.Textarea({"rows": 3}),
        help_text="One per line.",
    )
    words = WholeField(
        required=False,
        min_value=0,
        label="Word limit",
        help_text="For text answers. The default is 200.",
    )
    only_if = CodeField(
        required=False,
        max_length=40,
        label="Only if",
        help_text="The key of an earlier question, or “track”.",
    )
    only_is = LineField(
        required=False,
        max_length=MAX_LABEL_LENGTH,
        label="Equals",
        help_text="Such as “yes”.",
    )

    @property
    def unfolded(self) -> bool:
        """Return whether a field that the page folds away has something in it, or an error."""
        return any(self[name].value() or name in self.errors for name in FOLDED)

    def question(self) -> Question:
        typed = {name: self.cleaned_data[name] for name in QuestionForm.base_fields}
        lines = tuple(line for line in typed["choices"].split("\n") if one_line(line))
        return Question(**{**typed, "choices": lines, "words": typed["words"] or 0})


QuestionFormSet = row_formset(QuestionForm, MAX_QUESTIONS)


def question_formset(questions: Sequence[Question], data: QueryDict | None) -> RowFormSet:
    initial = [
        {**vars(each), "choices": "\n".join(each.choices), "words": each.words or None}
        for each in questions
    ]
    return QuestionFormSet(data, prefix="questions", initial=initial)
