"""Coming in and going out: sign-up, sign-in, passwords, addresses, one's account."""

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page

from demo import mails
from demo.shots.scene import PageAction, Screenshot, go, press, send

OWN = {
    "profile": "/profile/",
    "account": "/account/",
    "account-delete": "/account/delete/",
    "addresses": "/accounts/email/",
    "password": "/accounts/password/change/",
    "sessions": "/accounts/sessions/",
    "connections": "/accounts/3rdparty/",
    "sign-out": "/accounts/logout/",
    "confirm-password": "/accounts/reauthenticate/",
    "second-factor": "/accounts/2fa/",
    "second-factor-needed": "/account/second-factor/",
    "authenticator-app": "/accounts/2fa/totp/activate/",
    "passkey": "/accounts/2fa/webauthn/add/",
}
OUTSIDE = {
    "sign-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "password-reset": "/accounts/password/reset/",
    "password-reset-bad-link": "/accounts/password/reset/key/x-y/",
    "email-confirm-bad-link": "/accounts/confirm-email/nothing/",
    "sign-in-to-go-on": "/requests/",
    "desk-signed-out": "/admin/login/",
    "sign-in-elsewhere-cancelled": "/accounts/3rdparty/login/cancelled/",
    "sign-in-elsewhere-failed": "/accounts/3rdparty/login/error/",
}
LOGIN, SIGNUP, RESET = "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"
PASSWORD = secrets.token_urlsafe(12)


def scenes(password: str) -> Iterator[Screenshot]:
    """`password` is that of the askers."""
    yield from (Screenshot(name, address, "alice") for name, address in OWN.items())
    yield from (Screenshot(name, address) for name, address in OUTSIDE.items())
    yield from _sign_in(password)
    yield from _sign_up()
    yield from _forgotten()
    yield from _elsewhere()
    yield from _own()


def _sign_in(password: str) -> Iterator[Screenshot]:
    wrong = send("Sign in", login="alice@example.org", password="not it")
    yield Screenshot("sign-in-wrong", LOGIN, steps=[wrong])
    closed = send("Sign in", login="vera@example.org", password=password)
    yield Screenshot("sign-in-closed", LOGIN, steps=[closed])
    yield Screenshot("account-closed", "/accounts/inactive/")
    often = [_wrong_again] * 10
    yield Screenshot("sign-in-locked", LOGIN, steps=often)


def _wrong_again(page: Page) -> None:
    if page.locator("main [name=password]").count():
        send("Sign in", login="nobody@example.org", password="not it")(page)


def _sign_up() -> Iterator[Screenshot]:
    def step(email: str, again: str = PASSWORD) -> PageAction:
        fields = {"email": email, "password1": PASSWORD, "password2": again, "full_name": "Zoë"}
        return send("Create account", **fields)

    yield Screenshot("sign-up-wrong", SIGNUP, steps=[step("nobody", again="other")])
    yield Screenshot("sign-up-done", SIGNUP, steps=[step("zoe@example.org")])
    yield Screenshot("sign-up-known", SIGNUP, steps=[step("alice@example.org")])
    follow = [step("yara@example.org"), _follow("yara@example.org", "/confirm-email/")]
    yield Screenshot("email-confirm", SIGNUP, steps=follow)
    yield Screenshot("email-confirmed", SIGNUP, steps=[*follow, send("Confirm")])
    early = send("Sign in", login="xena@example.org", password=PASSWORD)
    yield Screenshot(
        "sign-in-unconfirmed", SIGNUP, steps=[step("xena@example.org"), go(LOGIN), early]
    )


def _follow(recipient: str, part: str) -> PageAction:
    """The link of the last mail to somebody."""
    return lambda page: go(urlsplit(mails.newest_link(recipient, part)).path)(page)


def _forgotten() -> Iterator[Screenshot]:
    ask = send("Send link", email="ravi@example.org")
    unknown = send("Send link", email="nobody@example.org")
    link = _follow("ravi@example.org", "/reset/key/")
    yield Screenshot("password-reset-unknown", RESET, steps=[unknown])
    yield Screenshot("password-reset-sent", RESET, steps=[ask])
    yield Screenshot("password-reset-link", RESET, steps=[ask, link])
    differ = send("Set password", password1=PASSWORD, password2="other")
    yield Screenshot("password-reset-wrong", RESET, steps=[ask, link, differ])
    same = send("Set password", password1=PASSWORD, password2=PASSWORD)
    yield Screenshot("password-reset-done", RESET, steps=[ask, link, same])


def _elsewhere() -> Iterator[Screenshot]:
    """With an account at a university."""
    begin, leave = "/accounts/oidc/campus/login/", send("Go on")
    yield Screenshot("sign-in-elsewhere", begin)
    yield Screenshot("sign-in-elsewhere-leaving", begin, steps=[_stay, leave])
    yield Screenshot("sign-up-elsewhere", begin, steps=[_pass])
    known = [_pass, send("Create account")]
    yield Screenshot("password-first", begin, steps=[*known, go("/accounts/password/set/")])
    yield Screenshot("connections-one", begin, steps=[*known, go("/accounts/3rdparty/")])


def _stay(page: Page) -> None:
    """The page that leads away leads nowhere."""
    page.route("**/authorize?*", lambda route: route.fulfill(status=204))


def _pass(page: Page) -> None:
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/3rdparty/signup/")


def _own() -> Iterator[Screenshot]:
    wrong = send("Save", full_name="", orcid="0000-0002-1825-0098")
    yield Screenshot("profile-wrong", "/profile/", "alice", [wrong])
    yield Screenshot(
        "profile-saved", "/profile/", "alice", [send("Save", institution="Example University")]
    )
    add = send("Add", email="alice.marin@example.org")
    yield Screenshot("addresses-added", "/accounts/email/", "alice", [add])
    short = send("Change password", oldpassword="not it", password1="short", password2="short")
    yield Screenshot("password-wrong", "/accounts/password/change/", "alice", [short])
    not_it = send("Permanently delete my account", typed="somebody@example.org")
    yield Screenshot("account-delete-wrong", "/account/delete/", "alice", [not_it])
    holds = Screenshot("account-delete-with-access", "/account/delete/", "noor")
    yield holds
    sure = send("Permanently delete my account", typed="uma@example.org")
    yield Screenshot("account-deleted", "/account/delete/", "uma", [sure])
    yield Screenshot("signed-out", "/accounts/logout/", "mei", [press("main form button")])
