"""A mail that couldn't be handed over is never called sent, and the first superuser needs none."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from lifecycle.people.models import User, UserManager
from tests.conftest import PASSWORD
from tests.support.page_client import Browser, page, with_verified_email

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/login/"
RESET = "/accounts/password/reset/"


@pytest.fixture
def away(settings: Settings) -> None:
    """Nothing listens where the mail server should be."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def sign_up(email: str) -> str:
    typed = {"full_name": "A", "password1": PASSWORD, "password2": PASSWORD}
    return page(Client().post("/accounts/signup/", {"email": email, **typed}, follow=True))


def test_first_superuser_signs_in_on_a_site_without_mail(
    away: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email="Ada@example.org", full_name="Ada", interactive=False)
    browser = Client()
    typed = {"login": "ada@example.org", "password": PASSWORD}
    answer = browser.post(SIGN_IN, typed)
    assert "confirm-email" not in answer["Location"]
    assert browser.get("/profile/").status_code == 200


def test_superuser_at_an_address_that_another_confirmed_is_not_made(bob: User) -> None:
    with_verified_email(bob, "ada@example.org")
    with pytest.raises(CommandError, match="Another account has confirmed this address"):
        call_command("createsuperuser", email="ada@example.org", full_name="A", interactive=False)
    assert list(EmailAddress.objects.values_list("user", flat=True)) == [bob.pk]
    assert not User.objects.filter(is_superuser=True).exists()


def test_only_the_superuser_that_was_made_is_confirmed(
    monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    """And no other that is made meanwhile."""
    real = UserManager.create_superuser

    def another_meanwhile(manager: UserManager, email: str, **fields: Any) -> User:
        real(manager, "eve@example.org", full_name="Eve")
        return real(manager, email, **fields)

    monkeypatch.setattr(UserManager, "create_superuser", another_meanwhile)
    call_command("createsuperuser", email="ada@example.org", full_name="Ada", interactive=False)
    assert [row.email for row in EmailAddress.objects.all()] == ["ada@example.org"]


def test_sign_up_says_that_no_mail_could_be_sent_whether_or_not_there_is_an_account(
    away: None, alice: User
) -> None:
    new, known = sign_up("new@example.org"), sign_up(alice.email)
    assert "We couldn't send the email" in new
    assert "We have sent" not in new
    assert new == known


def test_sign_in_sends_the_link_that_sign_up_could_not(
    away: None, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    """From another browser too, and without a wait."""
    sign_up("new@example.org")
    typed = {"login": "new@example.org", "password": PASSWORD}
    assert "We couldn't send the email" in page(Client().post(SIGN_IN, typed, follow=True))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert "We've sent instructions" in page(Client().post(SIGN_IN, typed, follow=True))
    assert [mail.to for mail in mailoutbox] == [["new@example.org"]]


def test_reset_says_that_no_mail_could_be_sent_whether_or_not_there_is_an_account(
    away: None, alice: User
) -> None:
    with_verified_email(alice)
    pages = {
        page(Client().post(RESET, {"email": email}, follow=True))
        for email in (alice.email, "nobody@example.org")
    }
    assert len(pages) == 1
    assert "We couldn't send the email" in pages.pop()


def test_another_address_is_not_said_to_have_got_a_link(away: None, alice: User) -> None:
    with_verified_email(alice)
    browser = Browser(alice)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    typed = {"email": "alice@work.example", "action_add": ""}
    shown = page(browser.post("/accounts/email/", typed, follow=True))
    assert "We couldn't send the email" in shown
    assert "email sent" not in shown


def test_pages_say_sent_again_once_a_mail_was_taken(alice: User, settings: Settings) -> None:
    browser, backend = Client(), settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    refused = page(browser.post(RESET, {"email": alice.email}, follow=True))
    assert "We couldn't send the email" in refused
    settings.EMAIL_BACKEND = backend
    taken = page(browser.post(RESET, {"email": "nobody@example.org"}, follow=True))
    assert "We've sent instructions to that address." in taken


def test_what_sign_up_promises_comes_for_a_known_address_too(alice: User) -> None:
    new, known = sign_up("new@example.org"), sign_up(alice.email)
    assert "We've sent instructions to that address." in new
    assert "link" not in known.split("Nothing after")[0]
    assert new.replace("new@", "alice@") == known
