"""allauth's forms for second factors, with our labels and messages."""

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
REFUSED = "incorrect_code"  # allauth uses it for a refused passkey as well
CODE = _("The six-digit code from your authenticator app, or a recovery code.")


class TakesCode(LabelledForm):
    """Mixin for a form with a code: digits, not stored by the browser."""

    hint = CODE

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].help_text = self.hint
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "spellcheck": "false"}


class ShowCode(TakesCode, base.AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """Enter a code as the second step of signing in."""


class ShowCodeAgain(TakesCode, base.ReauthenticateForm):  # type: ignore[misc]
    """Enter a code before a sensitive action."""


class AddApp(TakesCode, totp.ActivateTOTPForm):  # type: ignore[misc]
    """Confirm an authenticator app with its first code, which counts as shown in this session."""

    hint = _("The six-digit code from the app.")

    def clean_code(self) -> str:
        code: str = super().clean_code()
        record_authentication(context.request, self.user, "mfa", type="totp")
        return code


class Credential(forms.JSONField):
    """A browser's passkey response; a malformed one is refused like a wrong one."""

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
        """Never redisplay a response: it answers one challenge only."""
        return initial


class TakesPasskey:
    """Mixin that replaces allauth's message about a code when a passkey is refused."""

    def add_error(self, field: str | None, error: Any) -> None:
        if getattr(error, "code", None) == REFUSED:
            error = forms.ValidationError(_("This passkey didn't work. Try again."), code=REFUSED)
        super().add_error(field, error)  # type: ignore[misc]  # the form's


class ShowPasskey(TakesPasskey, webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """Use a passkey as the second step of signing in."""

    credential = Credential(AuthenticationResponse)


class ShowPasskeyAgain(TakesPasskey, webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Use a passkey before a sensitive action."""

    credential = Credential(AuthenticationResponse)


class SignInWithPasskey(TakesPasskey, webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    """Sign in with a passkey and no password."""

    credential = Credential(AuthenticationResponse)


class NamesPasskey(LabelledForm):
    """Mixin for a form with the passkey's name."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = LineField(
            label=_("Name"),
            max_length=80,
            required=False,
            help_text=_("Helps you recognise it, like “Work laptop”."),
        )


class AddPasskey(TakesPasskey, NamesPasskey, webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """Add a passkey, which counts as shown in this session."""

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
    """Rename a passkey."""
