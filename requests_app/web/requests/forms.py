"""The forms for a file and for an invitation."""

from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from lifecycle.text.form_fields import CodeField
from requests_app.files.file_types import ACCEPTED, EXTENSIONS
from requests_app.web.fields import RefusableForm


class FileForm(RefusableForm):
    """One file; the action looks into it."""

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
        told = {"kinds": ACCEPTED, "most": filesizeformat(settings.FILE_MAX_BYTES)}
        self.fields["file"].help_text = _("At most %(most)s, as one of: %(kinds)s.") % told


class InvitationForm(RefusableForm):
    """One address; the action says what is wrong with it."""

    email = CodeField(
        max_length=254,
        label=_("E-mail address"),
        help_text=_(
            "We send one mail with your name, your address and the models. It doesn't matter "
            "whether they have an account yet."
        ),
        error_messages={
            "required": _("Write the address of somebody who works on it with you."),
            "max_length": _("This is too long for an e-mail address."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    use_required_attribute = False
