"""Forms for a draft's steps, one row each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import QueryDict

from lifecycle.text.form_fields import LineField
from lifecycle.text.numbers import WholeField
from requests_app.actions.policies import StepInput
from requests_app.admin.policies.builder.rows import RowFormSet, row_formset
from requests_app.admin.policies.forms import DurationField
from requests_app.models import Condition, RequestPart
from requests_app.models.review.policy import all_parts
from requests_app.rules import conditions
from requests_app.validation.policy_version import MAX_NAME_LENGTH, MAX_STEPS, MAX_VOTES
from requests_app.wording.policies import UNITS, value_label

VALUED = (*conditions.NUMBERS, *conditions.OPTIONS)
FOLDED = ("denials_to_fail", "blind", "allow_repeat_voters", "rereview_on")
Groups = Mapping[str, Group]  # by the value of their option


def every_group() -> Groups:
    return {str(group.pk): group for group in Group.objects.order_by("name")}


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


def value_name(condition: str) -> str:
    return f"{condition}_value"


def value_fields() -> Iterator[tuple[str, forms.Field]]:
    for condition in conditions.NUMBERS:
        yield condition, WholeField(required=False, label=UNITS[condition])
    for named, options in conditions.OPTIONS.items():
        choices = [("", "…"), *((value, value_label(value)) for value in options)]
        label = Condition(named).name.capitalize()
        yield named, forms.ChoiceField(required=False, label=label, choices=choices)


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
        choices=Condition.choices, initial=Condition.ALWAYS, label="This step runs"
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
        self.fields |= {value_name(each): field for each, field in value_fields()}

    def clean(self) -> dict[str, Any]:
        """Take the value that the chosen condition needs, whatever is typed for others."""
        values: dict[str, Any] = self.cleaned_data
        chosen = values.get("condition", "")
        for condition in VALUED:
            if condition != chosen:
                self.errors.pop(value_name(condition), None)
        value = values.get(value_name(chosen))
        values["condition_value"] = "" if value is None else str(value)
        problem = conditions.problem(chosen, values["condition_value"])
        if chosen in VALUED and problem and value_name(chosen) not in self.errors:
            code = "required" if value in (None, "") else "invalid"
            self.add_error("condition_value", ValidationError(f"This {problem}.", code=code))
        return values

    def add_error(self, field: str | None, error: Any) -> None:
        """Show an error of the value where the sentence has it."""
        if field == "condition_value":
            field = value_name(str(self["condition"].value()))
        super().add_error(field if field in self.fields else None, error)

    @property
    def values(self) -> list[tuple[Any, str]]:
        """Return for each condition the field of its value, if it needs one, and the unit."""
        return [
            (self[value_name(each)] if each in VALUED else None, UNITS.get(each, ""))
            for each in Condition
        ]

    @property
    def unfolded(self) -> bool:
        """Return whether a field that the page folds away has an error."""
        return any(name in self.errors for name in FOLDED)

    def step(self) -> StepInput:
        return StepInput(**{each.name: self.cleaned_data[each.name] for each in fields(StepInput)})


StepFormSet = row_formset(PolicyStepForm, MAX_STEPS)


def step_formset(steps: Sequence[StepInput], data: QueryDict | None) -> RowFormSet:
    return StepFormSet(
        data,
        prefix="steps",
        initial=[
            {**vars(step), value_name(step.condition): step.condition_value} for step in steps
        ],
        form_kwargs={"groups": every_group()},
    )
