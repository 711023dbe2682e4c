"""How the tests sign in with a password, and what an authenticator app does."""

import time
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import encrypt
from django.test import Client

from lifecycle.people.models import User
from tests.conftest import PASSWORD
from tests.support.page_client import Browser

SECRET = "JBSWY3DPEHPK3PXP"


def with_app(person: User) -> User:
    """A person who has an authenticator app."""
    data = {"secret": encrypt(SECRET)}
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data=data)
    return person


def code(secret: str = SECRET) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def sign_in(person: User, browser: Client | None = None, **how: Any) -> Any:
    """The answer to the form; sign-in is done when it leads away from it."""
    EmailAddress.objects.get_or_create(
        user=person, email=person.email, defaults={"verified": True, "primary": True}
    )
    typed = {"login": person.email, "password": PASSWORD}
    return (browser or Client()).post("/accounts/login/", typed | how)


def signed_in_with_factor(person: User) -> Browser:
    """Through both steps of the form."""
    browser = Browser()
    sign_in(with_app(person), browser)
    browser.post("/accounts/2fa/authenticate/", {"code": code()})
    return browser
