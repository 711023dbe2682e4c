"""The language of a page, a refusal and a mail: who chooses it, and where it is kept."""

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.utils import translation

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Stage
from tests.conftest import PASSWORD
from tests.support.page_client import Browser

pytestmark = pytest.mark.django_db

GERMAN = {"headers": {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}}


def language_of(response: object) -> str:
    """What the page says of itself, to browsers and to caches."""
    text = response.content.decode().split('<html lang="')[1].split('"')[0]  # type: ignore[attr-defined]
    assert response["Content-Language"] == text  # type: ignore[index]
    assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))  # type: ignore[index]
    return str(text)


def choose(client: Client, language: str, following: str = "/models/") -> str:
    response = client.post("/language/", {"language": language, "next": following})
    assert response.status_code == 302
    return str(response["Location"])


def sign_in(client: Client, person: User) -> None:
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    response = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert response.status_code == 302


def test_page_comes_as_the_browser_asks(client: Client) -> None:
    assert language_of(client.get("/", **GERMAN)) == "de"
    assert language_of(client.get("/", headers={"accept-language": "en-US"})) == "en-gb"
    assert language_of(client.get("/", headers={"accept-language": "fr"})) == "en-gb"
    assert translation.get_language() == settings.LANGUAGE_CODE


def test_choice_goes_before_the_browser_and_back_to_the_page(client: Client) -> None:
    assert choose(client, "en-gb", "/models/?q=opus") == "/models/?q=opus"
    assert language_of(client.get("/", **GERMAN)) == "en-gb"
    kept = client.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (kept["httponly"], kept["samesite"]) == (True, "Lax")


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"]
)
def test_choice_leads_to_no_other_site(client: Client, elsewhere: str) -> None:
    assert choose(client, "de", elsewhere) == "/"


@pytest.mark.parametrize("language", ["fr", "", "../de", "de\r\nSet-Cookie: a=b"])
def test_choice_refuses_a_language_that_is_not_offered(client: Client, language: str) -> None:
    response = client.post("/language/", {"language": language})
    assert response.status_code == 422
    assert settings.LANGUAGE_COOKIE_NAME not in response.cookies


def test_choice_of_somebody_signed_in_is_theirs_in_other_browsers(alice: User) -> None:
    choose(Browser(alice), "de")
    elsewhere = Client()
    sign_in(elsewhere, alice)
    assert language_of(elsewhere.get("/")) == "de"


def test_choice_before_signing_in_is_noted_for_mails(alice: User, client: Client) -> None:
    choose(client, "de")
    sign_in(client, alice)
    alice.refresh_from_db()
    assert alice.language == "de"


def test_profile_takes_a_language(alice: User) -> None:
    browser = Browser(alice)
    browser.post("/profile/", {"full_name": "Alice", "language": "de"})
    assert language_of(browser.get("/profile/")) == "de"
    assert browser.post("/profile/", {"full_name": "Alice", "language": "fr"}).status_code == 422


def test_review_desk_is_in_english(rita: User) -> None:
    assert language_of(Browser(rita).get("/admin/", **GERMAN)) == "en-gb"


def test_dates_are_written_as_the_language_does(client: Client, in_review: AccessRequest) -> None:
    Stage.objects.update(due_at="2026-12-24T18:30Z")
    browser = Browser(in_review.requester)
    assert "24 December 2026, 18:30 UTC" in browser.get(f"/requests/{in_review}/").content.decode()
    german = browser.get(f"/requests/{in_review}/", **GERMAN).content.decode()
    assert "24. Dezember 2026, 18:30 UTC" in german
