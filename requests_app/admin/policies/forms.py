"""Forms for policies, and fields that their versions share."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.forms.models import ModelChoiceIterator
from django_countries import countries

from lifecycle.catalogue.models import AIModel
from lifecycle.text.durations import format_duration, parse_duration
from lifecycle.text.numbers import WholeField
from requests_app import clock
from requests_app.admin.base import ActionForm
from requests_app.models import Policy
from requests_app.wording import limits

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


class ByProvider(ModelChoiceIterator[AIModel]):
    """Models under the names of their providers."""

    def __iter__(self) -> Iterator[Any]:
        assert self.queryset is not None
        rows = self.queryset.select_related("provider").order_by("provider__name", "name", "pk")
        for provider, ai_models in groupby(rows, key=attrgetter("provider.name")):
            yield provider, [self.choice(ai_model) for ai_model in ai_models]


class ModelsField(forms.ModelMultipleChoiceField[AIModel]):
    """Models to choose from, by provider."""

    iterator = ByProvider
    widget = forms.CheckboxSelectMultiple


class PolicyModelsForm(ActionForm):
    """The models under a policy: its own and those without a policy."""

    ai_models = ModelsField(
        AIModel.objects.none(),
        label="Models",
        required=False,
        error_messages={"invalid_choice": TAKEN},
        help_text="New requests for these models use this policy immediately.",
    )

    def __init__(self, policy: Policy, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"ai_models": policy.ai_models.all()})
        free = Q(policy_model=None) | Q(policy_model__policy=policy)
        models_field(self).queryset = AIModel.objects.filter(free)


def models_field(form: forms.Form) -> "forms.ModelMultipleChoiceField[AIModel]":
    return cast("forms.ModelMultipleChoiceField[AIModel]", form.fields["ai_models"])
