"""All forms of a draft, on one page."""

from collections.abc import Mapping
from typing import Any

from django import forms

from lifecycle.text.form_fields import CodeField, ProseField
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.admin.policies import question_forms
from requests_app.admin.policies.forms import DurationField, country_choices, limit_field
from requests_app.admin.policies.step_forms import PolicyStepForm, StepFormSet
from requests_app.refusals import Invalid, Refusal
from requests_app.validation.policy_version import digest


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
        help_text="How soon a requester can try again after a decline."
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

    def __init__(self, text: VersionInput, data: Mapping[str, Any] | None = None) -> None:
        values = {**vars(text), "shown": digest(text)}
        self.form = PolicyTextForm(data, initial=values)
        self.rows = StepFormSet(data, prefix="steps", initial=[vars(step) for step in text.steps])
        self.questions = question_forms.question_formset(text.questions, data)
        self.kept: dict[str, list[Any]] = {}

    def is_valid(self) -> bool:
        """Validate all forms and keep the rows in order, without removed and empty ones."""
        is_valid = all([self.form.is_valid(), self.rows.is_valid(), self.questions.is_valid()])
        self.kept = {
            "steps": list(self.rows.ordered_forms) if is_valid else [],
            "questions": list(self.questions.ordered_forms) if is_valid else [],
        }
        return is_valid

    @property
    def is_bound(self) -> bool:
        return self.form.is_bound

    @property
    def shown(self) -> str:
        return str(self.form.cleaned_data["shown"])

    def text(self) -> VersionInput:
        values = {name: value for name, value in self.form.cleaned_data.items() if name != "shown"}
        questions = [row.question() for row in self.kept["questions"]]
        return VersionInput(
            steps=[self._step(row) for row in self.kept["steps"]], questions=questions, **values
        )

    def _step(self, row: PolicyStepForm) -> StepInput:
        return StepInput(**{name: row.cleaned_data[name] for name in PolicyStepForm.base_fields})

    def refuse(self, refusal: Refusal) -> None:
        """Show each sentence at its field; `steps.2.window` is the second of the kept rows."""
        if not isinstance(refusal, Invalid):
            self.form.add_error(None, refusal.sentence)
            return
        for where, sentence in refusal.errors.items():
            steps, _, rest = where.partition(".")
            position, _, name = rest.partition(".")
            if name:
                self.kept[steps][int(position) - 1].add_error(name, sentence)
            else:
                self.form.add_error(steps if steps in self.form.fields else None, sentence)
