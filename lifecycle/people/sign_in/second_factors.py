"""Second factors: who has one, whether a session has used it, how secrets are stored."""

import base64
import hashlib
import secrets
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lifecycle.people.models import User

STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_factor(person: User) -> bool:
    """Return whether the person has an authenticator app or a passkey, besides recovery codes."""
    return bool(Authenticator.objects.filter(user=person, type__in=STRONG).exists())


def has_shown(request: HttpRequest) -> bool:
    """Return whether this session has used a second factor.

    A session older than the person's first factor hasn't.
    """
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def is_missing(request: HttpRequest) -> bool:
    """Return whether an action that requires a second factor has to be refused for lack of it."""
    if not settings.SECOND_FACTOR_REQUIRED:
        return False
    assert isinstance(request.user, User)
    return not (has_shown(request) and has_factor(request.user))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth's adapter with our messages, and with secrets encrypted in the database."""

    error_messages = {  # noqa: RUF012
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": _("Remove your second factors before you add an address."),
        "cannot_delete_authenticator": _("This one can't be removed."),
        "cannot_generate_recovery_codes": _("Add an authenticator app or a passkey first."),
        "incorrect_code": _("Incorrect code. Wait for the next one and enter that."),
        "unverified_email": _(
            "Confirm or remove every unconfirmed email address before you add a second factor."
        ),
    }

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; a random one, which no code matches, if SECRET_KEY has changed."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def build_totp_svg(self, url: str) -> str:
        """Return the SVG without its XML declaration, for use inside a page."""
        drawn: str = super().build_totp_svg(url)
        return drawn[drawn.index("<svg") :]

    def generate_authenticator_name(self, user: User, type: str) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        named: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**named, "display_name": str(user)}


def _box() -> Fernet:
    key = hashlib.sha256(b"second factors:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
