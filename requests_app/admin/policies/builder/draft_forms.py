"""All forms of a draft, on one page."""

from typing import cast

from django import forms
from django.http import QueryDict

from lifecycle.text.form_fields import CodeField, ProseField
from requests_app.actions import policies
from requests_app.actions.policies import VersionInput
from requests_app.admin.policies.builder.question_forms import QuestionForm, question_formset
from requests_app.admin.policies.builder.rows import BUTTON, RowFormSet, forget_missing
from requests_app.admin.policies.builder.step_forms import PolicyStepForm, step_formset
from requests_app.admin.policies.forms import DurationField, country_choices, limit_field
from requests_app.refusals import Invalid, Refusal
from requests_app.validation.policy_version import cleaned, digest, problems


class PolicyTextForm(forms.Form):
    """A version apart from its steps; `shown` is the digest of the text it started from."""

    shown = CodeField(required=False, max_length=64, widget=forms.HiddenInput)
    terms = ProseField(
        required=False,
        widget=forms.Textarea({"rows": 10}),
        help_text="What researchers agree to.",
    )
    max_duration = DurationField(label="Longest grant", help_text="A number and a unit: 180 days.")
    wait_after_denial = DurationField(
        label="Wait after a decline",
        help_text="How soon a requester can try again after a decline.",
    )
    country = forms.ChoiceField(
        required=False,
        label="Count deadlines in working days of",
        choices=country_choices,
    )
    institution_conflict = forms.BooleanField(
        required=False, label="Reviewers from the requester's institution can't decide"
    )
    requests_per_minute = limit_field("requests_per_minute", "Requests per minute")
    requests_per_day = limit_field("requests_per_day", "Requests per day (UTC)")
    tokens_per_day = limit_field("tokens_per_day", "Tokens per day (UTC)")
    spend_cap = limit_field("spend_cap", "USD in total")


class PolicyDraftForms:
    """A draft on one page: its text, and a row for each step and question."""

    def __init__(self, text: VersionInput, data: QueryDict | None = None) -> None:
        self.stored = text
        values = {**vars(text), "shown": digest(text)}
        self.form = PolicyTextForm(data, initial=values)
        self.rows = step_formset(text.steps, data)
        self.questions = question_formset(text.questions, data)
        self.button = data.get(BUTTON, "") if data is not None else ""

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.rows.is_valid(), self.questions.is_valid()])

    def check(self) -> bool:
        """Validate as saving would; and what is valid already, while other parts aren't."""
        self.is_valid()
        try:
            policies.refuse(problems(cleaned(self.readable())))
        except Invalid as refusal:
            self.refuse(refusal)
        return self.is_valid()

    def forget_missing(self) -> None:
        """Leave only what is wrong with what was typed: the rest will be filled in."""
        forget_missing(self.form)
        self.rows.forget_missing()
        self.questions.forget_missing()

    @property
    def is_bound(self) -> bool:
        return self.form.is_bound

    @property
    def shown(self) -> str:
        """Return the digest; one that matches nothing if the form has none."""
        return self.form.cleaned_data["shown"] or "-"

    def readable(self) -> VersionInput:
        """Return the valid parts of the draft, or what is stored if nothing was typed."""
        if not self.is_bound:
            return self.stored
        values = {name: value for name, value in self.form.cleaned_data.items() if name != "shown"}
        steps = [cast(PolicyStepForm, row).step() for row in valid(self.rows)]
        questions = [cast(QuestionForm, row).question() for row in valid(self.questions)]
        return VersionInput(**{"terms": "", **values, "steps": steps, "questions": questions})

    def refuse(self, refusal: Refusal) -> None:
        """Show each sentence at its field; `steps.2.window` is the second valid row's."""
        if not isinstance(refusal, Invalid):
            self.form.add_error(None, refusal.sentence)
            return
        rows = {"steps": valid(self.rows), "questions": valid(self.questions)}
        for where, sentence in refusal.errors.items():
            which, _, rest = where.partition(".")
            position, _, name = rest.partition(".")
            if name:
                rows[which][int(position) - 1].add_error(name, sentence)
            else:
                self.form.add_error(which if which in self.form.fields else None, sentence)


def valid(rows: RowFormSet) -> list[forms.Form]:
    return [row for row in rows if row.is_valid()]
