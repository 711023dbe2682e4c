"""Revocation receipts of keys."""

from typing import Any

from rest_framework import serializers

from requests_app.reports.receipts import RevocationReceipt


class AtIssuerSerializer(serializers.Serializer[Any]):
    """One place where the key could be used."""

    name = serializers.CharField(read_only=True)
    refuses_since = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Null until it has confirmed."
    )


class ReceiptSerializer(serializers.Serializer[RevocationReceipt]):
    """When and where a key was revoked, and its use before and after."""

    key = serializers.CharField(source="key.public_id", read_only=True)
    last_four = serializers.CharField(source="key.last_four", read_only=True)
    reason = serializers.CharField(read_only=True)
    refused_from = serializers.DateTimeField(read_only=True)
    recorded_at = serializers.DateTimeField(source="event.at", read_only=True)
    confirmed_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Null until every issuer has confirmed."
    )
    issuers = AtIssuerSerializer(many=True, read_only=True)
    last_used_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="To the minute. Null if it was never used."
    )
    attempts = serializers.IntegerField(
        read_only=True, help_text="Number of refused calls since then."
    )
    last_attempt_at = serializers.DateTimeField(read_only=True, allow_null=True)
    request = serializers.CharField(source="key.grant.access_request.public_id", read_only=True)
    event = serializers.IntegerField(
        source="event_number",
        read_only=True,
        help_text="Its number among the events of the request.",
    )
    event_digest = serializers.CharField(
        source="digest", read_only=True, help_text="SHA-256, in hexadecimal."
    )
