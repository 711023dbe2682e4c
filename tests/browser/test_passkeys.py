"""Passkeys in a real browser, with a virtual device: alone, as second step, and refused."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from demo.authenticator import with_authenticator
from lifecycle.people.models import User
from tests.browser.conftest import Visit
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]


def sign_in(page: Page, person: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def add_passkey(page: Page) -> None:
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_label("Use it to sign in without a password").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "2fa" not in url)


@pytest.fixture
def page(visit: Visit, alice: User) -> Page:
    """Alice's window; she is signed in, and her device has a passkey and has shown her codes."""
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    page = visit()
    page.set_default_timeout(30_000)
    with_authenticator(page)
    sign_in(page, alice)
    page.wait_for_url("**/requests/")
    add_passkey(page)
    return page


def test_passkey_signs_in_alone_and_as_the_second_step(page: Page, alice: User) -> None:
    assert str(Authenticator.objects.get(user=alice, type="webauthn")) == "Work laptop"
    sign_out(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/requests/")
    sign_out(page)
    sign_in(page, alice)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/requests/")


def test_refused_passkey_is_told_and_a_code_still_works(page: Page, alice: User) -> None:
    code = page.locator("pre").inner_text().split()[0]
    sign_out(page)
    sign_in(page, alice)
    use = page.get_by_role("button", name="Use a passkey")
    expect(use).to_be_visible()
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error()) }")
    use.click()
    expect(page.get_by_role("alert")).to_contain_text("Your browser or passkey rejected this.")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/requests/")


def test_without_javascript_no_dead_button_stands_there(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
