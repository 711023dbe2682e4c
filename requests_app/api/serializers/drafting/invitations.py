"""An invitation to take part in a draft, as the person who is invited reads it."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from requests_app.actions.requests.invitations import may_read_draft
from requests_app.api.serializers.revisions import InvitationSerializer
from requests_app.models import Invitation


class InvitedDraftSerializer(serializers.Serializer[Invitation]):
    """What an invited person reads of the draft before they answer."""

    requester_email = serializers.CharField(source="access_request.requester.email", read_only=True)
    title = serializers.CharField(source="access_request.revision.title", read_only=True)
    models = serializers.SerializerMethodField()
    starts_on = serializers.DateField(
        source="access_request.revision.starts_on", read_only=True, help_text="A UTC date."
    )
    ends_on = serializers.DateField(
        source="access_request.revision.ends_on", read_only=True, help_text="A UTC date."
    )
    purpose = serializers.SerializerMethodField(
        help_text="Null unless you may read it before you accept."
    )
    policy = serializers.CharField(
        source="access_request.policy_version.policy.slug", read_only=True
    )
    policy_version = serializers.IntegerField(
        source="access_request.policy_version.number", read_only=True
    )
    terms = serializers.CharField(
        source="access_request.policy_version.terms",
        read_only=True,
        help_text="The policy's terms, which you accept with the invitation. Can be empty.",
    )

    def get_models(self, invitation: Invitation) -> list[str]:
        return [each.identifier for each in invitation.access_request.revision.ai_models.all()]

    def get_purpose(self, invitation: Invitation) -> str | None:
        is_shown = invitation.shows_purpose
        return invitation.access_request.revision.purpose if is_shown else None


class ReceivedInvitationSerializer(InvitationSerializer):
    """An invitation with the draft that it is to."""

    request = serializers.CharField(source="access_request.public_id", read_only=True)
    requester = serializers.CharField(
        source="access_request.requester", read_only=True, help_text="Who invites, by name."
    )
    draft = serializers.SerializerMethodField(
        help_text="What you are invited to. Null once you can no longer join."
    )

    class Meta(InvitationSerializer.Meta):
        fields = (*InvitationSerializer.Meta.fields, "request", "requester", "draft")

    @extend_schema_field(InvitedDraftSerializer(allow_null=True))
    def get_draft(self, invitation: Invitation) -> Any:
        if not may_read_draft(invitation, now=timezone.now()):
            return None
        return InvitedDraftSerializer(invitation).data
