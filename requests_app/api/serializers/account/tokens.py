"""Service tokens, and the one response with a new one's secret."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from requests_app.actions.keys.service_tokens import NewToken
from requests_app.api.serializers.shown import ReadOnlySerializer
from requests_app.models import ServiceToken, TokenPermission


class ServiceTokenSerializer(ReadOnlySerializer[ServiceToken]):
    """A service token, by its public ID. The token itself isn't stored."""

    id = serializers.CharField(source="public_id", read_only=True)
    owner = serializers.EmailField(source="owner.email", read_only=True)
    permissions = serializers.SerializerMethodField()
    replaced_by = serializers.CharField(
        source="replaced_by.public_id",
        read_only=True,
        allow_null=True,
        help_text="Its successor, since it was rotated.",
    )

    class Meta:
        model = ServiceToken
        fields = (
            "id",
            "name",
            "owner",
            "permissions",
            "last_four",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "replaced_by",
        )

    @extend_schema_field(
        {"type": "array", "items": {"type": "string", "enum": TokenPermission.values}}
    )
    def get_permissions(self, token: ServiceToken) -> Any:
        return token.permissions


class NewServiceTokenSerializer(serializers.Serializer[NewToken]):
    """A new service token. The secret is shown only in this response."""

    token = ServiceTokenSerializer(read_only=True)
    secret = serializers.CharField(read_only=True)
