"""Second factors: setting them up, signing in with them, and what takes one."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.models import Grant, Key
from tests.conftest import PASSWORD
from tests.support.api_client import Api, place, problem_of
from tests.support.authenticator import SECRET, code, sign_in, signed_in_with_factor, with_app
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db

SET_UP = "/accounts/2fa/totp/activate/"
WHY = "/account/second-factor/"
GRANTS = "/admin/requests_app/grant/"
ELSEWHERE = ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]


@pytest.fixture
def required(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def setting_up(browser: Client, next_to: str = "") -> Any:
    """Everything that a person does from the page that says why, to the page with the codes."""
    browser.get(f"/account/second-factor/?next={next_to}")
    asked = browser.get(SET_UP)
    browser.post(asked["Location"], {"password": PASSWORD})
    secret = re.findall(r'<code class="secret">(\w+)<', browser.get(SET_UP).content.decode())[0]
    return browser.post(SET_UP, {"code": code(secret)}, follow=True)


@pytest.mark.usefixtures("required")
def test_desk_leads_whoever_has_no_second_factor_to_one_and_back(rita: User) -> None:
    browser = Browser()
    sign_in(rita, browser)
    kept = quote(f"{GRANTS}?q=a", safe="")
    sent_away = browser.get(f"{GRANTS}?q=a")
    assert sent_away["Location"] == f"{WHY}?next={kept}"
    assert "so a stolen password alone can't give away access" in page(
        browser.get(sent_away["Location"])
    )
    shown = setting_up(browser, kept)
    assert "They won't be shown again." in page(shown)
    assert 'href="/account/second-factor/done/"' in shown.content.decode()
    on = browser.get("/account/second-factor/done/")
    assert on["Location"] == f"{GRANTS}?q=a"
    assert browser.get(on["Location"]).status_code == 200


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "nowhere"]
)
def test_second_factor_leads_on_to_no_other_site(rita: User, wanted: str) -> None:
    browser = signed_in_with_factor(rita)
    sent = browser.get("/account/second-factor/", {"next": wanted}, follow=True)
    assert sent.redirect_chain[-1][0] == "/account/"


@pytest.mark.usefixtures("required")
def test_signing_in_takes_the_code_too(rita: User) -> None:
    browser = Browser()
    assert sign_in(with_app(rita), browser)["Location"] == "/accounts/2fa/authenticate/"
    assert browser.get("/admin/").status_code == 302
    assert "Incorrect code" in page(browser.post("/accounts/2fa/authenticate/", {"code": "1"}))
    browser.post("/accounts/2fa/authenticate/", {"code": code()})
    assert browser.get("/admin/").status_code == 200


@pytest.mark.usefixtures("required")
def test_session_older_than_the_factor_has_to_show_it(rita: User) -> None:
    """Whoever stole a password and a session before doesn't get in, nor adds a factor of theirs."""
    old = Browser(rita)
    with_app(rita)
    assert old.get("/admin/")["Location"].startswith("/account/second-factor/")
    for address in (
        SET_UP,
        "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/recovery-codes/generate/",
    ):
        assert old.get(address)["Location"].startswith("/account/second-factor/")
    assert "haven't used it" in page(old.get("/account/second-factor/?next=/admin/"))
    shown = old.post(
        "/accounts/2fa/reauthenticate/?next=/account/second-factor/done/", {"code": code()}
    )
    assert old.get(shown["Location"])["Location"] == "/admin/"
    assert old.get("/admin/").status_code == 200


def test_password_is_not_enough_for_a_session_older_than_the_factor(rita: User) -> None:
    """What allauth kept of an earlier try isn't carried out either."""
    old = Browser(rita)
    kept = old.post("/accounts/2fa/recovery-codes/generate/")
    assert kept["Location"].startswith("/accounts/reauthenticate/?next=")
    with_app(rita)
    refused = old.post(kept["Location"], {"password": PASSWORD})
    generate = quote("/accounts/2fa/recovery-codes/generate/", safe="")
    assert refused["Location"] == f"{WHY}?next={generate}"
    assert not Authenticator.objects.filter(type="recovery_codes").exists()
    download = old.get("/accounts/2fa/recovery-codes/download/")
    assert download["Location"].startswith(WHY)


def test_session_older_than_the_factor_goes_on_once_it_has_shown_it(alice: User) -> None:
    old = Browser(alice)
    with_app(alice)
    asked = old.get("/account/export/", follow=True)
    assert "haven't used it" in page(asked)
    shown = old.post(
        "/accounts/2fa/reauthenticate/?next=/account/second-factor/done/", {"code": code()}
    )
    on = old.get(shown["Location"])
    assert on["Location"] == "/account/export/"
    assert old.get(on["Location"])["Content-Type"] == "application/json"


@pytest.mark.usefixtures("required")
def test_claim_takes_a_second_factor(grant: Grant, alice: User) -> None:
    address = f"/access/{grant}/claim/"
    refused = Browser(alice).post(address)
    assert refused["Location"] == f"/account/second-factor/?next=%2Faccess%2F{grant}%2F"
    problem = problem_of(Api(alice).post(place(grant, "claim")), 403)
    assert problem["type"].endswith("/problems/#second-factor")
    assert not Key.objects.exists()
    assert "emk_" in page(signed_in_with_factor(alice).post(address))


@pytest.mark.usefixtures("required")
def test_reading_takes_none(grant: Grant, alice: User) -> None:
    browser = Browser(alice)
    for address in ("/requests/", "/access/", f"/access/{grant}/", "/account/"):
        assert browser.get(address).status_code == 200


def test_without_the_setting_nobody_is_asked(grant: Grant, alice: User, rita: User) -> None:
    assert Browser(rita).get("/admin/").status_code == 200
    assert "emk_" in page(Browser(alice).post(f"/access/{grant}/claim/"))


def test_secrets_of_factors_are_closed_in_the_database(alice: User, settings: Settings) -> None:
    browser = Browser()
    sign_in(alice, browser)
    setting_up(browser)
    kept = {row.type: row.data for row in Authenticator.objects.filter(user=alice)}
    assert set(kept) == {"totp", "recovery_codes"}
    assert kept["totp"]["secret"].startswith("gAAAA")
    assert kept["recovery_codes"]["seed"].startswith("gAAAA")


def test_factor_under_another_secret_key_fits_no_code(alice: User, settings: Settings) -> None:
    with_app(alice)
    settings.SECRET_KEY = "another one, and long enough to be taken for one as well"
    browser = Browser()
    sign_in(alice, browser)
    browser.post("/accounts/2fa/authenticate/", {"code": code(SECRET)})
    assert browser.get("/requests/").status_code == 302


def test_recovery_code_lets_in_once(alice: User) -> None:
    browser = Browser()
    sign_in(alice, browser)
    codes = re.findall(r"^(\d{8})$", setting_up(browser).content.decode().replace(">", ">\n"), re.M)
    assert len(codes) == 10
    seen = []
    for _ in range(2):
        other = Browser()
        sign_in(alice, other)
        other.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        seen.append(other.get("/requests/").status_code)
    assert seen == [200, 302]


NO_CREDENTIALS = [
    "[" * 100_000,
    "9" * 5000,
    '{"id": 1}',
    '{"rawId": "x", "response": {}}',
    '{"rawId": "é"}',
    '{"id": "x", "rawId": "eA", "response": {"attestationObject": "oQ", "clientDataJSON": "e30"}}',
]


@pytest.mark.parametrize("credential", NO_CREDENTIALS, ids=range(len(NO_CREDENTIALS)))
def test_what_is_no_passkey_is_refused(alice: User, credential: str) -> None:
    """Like a passkey that doesn't fit: nobody is let in, and nothing breaks."""
    signed_in, halfway = signed_in_with_factor(alice), Browser()
    signed_in.post("/accounts/reauthenticate/", {"password": PASSWORD})
    sign_in(alice, halfway)
    sentence = "This passkey didn't work. Try again."
    assert sentence in sent(halfway, "/accounts/2fa/authenticate/", credential)
    assert sentence in sent(signed_in, "/accounts/2fa/webauthn/add/", credential)
    assert sentence in sent(Browser(), "/accounts/2fa/webauthn/login/", credential)
    assert not Authenticator.objects.filter(type="webauthn").exists()


def sent(browser: Client, address: str, credential: str) -> str:
    """With a challenge of ours open, as after looking at the page."""
    browser.get(address, headers={"x-requested-with": "XMLHttpRequest"})
    return page(browser.post(address, {"credential": credential}, follow=True))


def test_changes_of_factors_are_mailed(alice: User, mailoutbox: list[Any]) -> None:
    browser = signed_in_with_factor(alice)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post("/accounts/2fa/totp/deactivate/")
    (mail,) = mailoutbox
    assert mail.subject == "Emeritus: The authenticator app was removed"
    assert "If it wasn't you" in mail.body
    assert "authenticator app was removed" in mail.alternatives[0].content
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"


def test_devices_are_named_as_people_know_them(alice: User) -> None:
    linux = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"
    browser = Browser(headers={"user-agent": linux})
    sign_in(alice, browser)
    assert "Firefox on Ubuntu" in page(browser.get("/accounts/sessions/"))


def test_addresses_offer_only_what_can_be_done(alice: User) -> None:
    EmailAddress.objects.update_or_create(
        user=alice, email=alice.email, defaults={"primary": True, "verified": True}
    )
    browser = Browser(alice)
    html = browser.get("/accounts/email/").content.decode()
    assert 'name="action_primary"' not in html
    assert 'name="action_remove"' not in html
    EmailAddress.objects.create(user=alice, email="alice@elsewhere.example")
    html = browser.get("/accounts/email/").content.decode()
    assert html.count('name="action_send"') == html.count('name="action_remove"') == 1
    assert html.count('value="alice@elsewhere.example"') == 1


def test_sign_out_elsewhere_ends_the_other_sessions(alice: User) -> None:
    here, there = Browser(), Browser(headers={"user-agent": "Elsewhere/1"})
    for browser in (here, there):
        sign_in(alice, browser)
    assert "Elsewhere/1" in page(here.get("/accounts/sessions/"))
    here.post("/accounts/sessions/")
    assert there.get("/requests/").status_code == 302
    assert here.get("/requests/").status_code == 200


def test_superuser_takes_a_lost_factor_away_but_sees_and_writes_none(alice: User) -> None:
    ada = Browser(User.objects.create_superuser("ada@example.org", "", full_name="Ada"))
    with_app(alice)
    factor = Authenticator.objects.get(user=alice)
    at = f"/admin/mfa/authenticator/{factor.pk}"
    shown = ada.get(f"{at}/change/").content.decode()
    assert factor.data["secret"] not in shown
    assert ada.post(f"{at}/change/", {"user": "1", "type": "totp"}).status_code == 403
    assert ada.get("/admin/mfa/authenticator/?q=alice").status_code == 200
    ada.post(f"{at}/delete/", {"post": "yes"})
    assert not Authenticator.objects.exists()
    for gone in (
        "socialaccount/socialapp",
        "socialaccount/socialtoken",
        "usersessions/usersession",
    ):
        assert ada.get(f"/admin/{gone}/").status_code == 404


def test_other_staff_see_no_factors(alice: User, rita: User) -> None:
    with_app(alice)
    assert Browser(rita).get("/admin/mfa/authenticator/").status_code == 403
