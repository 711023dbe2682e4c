"""Forms on a policy's page to limit the capacity of a model."""

from typing import Any

from django import forms
from django.http import QueryDict

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.text.numbers import WholeField
from requests_app.actions.grants import capacities
from requests_app.admin.base import ActionForm
from requests_app.models import Capacity, Policy
from requests_app.rules.waitlist import Waitlist


class CapacityForm(ActionForm):
    """The capacity of a model; an empty field means no limit."""

    ai_model = forms.ModelChoiceField(AIModel.objects.none(), widget=forms.HiddenInput)
    places = WholeField(
        required=False,
        label="Places",
        help_text="How many grants can be active at once. Leave blank for no limit.",
        error_messages={"invalid": "Enter a whole number, or leave blank."},
    )
    monthly_budget = WholeField(
        required=False,
        label="Monthly budget",
        help_text="In whole USD per calendar month (UTC). Leave blank for no limit.",
        error_messages={"invalid": "Enter a whole number, or leave blank."},
    )

    def __init__(self, policy: Policy, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["ai_model"]
        choice.queryset = policy.ai_models.all()


def capacity_rows(
    policy: Policy, lines: Waitlist, bound: CapacityForm | None = None
) -> list[dict[str, Any]]:
    """Return each model with its filled-in form; `bound` is a submitted form with errors."""
    ai_models = list(policy.ai_models.all())
    bounds = Capacity.objects.filter(ai_model__in=ai_models)
    found = {each.ai_model_id: each for each in bounds}
    return [
        {
            "ai_model": ai_model,
            "is_bounded": ai_model.pk in found,
            "bound": in_words(found.get(ai_model.pk)),
            "standing": lines.usage_of(ai_model.pk),
            "form": _form(policy, ai_model, found.get(ai_model.pk), bound),
        }
        for ai_model in ai_models
    ]


def _form(
    policy: Policy, ai_model: AIModel, capacity: Capacity | None, bound: CapacityForm | None
) -> CapacityForm:
    if bound and bound.data.get("ai_model") == str(ai_model.pk):
        return bound
    kept = (
        {"places": capacity.places, "monthly_budget": capacity.monthly_budget} if capacity else {}
    )
    return CapacityForm(
        policy, initial={"ai_model": ai_model, **kept}, auto_id=f"id_{ai_model.pk}_%s"
    )


def in_words(capacity: Capacity | None) -> str:
    """Return `1,000 places, 500 USD per month`, which confirms how the input was understood."""
    if capacity is None:
        return "no limit"
    places, budget = capacity.places, capacity.monthly_budget
    cleaned = [] if places is None else [f"{places:,} {'place' if places == 1 else 'places'}"]
    cleaned += [] if budget is None else [f"{budget:,} USD per month"]
    return ", ".join(cleaned) or "no limit"


def save(policy: Policy, form: CapacityForm, *, by: User) -> str:
    """Store a valid form and return the new limits in words. Raises a refusal."""
    cleaned = dict(form.cleaned_data)
    ai_model: AIModel = cleaned.pop("ai_model")
    capacities.set_capacity(policy, ai_model, by=by, **cleaned)
    kept = Capacity.objects.filter(ai_model=ai_model).first()
    return f"{ai_model}: {in_words(kept)}"


def sent(policy: Policy, data: QueryDict) -> CapacityForm:
    return CapacityForm(policy, data, auto_id=f"id_{data.get('ai_model', '')}_%s")
