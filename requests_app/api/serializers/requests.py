"""Requests, without the names and words of reviewers."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.people.models import User
from requests_app.api.serializers.shown import Shown, StateField
from requests_app.models import AccessRequest, Event, Revision, Stage
from requests_app.states import REQUEST, RequestState, StageState


class RevisionSerializer(Shown[Revision]):
    """The newest text of a request."""

    models = serializers.SlugRelatedField[Any](
        source="ai_models", many=True, read_only=True, slug_field="identifier"
    )

    class Meta:
        model = Revision
        fields = ("number", "models", "purpose", "starts_on", "ends_on", "submitted_at")


class RequestLineSerializer(Shown[AccessRequest]):
    """A request as lists show it."""

    id = serializers.CharField(source="public_id", read_only=True)
    state = StateField(RequestState)
    owner = serializers.SerializerMethodField(help_text="Who has the request now.")
    policy = serializers.CharField(source="policy_version.policy.slug", read_only=True)
    policy_version = serializers.IntegerField(source="policy_version.number", read_only=True)
    revision = serializers.SerializerMethodField()
    due_at = serializers.SerializerMethodField(help_text="Until when the open stage is decided.")

    class Meta:
        model = AccessRequest
        fields: tuple[str, ...] = (
            "id",
            "state",
            "owner",
            "policy",
            "policy_version",
            "revision",
            "due_at",
            "created_at",
            "submitted_at",
            "closed_at",
        )

    def get_owner(self, access_request: AccessRequest) -> str:
        return REQUEST.owners[access_request.state]

    @extend_schema_field(RevisionSerializer)
    def get_revision(self, access_request: AccessRequest) -> Any:
        *_, newest = access_request.revisions.all()
        return RevisionSerializer(newest).data

    def get_due_at(self, access_request: AccessRequest) -> datetime | None:
        stages = access_request.stages.all()
        return next((stage.due_at for stage in stages if stage.state == StageState.OPEN), None)


class StageSerializer(Shown[Stage]):
    """A step of the policy running on one revision."""

    name = serializers.CharField(source="step.name", read_only=True)
    state = StateField(StageState)
    revision = serializers.IntegerField(source="revision.number", read_only=True)

    class Meta:
        model = Stage
        fields = ("name", "revision", "state", "opened_at", "due_at", "closed_at")


class EventSerializer(Shown[Event]):
    """One change. It says whether you made it, and never who else did."""

    by_you = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = ("sequence", "kind", "at", "by_you")

    def get_by_you(self, event: Event) -> bool:
        person: User = self.context["person"]
        return event.actor_id == person.pk


class RequestSerializer(RequestLineSerializer):
    """A request with its stages and what happened to it."""

    closing_reason = serializers.SerializerMethodField(
        help_text="Why it ended. An approval's words stay with the reviewers."
    )
    stages = StageSerializer(many=True, read_only=True)
    events = EventSerializer(many=True, read_only=True)
    grants = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="public_id")

    class Meta(RequestLineSerializer.Meta):
        fields = (
            *RequestLineSerializer.Meta.fields,
            "closing_reason",
            "stages",
            "events",
            "grants",
        )

    def get_closing_reason(self, access_request: AccessRequest) -> str:
        approved = access_request.state == RequestState.APPROVED
        return "" if approved else access_request.closing_reason
