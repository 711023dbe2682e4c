"""Second factors: an authenticator app, and a passkey on a device that Chromium plays."""

import time
from collections.abc import Iterator

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page

from demo.authenticator import with_authenticator
from demo.shots.scene import PageAction, Screenshot, go, press, send

INDEX, PASSKEYS = "/accounts/2fa/", "/accounts/2fa/webauthn/"
CODES = "/accounts/2fa/recovery-codes/"


def scenes(password: str) -> Iterator[Screenshot]:
    """Of Inês, who sets both up when she first comes to one of these pages."""
    places = {
        "second-factor-set-up": INDEX,
        "authenticator-app-remove": f"{INDEX}totp/deactivate/",
        "recovery-codes": CODES,
        "recovery-codes-new": f"{CODES}generate/",
        "passkeys": PASSKEYS,
        "confirm-code": f"{INDEX}reauthenticate/",
        "confirm-passkey": f"{PASSKEYS}reauthenticate/",
    }
    for name, address in places.items():
        yield _hers(name, go(address))
    yield _hers(
        "authenticator-app-wrong", go(f"{INDEX}reauthenticate/"), send("Go on", code="123456")
    )
    yield _hers("recovery-codes-shown", go(f"{CODES}generate/"), send("Create new codes"))
    yield _hers("passkey-rename", _to("Rename"))
    yield _hers("passkey-remove", _to("Remove"))
    come = _come_again(password)
    yield _hers("second-step", come)
    yield _hers("second-step-wrong", come, send("Sign in", code="123456"))


def _hers(name: str, *steps: PageAction) -> Screenshot:
    return Screenshot(name, f"{INDEX}totp/activate/", "ines", [_set_up, *steps])


def _to(link: str) -> PageAction:
    def step(page: Page) -> None:
        page.goto(PASSKEYS)
        with page.expect_navigation():
            page.get_by_role("link", name=link).first.click()

    return step


def _set_up(page: Page) -> None:
    if page.locator("code.secret").count():  # not yet, or we would be elsewhere
        secret = page.locator("code.secret").inner_text()
        code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
        send("Set up", code=code)(page)
        _add_passkey(page)


def _come_again(password: str) -> PageAction:
    """Out and in again, up to where the second factor is asked for; or still there."""

    def step(page: Page) -> None:
        if not page.locator("main [name=code]").count():
            for each in (
                go("/accounts/logout/"),
                press("main form button"),
                go("/accounts/login/"),
                send("Sign in", login="ines@example.org", password=password),
            ):
                each(page)

    return step


def _add_passkey(page: Page) -> None:
    with_authenticator(page)
    page.goto(f"{PASSKEYS}add/")
    page.fill("main [name=name]", "Work laptop")
    with page.expect_navigation():
        page.get_by_role("button", name="Add").click()
