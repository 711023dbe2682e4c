"""The form for an address."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lifecycle.text.form_fields import CodeField
from requests_app.web.fields import RefusableForm


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
