"""The models of the catalogue."""

from datetime import date
from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.catalogue.models import (
    AIModel,
    DateChange,
    Precision,
    Replacement,
    Retirement,
    ServingState,
)
from requests_app.api.serializers.model_use import (
    AccessRouteSerializer,
    AliasSerializer,
    FeatureEndSerializer,
    SDKVersionSerializer,
    SourceSerializer,
)
from requests_app.api.serializers.shown import ChoiceField, ReadOnlySerializer
from requests_app.models import PolicyVersion


def _source() -> Any:
    return SourceSerializer(allow_null=True, read_only=True)


class DateChangeSerializer(ReadOnlySerializer[DateChange]):
    """One change of a retirement's date, or of how firm it is."""

    from_precision = ChoiceField(Precision)
    to_precision = ChoiceField(Precision)
    source = _source()

    class Meta:
        model = DateChange
        fields = (
            "from_date",
            "from_precision",
            "to_date",
            "to_precision",
            "changed_on",
            "reason",
            "source",
        )


class RetirementSerializer(ReadOnlySerializer[Retirement]):
    """A model's retirement on one platform."""

    state = serializers.SerializerMethodField(help_text="Its state today (UTC).")
    listed_as = ChoiceField(
        Retirement.ListedAs, help_text="What the provider calls it without giving a day."
    )
    notice_days = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="From the announcement to the retirement."
    )
    date_changes = DateChangeSerializer(source="date_changes_shown", many=True, read_only=True)
    announcement = _source()
    source = _source()
    retires_at_source = _source()
    after_end = ChoiceField(Retirement.AfterEnd)
    after_end_source = _source()

    class Meta:
        model = Retirement
        fields = (
            "platform",
            "round",
            "state",
            "legacy_from",
            "listed_as",
            "announced",
            "announcement",
            "retires",
            "precision",
            "source",
            "retires_at",
            "time_zone",
            "retires_at_source",
            "extended_access_from",
            "notice_days",
            "date_changes",
            "after_end",
            "redirects_to",
            "after_end_source",
            "reopened",
        )

    @extend_schema_field(serializers.ChoiceField(ServingState.choices))
    def get_state(self, retirement: Retirement) -> str:
        today: date = self.context["today"]
        return retirement.state(today)


class ReplacementSerializer(ReadOnlySerializer[Replacement]):
    """The provider's suggested replacement."""

    source = _source()

    class Meta:
        model = Replacement
        fields = ("identifier", "as_of", "named_by", "source")


class PolicySerializer(ReadOnlySerializer[PolicyVersion]):
    """The current version of a model's policy."""

    policy = serializers.CharField(source="policy.slug", read_only=True)
    version = serializers.IntegerField(source="number", read_only=True)
    longest_days = serializers.IntegerField(source="max_duration.days", read_only=True)
    questions = serializers.ListField(
        child=serializers.DictField(),
        read_only=True,
        help_text="Additional questions: key, label, kind and more. Answer them in `answers`.",
    )

    class Meta:
        model = PolicyVersion
        fields = ("policy", "version", "longest_days", "terms", "questions")


class ModelSerializer(ReadOnlySerializer[AIModel]):
    """A model in the catalogue."""

    provider = serializers.SlugRelatedField[Any](read_only=True, slug_field="slug")
    retired = serializers.SerializerMethodField(
        help_text="Whether any platform has retired it by today (UTC)."
    )
    by_request = serializers.BooleanField(
        source="is_by_request", read_only=True, help_text="Whether access can be requested."
    )
    access = serializers.SlugRelatedField[Any](
        source="access_routes", many=True, read_only=True, slug_field="kind"
    )
    access_routes = AccessRouteSerializer(many=True, read_only=True)
    policy = serializers.SerializerMethodField(
        help_text="The policy for requesting it. Null if it can't be requested."
    )
    kind = ChoiceField(AIModel.Kind)
    aliases = AliasSerializer(source="aliases_shown", many=True, read_only=True)
    feature_ends = FeatureEndSerializer(source="feature_ends_shown", many=True, read_only=True)
    provider_feature_ends = FeatureEndSerializer(
        source="provider.feature_ends_shown",
        many=True,
        read_only=True,
        help_text="What ends for all models of the provider.",
    )
    sdk_versions = SDKVersionSerializer(source="sdk_versions_shown", many=True, read_only=True)
    retirements = RetirementSerializer(many=True, read_only=True)
    replacements = ReplacementSerializer(source="replacements_shown", many=True, read_only=True)

    class Meta:
        model = AIModel
        fields = (
            "identifier",
            "name",
            "provider",
            "released",
            "kind",
            "context_window",
            "parameters",
            "aliases",
            "retired",
            "by_request",
            "access",
            "access_routes",
            "policy",
            "withdrawn_at",
            "retirements",
            "replacements",
            "feature_ends",
            "provider_feature_ends",
            "sdk_versions",
            "note",
            "sources",
        )

    @extend_schema_field(PolicySerializer(allow_null=True))
    def get_policy(self, ai_model: AIModel) -> Any:
        under = getattr(ai_model, "policy_model", None) if ai_model.is_by_request() else None
        published = list(under.policy.versions.all()) if under else []
        return self._policy.to_representation(published[-1]) if published else None

    @cached_property
    def _policy(self) -> PolicySerializer:
        return PolicySerializer()

    def get_retired(self, ai_model: AIModel) -> bool:
        today: date = self.context["today"]
        return ai_model.is_retired(today)
