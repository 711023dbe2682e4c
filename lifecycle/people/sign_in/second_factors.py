"""Second factors: who has one, whether a session has shown it, and how their secrets are kept."""

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
    """An authenticator app or a passkey; recovery codes alone don't count."""
    return bool(Authenticator.objects.filter(user=person, type__in=STRONG).exists())


def has_shown(request: HttpRequest) -> bool:
    """Whether this session signed in with a second factor, or has shown one since.

    A session that is older than the person's first factor hasn't.
    """
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def is_missing(request: HttpRequest) -> bool:
    """Whether what takes a second factor has to wait for one; `request` has a signed-in person."""
    if not settings.SECOND_FACTOR_REQUIRED:
        return False
    assert isinstance(request.user, User)
    return not (has_shown(request) and has_factor(request.user))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Our words, and secrets that a copy of the database doesn't give away."""

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
        """What SECRET_KEY no longer opens becomes a secret that no code fits."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def build_totp_svg(self, url: str) -> str:
        """To stand in a page: without the line that only a file of its own has."""
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
