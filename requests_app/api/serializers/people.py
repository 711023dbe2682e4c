"""The signed-in person."""

from rest_framework import serializers

from lifecycle.people.models import User
from requests_app.api.serializers.shown import ReadOnlySerializer


class PersonSerializer(ReadOnlySerializer[User]):
    """The signed-in person."""

    institution = serializers.CharField(read_only=True, allow_null=True)
    country = serializers.CharField(read_only=True, help_text="ISO 3166 alpha-2, or empty.")

    class Meta:
        model = User
        fields = ("email", "full_name", "institution", "orcid", "country")
