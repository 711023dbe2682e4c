"""Standing rules and the addresses on their lists."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from requests_app.actions.standing.lists import ListChange
from requests_app.api.serializers.shown import ChoiceField, LimitsSerializer, ReadOnlySerializer
from requests_app.models import MembershipKind, StandingMember, StandingRule
from requests_app.states import StandingRuleState
from requests_app.validation.standing.offers import StandingOffer


class SignInClaimSerializer(serializers.Serializer[StandingRule]):
    """The claim of a sign-in provider that makes somebody a member."""

    provider = serializers.CharField(source="claim_provider", read_only=True)
    name = serializers.CharField(source="claim_name", read_only=True)
    value = serializers.CharField(
        source="claim_value", read_only=True, help_text="The claim's text, or one in its list."
    )


class StandingRuleSerializer(ReadOnlySerializer[StandingRule]):
    """Who can start access without a review, to what, and until when."""

    id = serializers.CharField(source="public_id", read_only=True)
    policy = serializers.CharField(source="policy.slug", read_only=True)
    state = ChoiceField(StandingRuleState)
    kind = ChoiceField(MembershipKind)
    group = serializers.CharField(read_only=True, allow_null=True)
    claim = serializers.SerializerMethodField()
    models = serializers.SerializerMethodField()
    limits = LimitsSerializer(read_only=True)
    duration_days = serializers.IntegerField(source="duration.days", read_only=True)

    class Meta:
        model = StandingRule
        fields = (
            "id",
            "policy",
            "name",
            "state",
            "kind",
            "group",
            "claim",
            "models",
            "operations",
            "limits",
            "duration_days",
            "ends_at",
            "created_at",
            "published_at",
            "closed_at",
            "closing_reason",
        )

    def get_models(self, rule: StandingRule) -> list[str]:
        return sorted(ai_model.identifier for ai_model in rule.ai_models.all())

    @extend_schema_field(SignInClaimSerializer(allow_null=True))
    def get_claim(self, rule: StandingRule) -> dict[str, Any] | None:
        return SignInClaimSerializer(rule).data if rule.kind == MembershipKind.CLAIM else None


class StandingMemberSerializer(ReadOnlySerializer[StandingMember]):
    """An address on a list; whoever has verified it is a member."""

    class Meta:
        model = StandingMember
        fields = ("email", "added_at")


class ListChangeSerializer(serializers.Serializer[ListChange]):
    """What a call did; the same call again changes nothing."""

    changed = serializers.IntegerField(read_only=True, help_text="Addresses added or removed.")
    unchanged = serializers.IntegerField(
        read_only=True, help_text="Addresses that were already as asked."
    )
    ended = serializers.IntegerField(read_only=True, help_text="Grants that ended by it.")


class StandingOfferSerializer(serializers.Serializer[StandingOffer]):
    """What starts, and under which terms."""

    rule = serializers.CharField(source="rule.public_id", read_only=True)
    name = serializers.CharField(source="rule.name", read_only=True)
    policy = serializers.CharField(source="rule.policy.slug", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)
    terms = serializers.CharField(source="version.terms", read_only=True)
    models = serializers.ListField(
        source="scope.identifiers", child=serializers.CharField(), read_only=True
    )
    operations = serializers.ListField(
        source="scope.operations", child=serializers.CharField(), read_only=True
    )
    limits = LimitsSerializer(source="scope.limits", read_only=True)
    duration_days = serializers.IntegerField(source="scope.duration.days", read_only=True)
    ends_at = serializers.DateTimeField(
        source="rule.ends_at", read_only=True, help_text="It ends then at the latest."
    )
    digest = serializers.CharField(
        read_only=True, help_text="Send it to start exactly this, under exactly these terms."
    )
