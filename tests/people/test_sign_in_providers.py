"""Sign-in at a real OpenID Connect provider: who gets in, and what is taken from it."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from lifecycle.people import profiles
from lifecycle.people.models import User
from tests.conftest import PASSWORD
from tests.support import oidc_provider
from tests.support.authenticator import sign_in, with_app
from tests.support.oidc_provider import ORCID
from tests.support.page_client import Browser, assert_nothing_inline, page

pytestmark = [pytest.mark.django_db, pytest.mark.stack]

SIGN_UP = "/accounts/3rdparty/signup/"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with oidc_provider.provider() as address:
        yield address


@pytest.fixture(autouse=True)
def known(address: str, settings: Settings) -> None:
    oidc_provider.use(settings, address)


def signed_up(browser: Client, who: str, email: str, name: str = "campus") -> Any:
    """The first sign-in of somebody new, and the form that asks who it is."""
    assert oidc_provider.sign_in(browser, who, name)["Location"] == SIGN_UP
    typed = {"email": email, "full_name": "Nina N.", "institution": "A Lab"}
    return browser.post(SIGN_UP, typed, follow=True)


def test_sign_in_page_offers_the_providers_and_leaves_by_a_page(client: Client) -> None:
    assert "Continue with Campus" in page(client.get("/accounts/login/"))
    leaving = client.post("/accounts/oidc/campus/login/")
    assert leaving.status_code == 200
    assert "We're taking you to Campus to sign in." in page(leaving)
    assert "code_challenge_method=S256" in leaving.content.decode()
    assert_nothing_inline(leaving)


def test_somebody_new_gets_an_account_with_the_verified_address() -> None:
    browser = Browser()
    assert oidc_provider.sign_in(browser, "nina")["Location"] == SIGN_UP
    assert 'value="nina@example.org"' in browser.get(SIGN_UP).content.decode()
    signed_up(browser, "nina", "nina@example.org")
    nina = User.objects.get(email="nina@example.org")
    assert (nina.full_name, str(nina.institution), nina.has_usable_password()) == (
        "Nina N.",
        "A Lab",
        False,
    )
    assert EmailAddress.objects.get(user=nina).verified
    assert browser.get("/requests/").status_code == 200
    again = Browser()
    assert oidc_provider.sign_in(again, "nina")["Location"] == "/requests/"


@pytest.mark.parametrize("typed", ["uma@example.org", "other@example.org"])
def test_address_that_nobody_vouches_for_has_to_be_confirmed(
    typed: str, mailoutbox: list[Any]
) -> None:
    browser = Browser()
    assert "Check your inbox" in page(signed_up(browser, "unsure", typed))
    assert browser.get("/requests/").status_code == 302
    assert not EmailAddress.objects.get(email=typed).verified
    assert mailoutbox[0].to == [typed]


def test_somebody_new_takes_no_other_address_than_the_verified_one() -> None:
    signed_up(Browser(), "nina", "alice@example.org")
    assert User.objects.get().email == "nina@example.org"
    assert EmailAddress.objects.get().email == "nina@example.org"


@pytest.mark.parametrize("who", ["mallory", "alice"])
def test_address_of_somebody_elses_account_opens_no_door(alice: User, who: str) -> None:
    """Whether the provider vouches for it or not: an identity has to be connected first."""
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    browser = Browser()
    signed_up(browser, who, alice.email)
    assert browser.get("/requests/").status_code == 302
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


@pytest.mark.parametrize("who", ["mallory", "alice"])
def test_address_of_somebody_elses_account_gets_the_mail_that_the_page_promises(
    alice: User, who: str, mailoutbox: list[EmailMessage]
) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    shown = page(signed_up(Browser(), who, alice.email))
    assert "We've sent instructions to that address." in shown
    assert "link" not in shown.split("Nothing after")[0]
    (message,) = mailoutbox
    assert message.to == [alice.email]
    assert "You already have an account" in message.subject


def test_connecting_takes_the_password_again_and_then_signs_in(alice: User) -> None:
    browser = Browser()
    sign_in(alice, browser)
    asked = oidc_provider.sign_in(browser, "alice", query="?process=connect")
    assert asked["Location"] == "/accounts/reauthenticate/"
    assert not SocialAccount.objects.exists()
    browser.post(asked["Location"], {"password": PASSWORD})
    assert SocialAccount.objects.get().user == alice
    other = Browser()
    assert oidc_provider.sign_in(other, "alice")["Location"] == "/requests/"


def test_identity_of_one_account_is_not_connected_to_another(alice: User, bob: User) -> None:
    SocialAccount.objects.create(user=bob, provider="campus", uid="alice")
    browser = Browser()
    sign_in(alice, browser)
    asked = oidc_provider.sign_in(browser, "alice", query="?process=connect")
    shown = browser.post(asked["Location"], {"password": PASSWORD}, follow=True)
    assert "connected to a different account" in page(shown)
    assert SocialAccount.objects.get().user == bob


def test_sign_in_elsewhere_takes_the_second_factor_too(alice: User) -> None:
    SocialAccount.objects.create(user=with_app(alice), provider="campus", uid="alice")
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    assert oidc_provider.sign_in(Browser(), "alice")["Location"] == "/accounts/2fa/authenticate/"


def test_orcid_takes_the_id_as_verified(alice: User) -> None:
    browser = Browser()
    sign_in(alice, browser)
    asked = oidc_provider.sign_in(browser, ORCID, "orcid", "?process=connect")
    browser.post(asked["Location"], {"password": PASSWORD})
    alice.refresh_from_db()
    assert (alice.orcid, bool(alice.orcid_verified_at)) == (ORCID, True)
    assert "Verified: this iD is yours" in page(browser.get("/profile/"))
    browser.post("/profile/", {"full_name": "Alice", "orcid": "0000-0002-1694-233X"})
    alice.refresh_from_db()
    assert alice.orcid == ORCID


@pytest.mark.parametrize("by", ["its page", "the list"])
def test_orcid_that_a_superuser_takes_away_is_no_longer_vouched_for(alice: User, by: str) -> None:
    profiles.note_orcid(alice, ORCID)
    identity = SocialAccount.objects.create(user=alice, provider="orcid", uid=ORCID)
    ada = Browser(User.objects.create_superuser("ada@example.org", "", full_name="Ada"))
    at = "/admin/socialaccount/socialaccount/"
    if by == "its page":
        ada.post(f"{at}{identity.pk}/delete/", {"post": "yes"})
    else:
        chosen = {"action": "delete_selected", "_selected_action": [identity.pk], "post": "yes"}
        ada.post(at, chosen)
    assert not SocialAccount.objects.exists()
    alice.refresh_from_db()
    assert (alice.orcid, alice.orcid_verified_at) == (ORCID, None)


def test_new_person_from_orcid_has_the_id_and_confirms_an_address() -> None:
    shown = signed_up(Browser(), ORCID, "josiah@example.org", "orcid")
    assert "Check your inbox" in page(shown)
    josiah = User.objects.get(email="josiah@example.org")
    assert (josiah.orcid, bool(josiah.orcid_verified_at)) == (ORCID, True)


def test_orcid_of_another_account_is_refused_with_its_reason(alice: User, bob: User) -> None:
    profiles.note_orcid(bob, ORCID)
    browser = Browser()
    sign_in(alice, browser)
    refused = oidc_provider.sign_in(browser, ORCID, "orcid", "?process=connect")
    assert refused.status_code == 409
    assert "Another account already uses this ORCID iD" in page(refused)
    assert not SocialAccount.objects.exists()


def test_orcid_that_another_account_only_typed_in_goes_to_who_shows_it(
    alice: User, eve: User
) -> None:
    profiles.update_profile(eve, full_name="Eve", institution="", orcid=ORCID, country="")
    browser = Browser()
    sign_in(alice, browser)
    asked = oidc_provider.sign_in(browser, ORCID, "orcid", "?process=connect")
    browser.post(asked["Location"], {"password": PASSWORD})
    for person in (alice, eve):
        person.refresh_from_db()
    assert (alice.orcid, eve.orcid) == (ORCID, "")


def test_what_is_no_orcid_id_is_refused() -> None:
    refused = oidc_provider.sign_in(Browser(), "0000-0002-1825-0098", "orcid")
    assert refused.status_code == 409
    assert not User.objects.exists()


def test_removed_orcid_stays_but_is_not_vouched_for(alice: User) -> None:
    profiles.note_orcid(alice, ORCID)
    connected = SocialAccount.objects.create(user=alice, provider="orcid", uid=ORCID)
    browser = Browser()
    sign_in(alice, browser)
    connections = "/accounts/3rdparty/"
    asked = browser.post(connections, {"account": connected.pk})
    browser.post(asked["Location"], {"password": PASSWORD})
    alice.refresh_from_db()
    assert (alice.orcid, alice.orcid_verified_at) == (ORCID, None)


def test_answer_that_we_never_asked_for_is_refused(client: Client) -> None:
    stray = client.get("/accounts/oidc/campus/login/callback/?code=a&state=b")
    assert "That didn't work" in page(stray)
    assert client.get("/requests/").status_code == 302


def test_provider_that_is_away_is_told(client: Client, settings: Settings) -> None:
    oidc_provider.use(settings, "http://127.0.0.1:1")
    shown = page(client.post("/accounts/oidc/campus/login/"))
    assert "didn't respond correctly, or took too long" in shown


def test_no_page_and_no_setting_shows_a_secret(client: Client, settings: Settings) -> None:
    assert "a secret of the test" not in repr(settings.SIGN_IN_PROVIDERS)
    assert "a secret of the test" not in client.get("/accounts/login/").content.decode()
