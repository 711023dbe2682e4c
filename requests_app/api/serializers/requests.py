"""Requests, without reviewers' names and reasons."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.people.models import User
from requests_app.api.serializers.revisions import (
    InvitationSerializer,
    NarrowingSerializer,
    RevisionSerializer,
    ScopeSerializer,
)
from requests_app.api.serializers.shown import ChoiceField, HolderIdField, ReadOnlySerializer
from requests_app.models import (
    AccessRequest,
    DenialReason,
    Event,
    Revision,
    Stage,
)
from requests_app.rules.desk import comment_events
from requests_app.rules.events.objects import TOLD
from requests_app.states import REQUEST, RequestState, StageState
from requests_app.wording import revisions


class RequestLineSerializer(ReadOnlySerializer[AccessRequest]):
    """A request, as shown in lists."""

    id = serializers.CharField(source="public_id", read_only=True)
    holder_id = HolderIdField(source="requester_id")
    state = ChoiceField(RequestState)
    owner = serializers.SerializerMethodField(help_text="Who has the request now.")
    policy = serializers.CharField(source="policy_version.policy.slug", read_only=True)
    policy_version = serializers.IntegerField(source="policy_version.number", read_only=True)
    revision = serializers.SerializerMethodField()
    due_at = serializers.SerializerMethodField(help_text="Deadline of the open stage.")

    class Meta:
        model = AccessRequest
        fields: tuple[str, ...] = (
            "id",
            "holder_id",
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
        return RevisionSerializer(self.newest(access_request)).data

    def newest(self, access_request: AccessRequest) -> Revision:
        *_, revision = access_request.revisions.all()
        return revision

    def get_due_at(self, access_request: AccessRequest) -> datetime | None:
        stages = access_request.stages.all()
        return next((stage.due_at for stage in stages if stage.state == StageState.OPEN), None)


class StageSerializer(ReadOnlySerializer[Stage]):
    """A step of the policy running on one revision."""

    name = serializers.CharField(source="step.name", read_only=True)
    state = ChoiceField(StageState)
    revision = serializers.IntegerField(source="revision.number", read_only=True)
    carried_from = serializers.IntegerField(
        source="carried_from.revision.number",
        read_only=True,
        allow_null=True,
        help_text="The revision whose approval carries over.",
    )

    class Meta:
        model = Stage
        fields = (
            "name",
            "revision",
            "state",
            "carried_from",
            "opened_at",
            "due_at",
            "deadlocked_at",
            "closed_at",
        )


class EventSerializer(ReadOnlySerializer[Event]):
    """One change. Shows whether you made it, but not who else did."""

    by_you = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = ("sequence", "kind", "at", "by_you")

    def get_by_you(self, event: Event) -> bool:
        person: User = self.context["person"]
        return event.actor_id == person.pk


class CommentSerializer(serializers.Serializer[Any]):
    """A reviewer's comment to the requester, without its author."""

    at = serializers.DateTimeField(read_only=True)
    text = serializers.CharField(read_only=True)


class RequestSerializer(RequestLineSerializer):
    """A request with its stages and history."""

    asked = serializers.SerializerMethodField(help_text="What the latest revision requests.")
    scope = serializers.SerializerMethodField(
        help_text="What an approval would grant: the request as narrowed so far."
    )
    narrowings = serializers.SerializerMethodField()
    changes_asked_for = serializers.SerializerMethodField(
        help_text="The changes reviewers requested, while the request is returned."
    )
    denial = ChoiceField(DenialReason, allow_null=True, help_text="Why it was denied: a code.")
    appeal_of = serializers.CharField(
        source="appeal_of.public_id",
        read_only=True,
        allow_null=True,
        help_text="The denied request that this one appeals.",
    )
    appeal = serializers.CharField(
        source="appeal.public_id",
        read_only=True,
        allow_null=True,
        help_text="The appeal against this request.",
    )
    ask_again_on = serializers.SerializerMethodField(
        help_text="The UTC date from which the requester can request again after a denial. "
        "Null once an appeal has overturned it."
    )
    closing_reason = serializers.SerializerMethodField(
        help_text="Why it ended. Reasons for an approval are visible to reviewers only."
    )
    confirm_at = serializers.SerializerMethodField(
        help_text="The page on which the requester attests, accepts the terms and sends it, while "
        "it is a draft or returned."
    )
    invitations = serializers.SerializerMethodField(
        help_text="Invited collaborators. Never reveals whether an address has an account."
    )
    stages = StageSerializer(many=True, read_only=True)
    comments = serializers.SerializerMethodField(
        help_text="The comments that reviewers wrote to the requester, oldest first."
    )
    events = serializers.SerializerMethodField()
    grants = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="public_id")

    class Meta(RequestLineSerializer.Meta):
        fields = (
            *RequestLineSerializer.Meta.fields,
            "asked",
            "scope",
            "narrowings",
            "changes_asked_for",
            "closing_reason",
            "confirm_at",
            "invitations",
            "denial",
            "ask_again_on",
            "appeal_of",
            "appeal",
            "stages",
            "comments",
            "events",
            "grants",
        )

    @extend_schema_field(ScopeSerializer)
    def get_asked(self, access_request: AccessRequest) -> Any:
        return ScopeSerializer(self.newest(access_request).asked()).data

    @extend_schema_field(ScopeSerializer)
    def get_scope(self, access_request: AccessRequest) -> Any:
        return ScopeSerializer(self.newest(access_request).scope()).data

    @extend_schema_field(NarrowingSerializer(many=True))
    def get_narrowings(self, access_request: AccessRequest) -> Any:
        narrowings = self.newest(access_request).narrowings.all()
        return NarrowingSerializer(narrowings, many=True).data

    def get_confirm_at(self, access_request: AccessRequest) -> str | None:
        if not access_request.is_written:
            return None
        return f"{settings.SITE_URL}{reverse('request_check', args=[access_request.public_id])}"

    @extend_schema_field(InvitationSerializer(many=True))
    def get_invitations(self, access_request: AccessRequest) -> Any:
        rows = [row for row in access_request.invitations.all() if not row.is_erased]
        return InvitationSerializer(rows, many=True).data

    @extend_schema_field(CommentSerializer(many=True))
    def get_comments(self, access_request: AccessRequest) -> Any:
        shared = comment_events.shared_with_requester(access_request.events.all())
        return CommentSerializer(shared, many=True).data

    @extend_schema_field(EventSerializer(many=True))
    def get_events(self, access_request: AccessRequest) -> Any:
        events = [event for event in access_request.events.all() if event.kind in TOLD]
        for place, event in enumerate(events, 1):
            event.sequence = place  # a gap would tell of what only reviewers know
        return EventSerializer(events, many=True, context=self.context).data

    def get_changes_asked_for(self, access_request: AccessRequest) -> str:
        return revisions.changes_asked_for(access_request)

    def get_closing_reason(self, access_request: AccessRequest) -> str:
        approved = access_request.state == RequestState.APPROVED
        return "" if approved else access_request.closing_reason

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_ask_again_on(self, access_request: AccessRequest) -> Any:
        return None if access_request.is_overturned else access_request.ask_again_on
