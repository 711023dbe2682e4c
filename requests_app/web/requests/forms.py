"""Forms for a file and for an invitation."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lifecycle.text.form_fields import CodeField
from lifecycle.text.numbers import file_size
from requests_app.files.file_types import ACCEPTED, EXTENSIONS
from requests_app.web.fields import RefusableForm


class FileForm(RefusableForm):
    """A file, which the action checks."""

    file = forms.FileField(
        label=_("File"),
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("This file is empty. Choose another one."),
        },
        widget=forms.FileInput(attrs={"accept": ",".join(EXTENSIONS)}),
    )

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = {"kinds": ACCEPTED, "most": file_size(settings.FILE_MAX_BYTES)}
        self.fields["file"].help_text = _("At most %(most)s, as one of: %(kinds)s.") % told


class AllowForm(RefusableForm):
    """What an invited person may see, and do once they have joined."""

    shows_purpose = forms.BooleanField(
        required=False,
        label=_("Show them the purpose before they accept"),
        help_text=_("If not, they see the title, the models and the dates."),
    )
    may_edit = forms.BooleanField(
        required=False,
        label=_("They may edit the draft"),
        help_text=_(
            "Its purpose, use and time, data and safety, and policy questions. Only you can send "
            "it."
        ),
    )


class InvitationForm(AllowForm):
    """An email address, which the action checks."""

    email = CodeField(
        max_length=254,
        label=_("Email address"),
        help_text=_(
            "We'll send one email with your name, your address and the models. They don't "
            "need an account yet."
        ),
        error_messages={
            "required": _("Enter a collaborator's email address."),
            "max_length": _("This email address is too long."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("email", "shows_purpose", "may_edit")

    use_required_attribute = False
