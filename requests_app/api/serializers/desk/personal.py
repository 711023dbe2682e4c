"""A reviewer's own delegations and reminders."""

from django.utils import timezone
from rest_framework import serializers

from lifecycle.people.models import User
from requests_app.api.serializers.shown import ReadOnlySerializer
from requests_app.models import Delegation


class NamedPersonSerializer(serializers.Serializer[User]):
    """Somebody to choose, by a number."""

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(source="*", read_only=True)


class DelegationSerializer(ReadOnlySerializer[Delegation]):
    """A seat lent for a period, or by a policy's owner on one step of a request."""

    by = serializers.CharField(source="person", read_only=True)
    to = serializers.CharField(source="delegate", read_only=True)
    step = serializers.CharField(
        source="stage.step.name",
        read_only=True,
        allow_null=True,
        help_text="The only step that it is for, if an owner of the policy reassigned it.",
    )
    is_current = serializers.SerializerMethodField(help_text="Whether it counts now.")

    class Meta:
        model = Delegation
        fields = (
            "id",
            "by",
            "to",
            "step",
            "starts_at",
            "ends_at",
            "takes_open",
            "away",
            "reason",
            "ended_at",
            "is_current",
        )

    def get_is_current(self, delegation: Delegation) -> bool:
        return delegation.is_current(timezone.now())


class SeatsSerializer(serializers.Serializer[object]):
    """Whose seats of the open step can be reassigned, and to whom."""

    step = serializers.CharField(read_only=True)
    free = NamedPersonSerializer(many=True, read_only=True)
    candidates = NamedPersonSerializer(many=True, read_only=True)
