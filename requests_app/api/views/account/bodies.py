"""The form of bodies about one's own account."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from requests_app.api.request_bodies import RequestBody, TextField, WholeNumberField
from requests_app.models import TokenPermission


def _optional(help_text: str) -> TextField:
    return TextField(default="", allow_blank=True, help_text=help_text)


class ProfileBody(RequestBody):
    """A profile, as reviewers see it beside each request."""

    full_name = TextField()
    institution = _optional("The university, lab or company you work for. Empty if you have none.")
    orcid = _optional("Four groups of four characters, like `0000-0002-1825-0097`, or empty.")
    country = _optional("ISO 3166 alpha-2, or empty.")
    time_zone = _optional("A name of the IANA database, or empty for that of each browser.")
    language = _optional("The language of pages and emails, as a code like `de`, or empty.")


class DeleteAccountBody(RequestBody):
    """The address you sign in with, to confirm the deletion."""

    email = TextField(max_length=254)


class FollowedBody(RequestBody):
    """One of a model, a provider and a platform."""

    described_limits = {"minProperties": 1, "maxProperties": 1}

    model = TextField(required=False, help_text="An identifier from the catalogue.")
    provider = TextField(required=False, help_text="The provider's slug, such as `anthropic`.")
    platform = TextField(
        required=False, max_length=100, help_text="A platform's name, as retirements have it."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if len(data) != 1:
            raise serializers.ValidationError(_("Name one model, provider or platform."))
        return data


class NewTokenBody(RequestBody):
    """What the token is for, what it may do, and until when."""

    name = TextField(help_text="What it is for, in at most 100 characters.")
    permissions = serializers.ListField(
        child=TextField(max_length=20),
        max_length=len(TokenPermission.values),
        help_text=f"Some of: {', '.join(TokenPermission.values)}.",
    )
    expires_at = serializers.DateTimeField(
        help_text="At most 366 days from now. UTC if no offset is given."
    )


class RotateTokenBody(RequestBody):
    """How long the old token stays valid alongside the new one."""

    overlap_hours = WholeNumberField(default=24, min_value=0, max_value=168)
