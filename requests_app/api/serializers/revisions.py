"""What a request says: its revisions, their files, invitations, and what would be granted."""

from typing import Any

from rest_framework import serializers

from requests_app.api.serializers.shown import ChoiceField, LimitsSerializer, ReadOnlySerializer
from requests_app.models import Attachment, FileKind, Invitation, Narrowing, Revision, Scope, Track
from requests_app.states import InvitationState
from requests_app.validation.request_input import name_of


class ScopeSerializer(serializers.Serializer[Scope]):
    """Models, operations, dates and limits."""

    models = serializers.ListField(
        source="identifiers", child=serializers.CharField(), read_only=True
    )
    operations = serializers.ListField(child=serializers.CharField(), read_only=True)
    days = serializers.IntegerField(source="duration.days", read_only=True)
    limits = LimitsSerializer(read_only=True)


class NarrowingSerializer(ReadOnlySerializer[Narrowing]):
    """A reviewer's reduction of what would be granted, with its reason but no name."""

    scope = ScopeSerializer(read_only=True)

    class Meta:
        model = Narrowing
        fields = ("at", "reason", "scope")


class FileSerializer(ReadOnlySerializer[Attachment]):
    """A file attached to a revision."""

    id = serializers.CharField(source="public_id", read_only=True)
    kind = ChoiceField(FileKind)
    sha256 = serializers.CharField(source="digest", read_only=True, help_text="In hex.")
    size = serializers.IntegerField(read_only=True, help_text="In bytes.")

    class Meta:
        model = Attachment
        fields = ("id", "name", "kind", "size", "sha256", "added_at")


class InvitationSerializer(ReadOnlySerializer[Invitation]):
    """An email invitation to take part, and its outcome."""

    id = serializers.CharField(source="public_id", read_only=True)
    state = ChoiceField(InvitationState)

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = (
            "id",
            "email",
            "state",
            "shows_purpose",
            "may_edit",
            "sent_at",
            "expires_at",
            "accepted_at",
        )


class RevisionSerializer(ReadOnlySerializer[Revision]):
    """The latest revision of a request."""

    models = serializers.SlugRelatedField[Any](
        source="ai_models", many=True, read_only=True, slug_field="identifier"
    )
    track = ChoiceField(Track, allow_null=True, help_text="Null in a draft until it is chosen.")
    collaborators = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="email")
    files = FileSerializer(many=True, read_only=True)
    answers = serializers.DictField(
        read_only=True, help_text="Answers to the policy's questions, by key."
    )
    attested_at = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="When you confirmed that you are authorised to request this.",
    )
    accepted_terms = serializers.SerializerMethodField(
        help_text="The policy and version whose terms were accepted, like `opus/2`; empty if none."
    )

    class Meta:
        model = Revision
        fields = (
            "number",
            "title",
            "models",
            "purpose",
            "operations",
            "expected_use",
            "expected_cost",
            "track",
            "organisation",
            "organisation_id",
            "country",
            "team",
            "scholar",
            "orcid",
            "github",
            "inputs",
            "safety",
            "collaborators",
            "files",
            "answers",
            "attested_at",
            "accepted_terms",
            "accepted_at",
            "starts_on",
            "ends_on",
            "submitted_at",
            "note",
        )

    def get_accepted_terms(self, revision: Revision) -> str:
        return name_of(revision.accepted) if revision.accepted else ""


class WrittenSerializer(RevisionSerializer):
    """What collaborators may edit of a draft, and the models that it is for."""

    class Meta:
        model = Revision
        fields = (
            "number",
            "models",
            "purpose",
            "operations",
            "expected_use",
            "expected_cost",
            "inputs",
            "safety",
            "answers",
            "starts_on",
            "ends_on",
        )
