"""What somebody typed comes back after their session ended or a page was too old; to them alone."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django.utils.http import parse_http_date
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Stage, Vote
from tests.conftest import PASSWORD
from tests.endings.test_account_deletion import asked
from tests.support.desk_client import form_for, page_of
from tests.support.page_client import Browser, page, with_verified_email

pytestmark = pytest.mark.django_db

TEXT = "We compare how the model refuses, line by line.\nSecond line."
HERE = "http://testserver"


def left_open(person: User, **how: bool) -> Browser:
    """A browser whose session has ended; its pages are still open."""
    browser = Browser(person, **how)
    browser.get("/profile/")
    Session.objects.all().delete()
    return browser


def signs_in(browser: Client, person: User) -> None:
    answer = browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302


def keys_kept() -> list[bytes]:
    """Of texts in the cache, by their names."""
    client = cache._cache.get_client()  # type: ignore[attr-defined]  # Django names none
    return list(client.scan_iter("*:typed:*"))


def typed_into(draft: AccessRequest, browser: Client, text: str = TEXT) -> str:
    there = f"/requests/{draft}/edit/purpose/"
    answer = browser.post(there, {"purpose": text})
    assert answer["Location"].endswith("?next=/typed/")
    return there


def test_text_comes_back_after_signing_in_again(draft: AccessRequest, alice: User) -> None:
    browser = left_open(with_verified_email(alice))
    there = typed_into(draft, browser)
    assert "We've kept your text for an hour" in page(browser.get("/accounts/login/"))
    signs_in(browser, alice)
    shown = browser.get("/typed/")
    assert TEXT in shown.content.decode()
    assert f'action="{there}"' in shown.content.decode()
    assert ">What do you need it for?</label>" in shown.content.decode()
    draft.refresh_from_db()
    assert draft.revision.purpose != TEXT  # nothing was sent yet
    assert browser.post(there, {"purpose": TEXT}).status_code == 302
    assert browser.get("/typed/").status_code == 302  # it was sent


def drop_expired_cookies(browser: Client) -> None:
    """As a browser does; Django's client sends them for ever."""
    for name, cookie in list(browser.cookies.items()):
        if cookie["expires"] and parse_http_date(cookie["expires"]) <= timezone.now().timestamp():
            del browser.cookies[name]


@pytest.mark.parametrize("last_visit", [timedelta(0), timedelta(days=13), timedelta(days=25)])
def test_text_comes_back_after_the_session_came_to_its_own_end(
    draft: AccessRequest, alice: User, last_visit: timedelta, settings: Settings
) -> None:
    """Also when a page moved that end, long after the sign-in."""
    settings.SESSION_SAVE_EVERY_REQUEST = True
    browser, began = Browser(with_verified_email(alice)), timezone.now()
    browser.get("/profile/")
    for days in range(0, last_visit.days + 1, 12):
        with time_machine.travel(began + timedelta(days=days), tick=False):
            browser.get("/profile/")
    with time_machine.travel(began + last_visit, tick=False):
        browser.get("/profile/")
    end = began + last_visit + timedelta(seconds=settings.SESSION_COOKIE_AGE, hours=20)
    with time_machine.travel(end, tick=False):
        drop_expired_cookies(browser)
        assert "session" not in browser.cookies
        typed_into(draft, browser)
        signs_in(browser, alice)
        assert TEXT in browser.get("/typed/").content.decode()


def test_text_never_comes_to_another_person(draft: AccessRequest, alice: User, bob: User) -> None:
    browser = left_open(with_verified_email(alice))
    typed_into(draft, browser)
    signs_in(browser, with_verified_email(bob))
    assert browser.get("/typed/", follow=True).content.decode().count(TEXT) == 0


def test_text_is_kept_for_an_hour_and_unreadable(draft: AccessRequest, alice: User) -> None:
    browser = left_open(with_verified_email(alice))
    typed_into(draft, browser)
    assert TEXT[:20].encode() not in cache.get(f"typed:{alice.pk}")
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        signs_in(browser, alice)
        assert browser.get("/typed/").status_code == 302


def test_a_stranger_keeps_nothing(draft: AccessRequest, client: Client) -> None:
    answer = client.post(f"/requests/{draft}/edit/purpose/", {"purpose": TEXT})
    assert "next=/requests/" in answer["Location"]
    assert not keys_kept()


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/profile/", {"full_name": "x" * 300_000}),
        ("/account/delete/", {"password": "a phrase", "secret_code": "12"}),
    ],
)
def test_too_long_a_text_and_secrets_are_not_kept(
    alice: User, address: str, fields: dict[str, str]
) -> None:
    browser = left_open(alice)
    browser.post(address, fields)
    assert not keys_kept()


def test_one_cookie_keeps_one_text_and_no_session(draft: AccessRequest, alice: User) -> None:
    browser = left_open(with_verified_email(alice))
    for n in range(5):
        browser.cookies.pop("session", None)
        typed_into(draft, browser, f"{TEXT} {n}")
    assert not Session.objects.exists()
    assert len(keys_kept()) == 1
    signs_in(browser, alice)
    assert f"{TEXT} 4" in browser.get("/typed/").content.decode()


def test_texts_are_kept_so_often_and_no_more(
    draft: AccessRequest, alice: User, settings: Settings
) -> None:
    settings.TEXTS_KEPT_PER_HOUR = 2
    browser = left_open(with_verified_email(alice))
    there = f"/requests/{draft}/edit/purpose/"
    answers = [browser.post(there, {"purpose": f"{TEXT} {n}"})["Location"] for n in range(3)]
    assert [answer.endswith("?next=/typed/") for answer in answers] == [True, True, False]


def test_a_page_that_was_too_old_keeps_its_text_once(
    draft: AccessRequest, alice: User, settings: Settings
) -> None:
    settings.TEXTS_KEPT_PER_HOUR = 1
    browser = left_open(with_verified_email(alice), enforce_csrf_checks=True)
    message = {"purpose": TEXT, "csrfmiddlewaretoken": "x" * 64}
    there = f"/requests/{draft}/edit/purpose/"
    answer = browser.post(there, message, headers={"origin": HERE})
    assert answer["Location"].endswith("?next=/typed/")
    assert len(keys_kept()) == 1


def test_signing_out_leaves_no_text_and_no_cookie(draft: AccessRequest, alice: User) -> None:
    browser = left_open(with_verified_email(alice))
    typed_into(draft, browser)
    signs_in(browser, alice)
    browser.post("/accounts/logout/")
    assert not keys_kept()
    assert browser.cookies["typing"].value == ""


def test_deleting_an_account_leaves_no_text_and_no_cookie(
    draft: AccessRequest, alice: User
) -> None:
    browser = left_open(with_verified_email(alice))
    typed_into(draft, browser)
    signs_in(browser, alice)
    asked(browser)
    assert keys_kept()
    gone = browser.post("/account/delete/", {"typed": alice.email})
    assert re.search(r"Reference: end_\w+\.", page(gone))
    assert not keys_kept()
    assert browser.cookies["typing"].value == ""


def test_text_never_opens_in_another_browser(draft: AccessRequest, alice: User) -> None:
    typed_into(draft, left_open(with_verified_email(alice)))
    other = Browser(alice)
    assert TEXT not in other.get("/typed/", follow=True).content.decode()


def test_what_an_account_typed_that_is_closed_is_not_kept(
    draft: AccessRequest, alice: User
) -> None:
    browser = left_open(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    browser.post(f"/requests/{draft}/edit/purpose/", {"purpose": TEXT})
    assert not keys_kept()


def test_a_vote_comes_back_after_signing_in_again(stage: Stage, rita: User) -> None:
    browser = left_open(with_verified_email(rita))
    there = page_of(stage.access_request)
    answer = browser.post(there, form_for(stage, "approve", reason=TEXT))
    assert answer["Location"].endswith("?next=/typed/")
    signs_in(browser, rita)
    shown = browser.get("/typed/").content.decode()
    assert TEXT in shown
    assert f'name="shown" value="{stage.revision.digest()}"' in shown
    assert not Vote.objects.exists()


def test_text_comes_back_from_a_page_that_was_too_old(draft: AccessRequest, alice: User) -> None:
    browser = Browser(alice, enforce_csrf_checks=True)
    there = f"/requests/{draft}/edit/purpose/"
    message = {"purpose": TEXT, "csrfmiddlewaretoken": "x" * 64}
    shown = browser.post(there, message, headers={"origin": HERE})
    assert shown.status_code == 403
    assert TEXT in shown.content.decode()
    elsewhere = browser.post(there, message, headers={"origin": "https://evil.example"})
    assert TEXT not in elsewhere.content.decode()
