"""The forms of second factors in our words."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from lifecycle.people.sign_in.forms import LabelledForm
from lifecycle.text.form_fields import LineField

NOT_READ = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
REFUSED = "incorrect_code"  # allauth's name for a passkey that doesn't fit, too
CODE = _("The six-digit code from your authenticator app, or a recovery code.")


class TakesCode(LabelledForm):
    """A code is digits, and never kept by the browser."""

    hint = CODE

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].help_text = self.hint
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "spellcheck": "false"}


class ShowCode(TakesCode, base.AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The second step of signing in."""


class ShowCodeAgain(TakesCode, base.ReauthenticateForm):  # type: ignore[misc]
    """Before something that matters."""


class AddApp(TakesCode, totp.ActivateTOTPForm):  # type: ignore[misc]
    """Shows that the app has the secret; with that, this session has shown the factor."""

    hint = _("The six-digit code from the app.")

    def clean_code(self) -> str:
        code: str = super().clean_code()
        record_authentication(context.request, self.user, "mfa", type="totp")
        return code


class Credential(forms.JSONField):
    """What a browser made with a passkey. What can't be read is refused like what doesn't fit."""

    def __init__(self, kind: Any) -> None:
        super().__init__(widget=forms.HiddenInput)
        self.kind = kind

    def to_python(self, value: Any) -> Any:
        try:
            parsed = super().to_python(value)
            self.kind.from_dict(parsed)
        except NOT_READ:
            raise get_adapter().validation_error(REFUSED) from None
        return parsed

    def bound_data(self, data: Any, initial: Any) -> Any:
        """One answers one challenge, so the page never has it again."""
        return initial


class TakesPasskey:
    """Mixed into a form of allauth, which speaks of a code where a passkey doesn't fit."""

    def add_error(self, field: str | None, error: Any) -> None:
        if getattr(error, "code", None) == REFUSED:
            error = forms.ValidationError(_("This passkey didn't work. Try again."), code=REFUSED)
        super().add_error(field, error)  # type: ignore[misc]  # the form's


class ShowPasskey(TakesPasskey, webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of signing in."""

    credential = Credential(AuthenticationResponse)


class ShowPasskeyAgain(TakesPasskey, webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Before something that matters."""

    credential = Credential(AuthenticationResponse)


class SignInWithPasskey(TakesPasskey, webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    """Without a password."""

    credential = Credential(AuthenticationResponse)


class NamesPasskey(LabelledForm):
    """A name, to tell one from another."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = LineField(
            label=_("Name"),
            max_length=80,
            required=False,
            help_text=_("Helps you recognise it, like “Work laptop”."),
        )


class AddPasskey(TakesPasskey, NamesPasskey, webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """What the browser made; with that, this session has shown the factor."""

    credential = Credential(RegistrationResponse)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.label = _("Use it to sign in without a password")
        alone.help_text = _("This needs a passkey that asks for a PIN, fingerprint or face.")

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean()
        if not self.errors:
            record_authentication(context.request, self.user, "mfa", type="webauthn")
        return cleaned


class RenamePasskey(NamesPasskey, webauthn.EditWebAuthnForm):  # type: ignore[misc]
    """Another name."""
