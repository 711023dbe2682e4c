"""Forms for policies and their versions."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib.auth.models import Group
from django.db.models import Q
from django_countries import countries

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.text.durations import format_duration, parse_duration
from lifecycle.text.form_fields import CodeField, LineField, ProseField
from lifecycle.text.numbers import WholeField, read_whole
from requests_app import clock
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.admin.base import ActionForm
from requests_app.admin.policies import question_forms
from requests_app.models import Condition, Policy, RequestPart
from requests_app.models.review.policy import all_parts
from requests_app.refusals import Invalid, Refusal
from requests_app.rules import conditions
from requests_app.validation.policy import MAX_SLUG_LENGTH
from requests_app.validation.policy_version import MAX_NAME_LENGTH, MAX_STEPS, MAX_VOTES, digest
from requests_app.wording import limits

EMPTY_ROWS = 2
TAKEN = "One of these models is no longer available. Choose from the current list."


class DurationField(forms.Field):
    """A duration as in policy files: 7 days or 36 hours."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> timedelta | None:
        if value in self.empty_values:
            return None
        try:
            return parse_duration(str(value))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def prepare_value(self, value: Any) -> Any:
        return format_duration(value) if isinstance(value, timedelta) else value


def country_choices() -> list[tuple[str, str]]:
    """Return the countries whose working days are known."""
    named = [(code, name) for code, name in countries if clock.is_known_country(code)]
    return [("", "All days"), *named]


def limit_field(name: str, label: str) -> WholeField:
    """Build a field for a usage limit of grants; empty means no limit."""
    sentence = limits.out_of_range(name)
    kinds = ("invalid", "min_value", "max_value")
    return WholeField(
        required=False,
        label=label,
        min_value=1,
        max_value=limits.MAX_LIMITS[name],
        error_messages=dict.fromkeys(kinds, sentence),
    )


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


class PolicyCreateForm(ActionForm):
    """A new policy, owned by one of the person's own groups."""

    name = LineField(max_length=MAX_NAME_LENGTH)
    slug = forms.SlugField(
        label="Short name",
        max_length=MAX_SLUG_LENGTH,
        help_text="Used in files and commands: letters, digits, - and _. Can't be changed later.",
    )
    owners = forms.ModelChoiceField(
        Group.objects.none(), help_text="They write and publish its versions. At least two people."
    )
    ai_models = forms.ModelMultipleChoiceField(
        AIModel.objects.none(),
        label="Models",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": TAKEN},
        help_text="Only models without a policy are listed.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, by: User) -> None:
        super().__init__(data)
        models_field(self).queryset = AIModel.objects.filter(policy_model=None)
        owners = cast(forms.ModelChoiceField[Group], self.fields["owners"])
        owners.queryset = by.groups.order_by("name")

    def create(self, *, by: User) -> Policy:
        cleaned = dict(self.cleaned_data)
        cleaned["ai_models"] = list(cleaned["ai_models"])
        return policies.create(cleaned.pop("slug"), by=by, **cleaned)


class PolicyModelsForm(ActionForm):
    """The models under a policy: its own and those without a policy."""

    ai_models = forms.ModelMultipleChoiceField(
        AIModel.objects.none(),
        label="Models",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": TAKEN},
        help_text="New requests for these models use this policy immediately.",
    )

    def __init__(self, policy: Policy, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"ai_models": policy.ai_models.all()})
        free = Q(policy_model=None) | Q(policy_model__policy=policy)
        models_field(self).queryset = AIModel.objects.filter(free)


def models_field(form: forms.Form) -> "forms.ModelMultipleChoiceField[AIModel]":
    return cast("forms.ModelMultipleChoiceField[AIModel]", form.fields["ai_models"])
