"""Forms for a draft's steps, one row each; an untouched row is no step."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import Group

from lifecycle.text.form_fields import LineField
from lifecycle.text.numbers import WholeField, read_whole
from requests_app.admin.policies.forms import DurationField
from requests_app.models import Condition, RequestPart
from requests_app.models.review.policy import all_parts
from requests_app.rules import conditions
from requests_app.validation.policy_version import MAX_NAME_LENGTH, MAX_STEPS, MAX_VOTES

EMPTY_ROWS = 2


class PolicyStepForm(forms.Form):
    """One step; an untouched row is no step."""

    name = LineField(max_length=MAX_NAME_LENGTH)
    reviewers = forms.ModelChoiceField(Group.objects.order_by("name"))
    quorum = WholeField(label="Approvals required", initial=1, min_value=1, max_value=MAX_VOTES)
    denials_to_fail = WholeField(
        label="Declines to end the request", initial=1, min_value=1, max_value=MAX_VOTES
    )
    window = DurationField(initial=timedelta(days=7), help_text="7 days or 36 hours.")
    alternates = forms.ModelChoiceField(
        Group.objects.order_by("name"),
        required=False,
        empty_label="Nobody",
        help_text="Called half-way, or when there aren't enough reviewers.",
    )
    blind = forms.BooleanField(required=False, label="Hide votes until the step is decided")
    allow_repeat_voters = forms.BooleanField(
        required=False, label="Reviewers who voted in other steps can vote here"
    )
    condition = forms.ChoiceField(
        choices=Condition.choices, initial=Condition.ALWAYS, label="Required"
    )
    condition_value = LineField(
        required=False, max_length=30, label="Value", help_text="Days, USD, operation or track."
    )
    rereview_on = forms.MultipleChoiceField(
        label="Repeat after changes to",
        choices=RequestPart.choices,
        initial=all_parts,
        widget=forms.CheckboxSelectMultiple,
        help_text="If one of these changes in a revision, the step is decided again.",
    )

    def clean(self) -> dict[str, Any]:
        """Store a number as plain digits, however its thousands were separated."""
        values: dict[str, Any] = self.cleaned_data
        if values.get("condition") in conditions.NUMBERS and (
            value := values.get("condition_value")
        ):
            try:
                values["condition_value"] = str(read_whole(value))
            except forms.ValidationError as error:
                self.add_error("condition_value", error)
            except ValueError:
                pass  # the action refuses it with its own sentence
        return values


class BaseStepFormSet(forms.BaseFormSet[PolicyStepForm]):
    """The steps of a version, ordered by their numbers, and some empty rows."""

    def add_fields(self, form: PolicyStepForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = "Position"
        form.fields["DELETE"].label = "Remove this step"


StepFormSet = forms.formset_factory(
    PolicyStepForm,
    formset=BaseStepFormSet,
    extra=EMPTY_ROWS,
    can_order=True,
    can_delete=True,
    max_num=MAX_STEPS,
    absolute_max=MAX_STEPS + EMPTY_ROWS,
)
