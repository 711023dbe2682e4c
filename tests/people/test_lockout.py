"""Guessed passwords: an account and an address are locked for a while, and told until when."""

import re
from typing import Any

import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.test import Client
from pytest_django import Settings

from lifecycle.people.models import User
from tests.conftest import PASSWORD
from tests.support.authenticator import sign_in, with_app
from tests.support.page_client import Browser, page

AGAIN = "/accounts/reauthenticate/"

pytestmark = pytest.mark.django_db


def guess(login: str, times: int, address: str = "192.0.2.1", **headers: str) -> Any:
    """The answer to the last one of some guesses, none of which is right."""
    answers = [
        Client(REMOTE_ADDR=address, headers=headers).post(
            "/accounts/login/", {"login": login, "password": f"guess {number}"}
        )
        for number in range(times)
    ]
    return answers[-1]


@pytest.mark.parametrize("login", ["alice@example.org", "nobody@example.org"])
def test_guessing_locks_an_account_whether_it_exists_or_not(alice: User, login: str) -> None:
    assert guess(login, 5).status_code == 200
    locked = guess(login, 1, address="198.51.100.7")
    assert locked.status_code == 429
    assert 0 < int(locked["Retry-After"]) <= 300
    assert re.search(r"Wait 5 minutes, then try again. You can try again at: \d", page(locked))


def test_locked_account_refuses_the_right_password_too(alice: User) -> None:
    guess(alice.email, 5)
    assert sign_in(alice).status_code == 429


def test_guessing_locks_an_address_for_all_accounts(alice: User) -> None:
    for number in range(10):
        guess(f"nobody{number}@example.org", 1)
    assert sign_in(alice, Client(REMOTE_ADDR="192.0.2.1")).status_code == 429
    assert sign_in(alice, Client(REMOTE_ADDR="192.0.2.2")).status_code == 302


def test_behind_a_proxy_the_address_is_the_one_it_saw(alice: User, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(10):
        seen = {"x-forwarded-for": f"203.0.113.{number}, 192.0.2.9"}  # the first part is forged
        guess(f"nobody{number}@example.org", 1, address="10.0.0.1", **seen)
    other = Client(REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": "192.0.2.10"})
    assert sign_in(alice, other).status_code == 302
    same = Client(REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": "1.1.1.1, 192.0.2.9"})
    assert sign_in(alice, same).status_code == 429


def test_without_a_proxy_the_header_is_never_read(alice: User) -> None:
    for number in range(10):
        seen = {"x-forwarded-for": f"203.0.113.{number}"}
        guess(f"nobody{number}@example.org", 1, **seen)
    assert sign_in(alice, Client(REMOTE_ADDR="192.0.2.1")).status_code == 429


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_mails_lead_to_this_site_only(alice: User, email: str, mailoutbox: list[Any]) -> None:
    client = Client(headers={"host": "testserver:6666"})
    client.post("/accounts/password/reset/", {"email": email})
    (mail,) = mailoutbox
    assert set(re.findall(r"https?://[^/\s]+", mail.body)) == {"http://localhost:8000"}


class Counting(ScryptPasswordHasher):
    """Says how often it was asked; its work is what sign-up and sign-in take their time for."""

    asked = 0

    def encode(self, *args: Any, **kwargs: Any) -> str:
        Counting.asked += 1
        return super().encode(*args, **kwargs)


@pytest.mark.parametrize("address", ["/accounts/signup/", "/accounts/login/"])
def test_known_address_takes_as_long_as_an_unknown_one(
    alice: User, settings: Settings, address: str
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    alice.set_password(PASSWORD)
    alice.save()
    work = []
    for email in (alice.email, "nobody@example.org"):
        Counting.asked = 0
        typed = {"login": email, "email": email, "full_name": "Nobody", "password": "a guess"}
        typed |= dict.fromkeys(("password1", "password2"), "another long phrase")
        assert Client().post(address, typed).status_code in (200, 302)
        work.append(Counting.asked)
    assert work == [1, 1]


def test_guessed_codes_are_refused_after_some(alice: User) -> None:
    browser = Browser()
    sign_in(with_app(alice), browser)
    for number in range(5):
        browser.post("/accounts/2fa/authenticate/", {"code": f"{number}"})
    assert "Too many failed attempts" in page(
        browser.post("/accounts/2fa/authenticate/", {"code": "9"})
    )


def test_password_again_is_asked_for_ten_times_at_most(alice: User) -> None:
    browser = Browser(alice)
    tries = [browser.post(AGAIN, {"password": "a guess"}) for _ in range(11)]
    last = tries[-1]
    assert last.status_code == 429
    assert int(last["Retry-After"]) > 0
