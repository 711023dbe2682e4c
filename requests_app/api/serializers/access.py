"""Grants and keys, including the one response with a secret."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from requests_app.actions.keys.keys import ClaimedKey
from requests_app.api.serializers.shown import (
    ChoiceField,
    HolderIdField,
    LimitsSerializer,
    ReadOnlySerializer,
)
from requests_app.models import Collaborator, Grant, Key
from requests_app.reports import receipts
from requests_app.rules.waitlist import Waitlist
from requests_app.states import GRANT, GrantState, KeyState


class WithdrawalSerializer(serializers.Serializer[Any]):
    """A model that keys can't use from a given time on, possibly in the future."""

    model = serializers.CharField(source="identifier", read_only=True)
    withdrawn_at = serializers.DateTimeField(read_only=True)


def _withdrawals(grant: Grant) -> Any:
    ai_models = (granted.ai_model for granted in grant.granted_models.all())
    return WithdrawalSerializer([each for each in ai_models if each.withdrawn_at], many=True).data


class KeySerializer(ReadOnlySerializer[Key]):
    """A key, by its public ID. The key itself isn't stored."""

    id = serializers.CharField(source="public_id", read_only=True)
    grant = serializers.CharField(source="grant.public_id", read_only=True)
    holder_id = HolderIdField()
    state = ChoiceField(KeyState)
    withdrawals = serializers.SerializerMethodField(
        help_text="Models of the grant that this key can no longer use, or from when it can't."
    )
    receipt = serializers.SerializerMethodField(
        help_text="URL of its receipt, once it no longer works."
    )

    class Meta:
        model = Key
        fields = (
            "id",
            "grant",
            "holder_id",
            "state",
            "last_four",
            "label",
            "networks",
            "created_at",
            "expires_at",
            "refused_from",
            "closed_at",
            "withdrawals",
            "receipt",
        )

    @extend_schema_field(WithdrawalSerializer(many=True))
    def get_withdrawals(self, key: Key) -> Any:
        return _withdrawals(key.grant)

    def get_receipt(self, key: Key) -> str | None:
        if not receipts.has_receipt(key):
            return None
        return f"{settings.SITE_URL}/api/v1/keys/{key.public_id}/receipt/"


class ClaimedKeySerializer(serializers.Serializer[ClaimedKey]):
    """A new key. The secret is shown only in this response."""

    key = KeySerializer(read_only=True)
    secret = serializers.CharField(read_only=True)


class PlaceSerializer(serializers.Serializer[Any]):
    """A grant's position in the queue for one model. 1 is next."""

    model = serializers.CharField(source="ai_model.identifier", read_only=True)
    place = serializers.IntegerField(source="number", read_only=True)
    not_before = serializers.DateTimeField(
        source="until",
        read_only=True,
        allow_null=True,
        help_text="When the next month starts, if this month's budget for the model is used up.",
    )


class CollaboratorSerializer(ReadOnlySerializer[Collaborator]):
    """A person who can have their own keys under a grant."""

    person = serializers.EmailField(source="person.email", read_only=True)

    class Meta:
        model = Collaborator
        fields = ("person", "added_at", "accepted_at")


class GrantSerializer(ReadOnlySerializer[Grant]):
    """What an approval grants: models, operations, dates and limits."""

    id = serializers.CharField(source="public_id", read_only=True)
    request = serializers.CharField(source="access_request.public_id", read_only=True)
    holder = serializers.CharField(read_only=True)
    holder_id = HolderIdField()
    state = ChoiceField(GrantState)
    owner = serializers.SerializerMethodField(help_text="Who has the grant now.")
    models = serializers.SerializerMethodField()
    withdrawals = serializers.SerializerMethodField(
        help_text="Models of this grant that keys can no longer use, or from when they can't."
    )
    limits = LimitsSerializer(read_only=True)
    keys = KeySerializer(many=True, read_only=True)
    break_glass = serializers.SerializerMethodField(
        help_text="Whether it was an emergency grant, without a full review."
    )
    line = serializers.SerializerMethodField(
        help_text="For each full model, the waiting grant's position in the queue."
    )
    continues = serializers.SerializerMethodField(help_text="The grant that this one continues.")
    standing_rule = serializers.SerializerMethodField(
        help_text="The standing rule by which a member started it, without a review."
    )
    collaborators = CollaboratorSerializer(many=True, read_only=True)

    class Meta:
        model = Grant
        fields = (
            "id",
            "request",
            "holder",
            "holder_id",
            "state",
            "owner",
            "break_glass",
            "standing_rule",
            "models",
            "withdrawals",
            "operations",
            "limits",
            "line",
            "continues",
            "starts_at",
            "activated_at",
            "claim_by",
            "ends_at",
            "confirm_by",
            "suspended_at",
            "suspension_reason",
            "closed_at",
            "closing_reason",
            "collaborators",
            "keys",
        )

    def get_break_glass(self, grant: Grant) -> bool:
        return hasattr(grant, "break_glass")

    def get_owner(self, grant: Grant) -> str:
        return GRANT.owners[grant.state]

    def get_models(self, grant: Grant) -> list[str]:
        return [granted.ai_model.identifier for granted in grant.granted_models.all()]

    @extend_schema_field(WithdrawalSerializer(many=True))
    def get_withdrawals(self, grant: Grant) -> Any:
        return _withdrawals(grant)

    @extend_schema_field(PlaceSerializer(many=True))
    def get_line(self, grant: Grant) -> Any:
        lines: Waitlist = self.context["lines"]
        return PlaceSerializer(lines.positions_of(grant), many=True).data

    def get_standing_rule(self, grant: Grant) -> str | None:
        rule = grant.access_request.standing_rule
        return rule.public_id if rule else None

    def get_continues(self, grant: Grant) -> str | None:
        continued = grant.access_request.continues
        return continued.public_id if continued else None
