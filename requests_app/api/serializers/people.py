"""The signed-in person."""

from rest_framework import serializers

from lifecycle.people.models import User
from requests_app.api.serializers.shown import ReadOnlySerializer
from requests_app.key_format import holder_id


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
