"""Serializers of promises."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.catalogue.models import Promise
from requests_app.api.request_bodies import RequestBody, TextField
from requests_app.api.serializers.model_use import SourceSerializer
from requests_app.api.serializers.shown import ChoiceField, ReadOnlySerializer
from requests_app.reports.promises.states import PromiseState


class PromiseFilterSerializer(RequestBody):
    """How the promises can be narrowed."""

    state = serializers.ChoiceField(choices=PromiseState.values, required=False)
    provider = TextField(required=False, help_text="The provider's slug, such as `anthropic`.")
    model = TextField(required=False, help_text="A model's identifier; its own promises only.")


class PromiseSerializer(ReadOnlySerializer[Promise]):
    """A promise about a model, or about all of a provider's models."""

    kind = ChoiceField(Promise.Kind)
    model = serializers.SlugRelatedField[Any](
        source="ai_model", read_only=True, slug_field="identifier"
    )
    provider = serializers.SerializerMethodField(help_text="Of the promise or of its model.")
    source = SourceSerializer(  # type: ignore[assignment]  # a column, not DRF's
        allow_null=True, read_only=True
    )
    state = serializers.SerializerMethodField(help_text="As of now.")
    basis = serializers.SerializerMethodField(
        help_text="Whether the state was `computed`, or `noted` by a person. Empty if not known."
    )

    class Meta:
        model = Promise
        fields = (
            "id",
            "kind",
            "access_kind",
            "model",
            "provider",
            "text",
            "promised_by",
            "promised_on",
            "due_on",
            "condition",
            "state",
            "basis",
            "kept_on",
            "broken_on",
            "ended_on",
            "outcome",
            "source",
        )

    @extend_schema_field(serializers.CharField())
    def get_provider(self, row: Promise) -> str:
        provider = row.ai_model.provider if row.ai_model else row.provider
        assert provider  # it is about one of them (constraint)
        return provider.slug

    @extend_schema_field(serializers.ChoiceField(choices=PromiseState.values))
    def get_state(self, row: Promise) -> str:
        return str(self.context["states"][row.pk].state)

    @extend_schema_field(serializers.CharField())
    def get_basis(self, row: Promise) -> str:
        return str(self.context["states"][row.pk].basis)
