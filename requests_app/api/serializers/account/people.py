"""The signed-in person: their account, and what they follow."""

from typing import Any

from rest_framework import serializers

from lifecycle.people.models import User
from requests_app.api.serializers.shown import ReadOnlySerializer
from requests_app.key_format import holder_id
from requests_app.models import Follow


class PersonSerializer(ReadOnlySerializer[User]):
    """The signed-in person."""

    id = serializers.SerializerMethodField(help_text="As `X-Emeritus-Holder` at gateways.")
    institution = serializers.CharField(read_only=True, allow_null=True)
    country = serializers.CharField(read_only=True, help_text="ISO 3166 alpha-2, or empty.")

    class Meta:
        model = User
        fields = ("id", "email", "full_name", "institution", "orcid", "country")

    def get_id(self, person: User) -> str:
        return holder_id(person.pk)


class ProfileSerializer(ReadOnlySerializer[User]):
    """A profile. It can be sent back as it is."""

    institution = serializers.SerializerMethodField(help_text="Empty if there is none.")
    country = serializers.CharField(read_only=True, help_text="ISO 3166 alpha-2, or empty.")

    class Meta:
        model = User
        fields = ("full_name", "institution", "orcid", "country", "time_zone", "language")

    def get_institution(self, person: User) -> str:
        return str(person.institution or "")


class DeletedAccountSerializer(serializers.Serializer[Any]):
    """What is left of a deleted account."""

    receipt = serializers.CharField(
        source="public_id", read_only=True, help_text="Name it if you have a question."
    )


class FollowSerializer(ReadOnlySerializer[Follow]):
    """Something that you follow: one of a model, a provider and a platform."""

    model = serializers.CharField(source="ai_model.identifier", read_only=True, allow_null=True)
    provider = serializers.CharField(source="provider.slug", read_only=True, allow_null=True)
    platform = serializers.SerializerMethodField()
    name = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = Follow
        fields = ("model", "provider", "platform", "name", "followed_at")

    def get_platform(self, row: Follow) -> str | None:
        return row.platform or None


class UnfollowedSerializer(serializers.Serializer[Any]):
    """Whether it was followed before."""

    was_followed = serializers.BooleanField(read_only=True)
