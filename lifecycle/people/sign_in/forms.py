"""allauth's sign-in forms with our labels and no placeholders.

A placeholder disappears while one types, so it is no label (WCAG 2.2, 3.3.2).
"""

from collections.abc import Mapping
from typing import Any

from allauth.account import forms
from allauth.socialaccount import forms as identities
from django import forms as plain
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lifecycle.people.email import addresses
from lifecycle.people.email.normalization import comparable_address
from lifecycle.text.form_fields import CodeField

LABELS = {
    "login": _("Email address"),
    "email": _("Email address"),
    "password": _("Password"),
    "remember": _("Keep me signed in"),
    "oldpassword": _("Current password"),
    "password1": _("Password"),
    "password2": _("Confirm password"),
}


REQUIRED = {
    "login": _("Enter your email address."),
    "email": _("Enter an email address."),
    "password": _("Enter your password."),
    "oldpassword": _("Enter your current password."),
    "password1": _("Choose a password."),
    "password2": _("Enter the password again."),
}


class LabelledForm:
    """Mixin for a form of allauth that sets our labels and messages."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            if name in REQUIRED:
                field.error_messages["required"] = REQUIRED[name]
            field.widget.attrs.pop("placeholder", None)


class NewPasswordForm(LabelledForm):
    """Mixin for a form that replaces an existing password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("Confirm new password")


class SignIn(LabelledForm, forms.LoginForm):  # type: ignore[misc]  # allauth has no types
    """Sign in with email address and password."""

    def clean_login(self) -> str:
        return comparable_address(super().clean_login())


class SignUp(LabelledForm, forms.SignupForm):  # type: ignore[misc]
    """Create an account; `people.forms.SignupForm` adds name and institution."""

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        """Hash the password even if the account exists, so that timing doesn't reveal it."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        saved: tuple[Any, Any] = super().try_save(request)
        return saved


class SignUpWithIdentity(LabelledForm, identities.SignupForm):  # type: ignore[misc]
    """Create an account with an external identity and no password.

    An address that the provider verified is fixed: another one would be unverified and still
    receive our emails.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vouched = [each.email for each in self.sociallogin.email_addresses if each.verified]
        if vouched:
            self.initial["email"] = vouched[0]
            self.fields["email"].disabled = True
            self.fields["email"].help_text = _("You can add more later under Account.")


class Disconnect(LabelledForm, identities.DisconnectForm):  # type: ignore[misc]
    """Remove a connected identity."""


class AddAddress(LabelledForm, forms.AddEmailForm):  # type: ignore[misc]
    """Add another address of the same person."""


class ChangePassword(NewPasswordForm, forms.ChangePasswordForm):  # type: ignore[misc]
    """Enter the current password and a new one twice."""


class SetPassword(LabelledForm, forms.SetPasswordForm):  # type: ignore[misc]
    """Set a first password for an account without one."""


class ForgotPassword(LabelledForm, forms.ResetPasswordForm):  # type: ignore[misc]
    """Enter the address to send a reset link to."""

    def clean_email(self) -> str:
        return addresses.cleaned(super().clean_email())


class NewPassword(NewPasswordForm, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """Choose a new password after following that link."""


class SignInAgain(LabelledForm, forms.ReauthenticateForm):  # type: ignore[misc]
    """Enter the password again before a sensitive action."""


class DeleteAccount(plain.Form):
    """Enter the address to confirm the deletion of one's account."""

    typed = CodeField(
        label=_("Your email address"),
        widget=plain.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter your email address to confirm.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, address: str) -> None:
        super().__init__(data)
        self.address = address
        asked = gettext("To confirm, enter the email address you sign in with: %(address)s")
        self.fields["typed"].help_text = asked % {"address": escape(address)}

    def clean_typed(self) -> str:
        typed = comparable_address(str(self.cleaned_data["typed"]))
        if typed != self.address:
            raise plain.ValidationError(_("This isn't the email address you sign in with."))
        return typed
