"""The form of bodies about a draft's files and invitations."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from requests_app.api.request_bodies import RequestBody, TextField, WholeNumberField

ALLOWED = ("shows_purpose", "may_edit")


class UploadSerializer(RequestBody):
    """One file."""

    file = serializers.FileField(
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("This file is empty. Choose another one."),
        }
    )


class AllowSerializer(RequestBody):
    """What an invited person may see, and do once they have joined."""

    shows_purpose = serializers.BooleanField(
        required=False,
        help_text="Whether they read the purpose before they accept. If omitted, as it is.",
    )
    may_edit = serializers.BooleanField(
        required=False, help_text="Whether they may edit the draft. If omitted, as it is."
    )


class InviteSerializer(RequestBody):
    """Whom to invite, and what they may see and do."""

    email = TextField(max_length=254, help_text="They don't need an account yet.")
    shows_purpose = serializers.BooleanField(
        default=False, help_text="Whether they read the purpose before they accept."
    )
    may_edit = serializers.BooleanField(
        default=False, help_text="Whether they may edit the draft once they have joined."
    )


class AcceptSerializer(RequestBody):
    """The version whose terms you have read."""

    terms = WholeNumberField(help_text="As in `draft.policy_version`.")


class RemovedPersonSerializer(RequestBody):
    """Who is removed from the draft."""

    person = TextField(max_length=254, help_text="Their email address.")
