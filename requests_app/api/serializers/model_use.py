"""Serializers of what it takes to use a model today."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.catalogue.models import AccessRoute, Alias, FeatureEnd, SDKVersion, Source
from requests_app.api.serializers.shown import ChoiceField, ReadOnlySerializer
from requests_app.reports import use_today
from requests_app.reports.citations import FORMATS


class SourceSerializer(ReadOnlySerializer[Source]):
    """The page that states a fact; facts of a third party are uncertain."""

    kind = ChoiceField(Source.Kind)

    class Meta:
        model = Source
        fields = ("url", "kind", "verified_on")


class AccessRouteSerializer(ReadOnlySerializer[AccessRoute]):
    """One way to reach the model after its retirement. No promise for other models."""

    kind = ChoiceField(AccessRoute.Kind)
    api = ChoiceField(AccessRoute.API, help_text="Which API it speaks; empty: both.")
    price_source = SourceSerializer(allow_null=True, read_only=True)
    source = SourceSerializer(  # type: ignore[assignment]  # a column, not DRF's
        allow_null=True, read_only=True
    )

    class Meta:
        model = AccessRoute
        fields = (
            "kind",
            "where",
            "since",
            "rationale",
            "cost_note",
            "base_url",
            "api",
            "input_price",
            "output_price",
            "priced_on",
            "price_source",
            "source",
        )


class WayToReachSerializer(serializers.Serializer[use_today.Place]):
    """One way to reach the model now."""

    name = serializers.CharField(
        help_text="A platform or product. Empty if unknown.", read_only=True
    )
    how = serializers.ChoiceField(choices=(use_today.SERVING, "invitation", "product", "request"))
    until = serializers.DateField(allow_null=True, help_text="A UTC date, if it is firm.")
    existing_customers_only = serializers.BooleanField()
    source = SourceSerializer(allow_null=True)  # type: ignore[assignment]  # a column, not DRF's


class AliasSerializer(ReadOnlySerializer[Alias]):
    """An identifier that leads to the model on one platform, or everywhere."""

    source = SourceSerializer(  # type: ignore[assignment]  # a column, not DRF's
        allow_null=True, read_only=True
    )

    class Meta:
        model = Alias
        fields = ("identifier", "platform", "starts", "ends", "source")


class FeatureEndSerializer(ReadOnlySerializer[FeatureEnd]):
    """The end of a capability or parameter before the model's."""

    kind = ChoiceField(FeatureEnd.Kind)
    source = SourceSerializer(  # type: ignore[assignment]  # a column, not DRF's
        allow_null=True, read_only=True
    )

    class Meta:
        model = FeatureEnd
        fields = ("kind", "name", "where", "announced", "ends", "note", "source")


class ParameterSerializer(serializers.Serializer[use_today.Parameter]):
    """A parameter that works, with its ends to come or in one place only."""

    name = serializers.CharField(read_only=True)
    ends = FeatureEndSerializer(many=True)


class SDKVersionSerializer(ReadOnlySerializer[SDKVersion]):
    """The last version of a package that was seen to work."""

    source = SourceSerializer(  # type: ignore[assignment]  # a column, not DRF's
        allow_null=True, read_only=True
    )

    class Meta:
        model = SDKVersion
        fields = ("package", "version", "checked_on", "source")


class ModelUseSerializer(serializers.Serializer[dict[str, Any]]):
    """How to use a model today (UTC)."""

    as_of = serializers.DateField(help_text="A UTC date.")
    identifier = serializers.CharField(read_only=True)
    context_window = serializers.IntegerField(allow_null=True, help_text="In tokens.")
    places = WayToReachSerializer(many=True)
    aliases = AliasSerializer(many=True)
    former_aliases = AliasSerializer(many=True)
    parameters = ParameterSerializer(many=True)
    ended = FeatureEndSerializer(many=True)
    ending = FeatureEndSerializer(many=True)
    sdk_versions = SDKVersionSerializer(many=True)
    citations = serializers.SerializerMethodField(
        help_text="Addresses of the citation files by format; add `?platform=` to name one."
    )

    @extend_schema_field(serializers.DictField(child=serializers.URLField()))
    def get_citations(self, shown: dict[str, Any]) -> dict[str, str]:
        identifier = shown["identifier"]
        return {
            form.name: settings.SITE_URL + reverse("model_citation", args=[identifier, form.suffix])
            for form in FORMATS
        }
