"""Forms for a draft's steps, one row each."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib.auth.models import Group
from django.http import QueryDict

from lifecycle.text.form_fields import LineField
from lifecycle.text.numbers import WholeField, read_whole
from requests_app.actions.policies import StepInput
from requests_app.admin.policies.forms import DurationField
from requests_app.admin.policies.rows import RowFormSet
from requests_app.models import Condition, RequestPart
from requests_app.models.review.policy import all_parts
from requests_app.rules import conditions
from requests_app.validation.policy_version import MAX_NAME_LENGTH, MAX_STEPS, MAX_VOTES

FOLDED = ("denials_to_fail", "blind", "allow_repeat_voters", "rereview_on")
Groups = Mapping[str, Group]  # by the value of their option


class GroupField(forms.TypedChoiceField):
    """One of the groups, which all rows read once."""

    def __init__(self, *, empty_label: str = "---------", **how: Any) -> None:
        super().__init__(empty_value=None, **how)
        self.empty_label = empty_label

    def offer(self, groups: Groups) -> None:
        named = [(value, group.name) for value, group in groups.items()]
        self.choices = [("", self.empty_label), *named]
        self.coerce = lambda value: groups[value]

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, Group) else value


class PolicyStepForm(forms.Form):
    """One step."""

    name = LineField(max_length=MAX_NAME_LENGTH)
    reviewers = GroupField()
    quorum = WholeField(label="Approvals required", initial=1, min_value=1, max_value=MAX_VOTES)
    denials_to_fail = WholeField(
        label="Declines to end the request", initial=1, min_value=1, max_value=MAX_VOTES
    )
    window = DurationField(initial=timedelta(days=7), help_text="7 days or 36 hours.")
    alternates = GroupField(
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

    def __init__(self, *args: Any, groups: Groups, **how: Any) -> None:
        super().__init__(*args, **how)
        for name in ("reviewers", "alternates"):
            cast(GroupField, self.fields[name]).offer(groups)

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

    @property
    def unfolded(self) -> bool:
        """Return whether a field that the page folds away has an error."""
        return any(name in self.errors for name in FOLDED)

    def step(self) -> StepInput:
        return StepInput(**{name: self.cleaned_data[name] for name in PolicyStepForm.base_fields})


StepFormSet = forms.formset_factory(
    PolicyStepForm,
    formset=RowFormSet,
    extra=0,
    can_order=True,
    max_num=MAX_STEPS,
    absolute_max=MAX_STEPS + 1,
)


def step_formset(steps: Sequence[StepInput], data: QueryDict | None) -> RowFormSet:
    groups = {str(group.pk): group for group in Group.objects.order_by("name")}
    made = StepFormSet(
        data,
        prefix="steps",
        initial=[vars(step) for step in steps],
        form_kwargs={"groups": groups},
    )
    assert isinstance(made, RowFormSet)
    return made
