"""The form for a file."""

from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

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
