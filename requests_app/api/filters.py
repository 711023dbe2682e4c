"""How lists are narrowed; each name and value that isn't known is refused where it stands."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.catalogue.models import AIModel, Provider
from requests_app import key_format
from requests_app.api.request_bodies import RequestBody, TextField
from requests_app.models import Event, Policy, Revision, Stage
from requests_app.states import GrantState, RequestState, StageState

M = TypeVar("M", bound=Model)
HOLDER = re.compile(rf"{key_format.HOLDER}([0-9]{{1,18}})")


class ListFilter(RequestBody):
    """Parameters of a list. `lookups` names the column of each; `narrow` does the others."""

    lookups: Mapping[str, str] = {}

    def narrow(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Return the rows that fit the valid parameters."""
        fits = Q()
        for name, value in self.validated_data.items():
            fits &= self.fitting(name, value)
        return rows.filter(fits)

    def fitting(self, name: str, value: Any) -> Q:
        return Q(**{self.lookups[name]: value})


class ModelFilterSerializer(RequestBody):
    """How the catalogue can be narrowed."""

    provider = TextField(required=False, help_text="The provider's slug, such as `anthropic`.")
    retired = serializers.BooleanField(
        required=False, help_text="Whether any platform has retired the model by today (UTC)."
    )
    by_request = serializers.BooleanField(
        required=False, help_text="Whether access can be requested."
    )

    def validate_provider(self, slug: str) -> str:
        if not Provider.objects.filter(slug=slug).exists():
            raise serializers.ValidationError(_("Unknown provider."))
        return slug


class ModelField(TextField):
    """The identifier of a model in the catalogue; asked for once it is known to be text."""

    def run_validation(self, data: Any = serializers.empty) -> str:
        identifier = str(super().run_validation(data))
        if not AIModel.objects.filter(identifier=identifier).exists():
            raise serializers.ValidationError(_("Unknown model."))
        return identifier


class PolicyField(TextField):
    """The slug of a policy."""

    def run_validation(self, data: Any = serializers.empty) -> str:
        slug = str(super().run_validation(data))
        if not Policy.objects.filter(slug=slug).exists():
            raise serializers.ValidationError(_("Unknown policy."))
        return slug


@extend_schema_field({"type": "string", "pattern": f"^{HOLDER.pattern}$"})
class HolderField(TextField):
    """A person, as `X-Emeritus-Holder` names them; none is found for an unknown one."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        found = HOLDER.fullmatch(str(super().run_validation(data)))
        if not found:
            raise serializers.ValidationError(_("Send a holder's ID, such as user-7."))
        return int(found[1])


def _moment(help_text: str) -> serializers.DateTimeField:
    return serializers.DateTimeField(required=False, help_text=f"{help_text} UTC if no offset.")


def _model() -> ModelField:
    return ModelField(required=False, help_text="The identifier of a model that it includes.")


def _policy() -> PolicyField:
    return PolicyField(required=False, help_text="The slug of its policy.")


def changed_since(at: datetime, request_column: str) -> Q:
    """Return those with an event since then, of the request, its grants or their keys."""
    since = Event.objects.filter(access_request=OuterRef(request_column), at__gte=at)
    return Q(Exists(since))


class RequestFilter(ListFilter):
    """Of your requests."""

    state = serializers.ChoiceField(required=False, choices=RequestState.choices)
    model = _model()
    policy = _policy()
    due_before = _moment("Requests whose open stage has a deadline before then.")
    updated_since = _moment("Requests with an event at that time or later.")

    lookups = {"state": "state", "policy": "policy_version__policy__slug"}

    def fitting(self, name: str, value: Any) -> Q:
        if name == "model":
            texts = Revision.objects.filter(ai_models__identifier=value)
            return Q(pk__in=texts.values("access_request"))
        if name == "due_before":
            stages = Stage.objects.filter(access_request=OuterRef("pk"), state=StageState.OPEN)
            return Q(Exists(stages.filter(due_at__lt=value)))
        return (
            changed_since(value, "pk") if name == "updated_since" else super().fitting(name, value)
        )


class GrantFilter(ListFilter):
    """Of the grants that you see."""

    state = serializers.ChoiceField(required=False, choices=GrantState.choices)
    model = _model()
    policy = _policy()
    holder = HolderField(required=False, help_text="The `holder_id` of its holder.")
    ends_before = _moment("Grants that end before then.")
    updated_since = _moment("Grants with an event at that time or later.")

    lookups = {
        "state": "state",
        "policy": "access_request__policy_version__policy__slug",
        "holder": "holder",
        "ends_before": "ends_at__lt",
    }

    def fitting(self, name: str, value: Any) -> Q:
        if name == "model":
            return Q(granted_models__ai_model__identifier=value)
        if name == "updated_since":
            return changed_since(value, "access_request")
        return super().fitting(name, value)
