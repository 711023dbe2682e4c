"""Events of a request."""

from rest_framework import serializers

from requests_app.api.serializers.shown import ChoiceField, HolderIdField
from requests_app.rules.events.objects import EventKind, EventObject


class EventObjectSerializer(serializers.Serializer[EventObject]):
    """One change of a request or of what it led to."""

    id = serializers.CharField(read_only=True, help_text="It never changes.")
    kind = ChoiceField(EventKind)
    at = serializers.DateTimeField(read_only=True)
    subject = serializers.CharField(read_only=True, help_text="What changed.")
    request = serializers.CharField(read_only=True)
    grant = serializers.CharField(read_only=True, allow_null=True)
    key = serializers.CharField(read_only=True, allow_null=True)
    actor = HolderIdField(allow_null=True)
    service_account = serializers.CharField(
        read_only=True, allow_null=True, help_text="The token of yours that did it."
    )
    data = serializers.DictField(  # type: ignore[assignment]  # a field, not DRF's
        read_only=True, help_text="Such as the review's `step`. Of what you did, what you gave."
    )
