"""Bulk revocations and withdrawals: previews and receipts."""

from typing import Any

from rest_framework import serializers

from requests_app.api.serializers.shown import ChoiceField, ReadOnlySerializer
from requests_app.models import BulkRevocation


def _ids(name: str) -> serializers.ListField:
    """Return a field with these IDs of everything that ends."""
    source = f"extent.{name}"
    return serializers.ListField(child=serializers.CharField(), source=source, read_only=True)


class WithdrawalPreviewSerializer(serializers.Serializer[Any]):
    """What would lose the model."""

    digest = serializers.CharField(
        source="extent.digest", read_only=True, help_text="Send it as `If-Match` to go on."
    )
    people = serializers.IntegerField(read_only=True, help_text="How many lose something.")
    grants = _ids("grants")
    keys = _ids("keys")
    kept_requests = serializers.IntegerField(
        read_only=True, help_text="Open requests that stay with their reviewers."
    )


class RevocationPreviewSerializer(WithdrawalPreviewSerializer):
    """What would end."""

    requests = _ids("requests")
    tokens = _ids("tokens")
    rules = _ids("rules")
    shared_access = serializers.SerializerMethodField(
        help_text="Of how many collaborators, under grants that go on."
    )

    def get_shared_access(self, preview: dict[str, Any]) -> int:
        return len(preview["extent"].places)


class RevocationLineSerializer(ReadOnlySerializer[BulkRevocation]):
    """A bulk revocation."""

    id = serializers.CharField(source="public_id", read_only=True)
    kind = ChoiceField(BulkRevocation.Kind)
    subject = serializers.CharField(source="name", read_only=True)
    by = serializers.CharField(read_only=True)

    class Meta:
        model = BulkRevocation
        fields: tuple[str, ...] = ("id", "kind", "subject", "by", "at", "reason", "people")


class EndedGrantSerializer(serializers.Serializer[Any]):
    """A grant that ended, and since when."""

    id = serializers.CharField(source="public_id", read_only=True)
    holder = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True)
    closed_at = serializers.DateTimeField(read_only=True, allow_null=True)


class EndedKeySerializer(serializers.Serializer[Any]):
    """A key that ended, and since when the gateway refuses it."""

    id = serializers.CharField(source="public_id", read_only=True)
    grant = serializers.CharField(source="grant.public_id", read_only=True)
    holder = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True)
    refused_from = serializers.DateTimeField(read_only=True, allow_null=True)
    closed_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When every issuer had confirmed it."
    )


class RevocationReceiptSerializer(serializers.Serializer[Any]):
    """What ended. Owners of some of the policies see what was under those."""

    revocation = RevocationLineSerializer(source="ending", read_only=True)
    differs_from_preview = serializers.BooleanField(
        source="ending.differs_from_preview", read_only=True
    )
    is_complete = serializers.BooleanField(
        source="whole", read_only=True, help_text="Whether you see all of it."
    )
    others = serializers.IntegerField(read_only=True, help_text="How many you don't see.")
    grants = EndedGrantSerializer(many=True, read_only=True)
    keys = EndedKeySerializer(many=True, read_only=True)
    requests = serializers.SerializerMethodField(help_text="Those that were withdrawn.")
    tokens = serializers.SerializerMethodField()
    rules = serializers.SerializerMethodField()
    shared_access = serializers.SerializerMethodField(allow_null=True)

    def get_requests(self, receipt: dict[str, Any]) -> list[str]:
        return [each.public_id for each in receipt["requests"]]

    def get_tokens(self, receipt: dict[str, Any]) -> list[str]:
        return list(receipt["ending"].tokens) if receipt["whole"] else []

    def get_rules(self, receipt: dict[str, Any]) -> list[str]:
        return list(receipt["ending"].rules) if receipt["whole"] else []

    def get_shared_access(self, receipt: dict[str, Any]) -> int | None:
        return receipt["ending"].places if receipt["whole"] else None
