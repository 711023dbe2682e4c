"""Serializers of promises."""

from typing import Any

from rest_framework import serializers

from lifecycle.catalogue.models import Promise
from requests_app.api.request_bodies import RequestBody, TextField
from requests_app.api.serializers.model_use import SourceSerializer
from requests_app.api.serializers.shown import ChoiceField, ReadOnlySerializer
from requests_app.reports.promises.exported import export
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
    provider = serializers.CharField(help_text="Of the promise or of its model.")
    source = SourceSerializer(  # type: ignore[assignment]  # a column, not DRF's
        allow_null=True, read_only=True
    )
    state = serializers.ChoiceField(choices=PromiseState.values, help_text="As of now.")
    basis = serializers.CharField(
        help_text="Whether the state was `computed`, or `noted` by a person. Empty if not known."
    )
    since = serializers.CharField(
        help_text="Since when, as precisely as known: 2026, 2026-01 or 2026-01-05 (UTC). Empty if "
        "not known."
    )
    record = serializers.CharField(
        help_text="What the state was computed from, such as `interview 1`. Empty if it wasn't. "
        "For notice that was short: the first such retirement and how many more; `/scorecard/` has "
        "them all."
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
            "since",
            "record",
            "kept_on",
            "broken_on",
            "ended_on",
            "outcome",
            "source",
        )

    def to_representation(self, row: Promise) -> dict[str, Any]:
        """Write it as deployment reports do; the fields above describe that."""
        return export(row, self.context["states"][row.pk])
