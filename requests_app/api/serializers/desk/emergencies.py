"""Emergency grants, and requests that could be granted as an emergency."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.people.models import User
from requests_app.actions.review.break_glass import MAX_DURATION
from requests_app.api.serializers.desk.reviews import RequesterSerializer
from requests_app.api.serializers.revisions import ScopeSerializer
from requests_app.api.serializers.shown import ChoiceField, ReadOnlySerializer
from requests_app.models import AccessRequest, BreakGlass
from requests_app.rules.permissions import why_not
from requests_app.states import GrantState


class EmergencyRequestLineSerializer(ReadOnlySerializer[AccessRequest]):
    """A request in review that you could grant as an emergency."""

    id = serializers.CharField(source="public_id", read_only=True)
    requester = serializers.CharField(read_only=True)
    policy = serializers.CharField(source="policy_version.policy.slug", read_only=True)
    models = serializers.SerializerMethodField()

    class Meta:
        model = AccessRequest
        fields: tuple[str, ...] = ("id", "requester", "policy", "models", "submitted_at")

    def get_models(self, access_request: AccessRequest) -> list[str]:
        rows = access_request.requested_models.all()
        return sorted(row.ai_model.identifier for row in rows)


class EmergencyRequestSerializer(EmergencyRequestLineSerializer):
    """What would be granted, and why it was requested."""

    requester = RequesterSerializer(read_only=True)  # type: ignore[assignment]  # in full
    purpose = serializers.CharField(source="revision.purpose", read_only=True)
    scope = serializers.SerializerMethodField()
    hours = serializers.SerializerMethodField(help_text="How long the grant would be at most.")
    digest = serializers.SerializerMethodField(
        help_text="Send it as `If-Match` to grant exactly this."
    )

    class Meta(EmergencyRequestLineSerializer.Meta):
        fields = (
            *EmergencyRequestLineSerializer.Meta.fields,
            "purpose",
            "scope",
            "hours",
            "digest",
        )

    @extend_schema_field(ScopeSerializer)
    def get_scope(self, access_request: AccessRequest) -> Any:
        return ScopeSerializer(access_request.revision.scope()).data

    def get_hours(self, access_request: AccessRequest) -> float:
        longest = min(access_request.revision.scope().duration, MAX_DURATION)
        return longest.total_seconds() / 3600

    def get_digest(self, access_request: AccessRequest) -> str:
        return access_request.revision.digest()


class EmergencyGrantSerializer(ReadOnlySerializer[BreakGlass]):
    """A grant made without review, which others judge afterwards."""

    grant = serializers.CharField(source="grant.public_id", read_only=True)
    request = serializers.CharField(source="grant.access_request.public_id", read_only=True)
    state = ChoiceField(GrantState, source="grant.state")
    holder = serializers.CharField(source="grant.holder", read_only=True)
    ends_at = serializers.DateTimeField(source="grant.ends_at", read_only=True, allow_null=True)
    by = serializers.CharField(read_only=True)
    reviewed_by = serializers.CharField(read_only=True, allow_null=True)
    verdict = ChoiceField(
        BreakGlass.Verdict, allow_null=True, help_text="Null until it is reviewed."
    )
    verdict_reason = serializers.CharField(source="words", read_only=True)
    why_not_review = serializers.SerializerMethodField(help_text="Null if you can review it.")

    class Meta:
        model = BreakGlass
        fields = (
            "grant",
            "request",
            "state",
            "holder",
            "ends_at",
            "by",
            "at",
            "reason",
            "reviewed_at",
            "reviewed_by",
            "verdict",
            "verdict_reason",
            "why_not_review",
        )

    def get_why_not_review(self, broken: BreakGlass) -> str | None:
        person: User = self.context["person"]
        return why_not("review", broken, person)
