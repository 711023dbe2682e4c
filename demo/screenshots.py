"""`python -m demo.screenshots`: every page in light and dark, on a desk and on a phone.

They go to var/screenshots; the few that the README shows, made smaller, to docs/images.
"""

import argparse
import base64
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from lifecycle.config.places import ROOT

OUT, IMAGES = ROOT / "var" / "screenshots", ROOT / "docs" / "images"
os.environ["EMERITUS_VAR"] = str(OUT / "data")  # before anything of ours reads where var/ is

from demo import environment  # noqa: E402
from demo.__main__ import answers, prepare_data, print_each_line_at_once  # noqa: E402
from demo.processes import Crew  # noqa: E402
from lifecycle.config import embedded  # noqa: E402

WIDTHS, SCHEMES = (1280, 390), ("light", "dark")
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
# Of the pages, those for the README: light, on a desk, the first screenful.
SHOWN = {"home", "model", "request-in-review", "grant", "desk-request"}
TO_WEBP = """async png => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width; canvas.height = image.height;
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.82).split(",")[1];
}"""


class Scene(NamedTuple):
    """A page, and who looks at it."""

    name: str
    address: str
    who: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.screenshots", description=__doc__)
    parser.add_argument("--only", default="", help="pages whose name has this in it")
    parser.add_argument("--readme", action="store_true", help="only those that the README shows")
    options = parser.parse_args()
    print_each_line_at_once()
    for folder in (OUT, IMAGES):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(embedded.var(), ignore_errors=True)
    try:
        told = environment.prepare()
        passwords, scenes = _play()
        with Crew(told) as crew:
            web = ("--interface", "wsgi", "--port", os.environ["PORT"])
            crew.start("web", "granian", *web, "lifecycle.config.wsgi:application")
            crew.wait_for("web", lambda: answers(os.environ["SITE_URL"]))
            wanted = [
                scene
                for scene in scenes
                if options.only in scene.name and (scene.name in SHOWN or not options.readme)
            ]
            take(wanted, passwords, readme_only=options.readme)
    finally:
        embedded.leave()


def _play() -> tuple[dict[str, str], list[Scene]]:
    """Passwords by who they let in, and every page."""
    embedded.join()
    accounts = prepare_data()
    from django.db import connections

    from demo import scenes  # after django.setup()

    password = secrets.token_urlsafe(12)
    rows = scenes.play(password)
    pages = list(_scenes({who: str(row) for who, row in rows.items()}))
    grant, policy = rows["noor"].grants.get(), rows["noor"].policy_version.policy
    pages += [
        Scene("grant", f"/access/{grant}/", "noor"),
        Scene("desk-grant", f"/admin/requests_app/grant/{grant.pk}/change/", "rita"),
        Scene("desk-request", f"{DESK}{rows['alice'].pk}/change/", "sam"),
        Scene("desk-denied", f"{DESK}{rows['tomas'].pk}/change/", "rita"),
        Scene("desk-policy", f"/admin/requests_app/policy/{policy.pk}/change/", "pat"),
    ]
    connections.close_all()
    known = {who: account.password for who, account in accounts.items()}
    return dict.fromkeys(scenes.ASKERS, password) | known, pages


DESK = "/admin/requests_app/accessrequest/"
PUBLIC = {
    "home": "/",
    "models": "/models/",
    "model": "/models/claude-3-opus-20240229/",
    "numbers": "/numbers/",
    "problems": "/problems/",
    "report-a-key": "/report-a-key/",
    "sign-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "password-reset": "/accounts/password/reset/",
    "not-found": "/nope/",
}
OWN = {
    "requests": "/requests/",
    "profile": "/profile/",
    "account": "/account/",
    "account-delete": "/account/delete/",
    "second-factor": "/accounts/2fa/",
    "authenticator-app": "/accounts/2fa/totp/activate/",
    "passkey": "/accounts/2fa/webauthn/add/",
    "mails": "/accounts/email/",
    "password": "/accounts/password/change/",
    "sessions": "/accounts/sessions/",
}
WRITING = ("models", "about", "purpose", "use", "safety", "terms")


def _scenes(rows: dict[str, str]) -> Iterator[Scene]:
    """All but those whose address has a number in it."""
    yield from (Scene(name, address) for name, address in PUBLIC.items())
    yield from (Scene(name, address, "alice") for name, address in OWN.items())
    yield Scene("ask", "/requests/new/?model=claude-3-opus-20240229", "tomas")
    draft = f"/requests/{rows['jonas']}"
    yield Scene("ask-parts", f"{draft}/edit/", "jonas")
    for part in WRITING:
        yield Scene(f"ask-{part}", f"{draft}/edit/{part}/", "jonas")
    yield Scene("ask-people", f"{draft}/people/", "jonas")
    yield Scene("ask-files", f"{draft}/files/", "jonas")
    yield Scene("ask-check", f"{draft}/check/", "jonas")
    standings = {"alice": "in-review", "jonas": "draft", "mei": "returned", "tomas": "denied"}
    for who, standing in {**standings, "noor": "approved"}.items():
        yield Scene(f"request-{standing}", f"/requests/{rows[who]}/", who)
    yield Scene("access", "/access/", "noor")
    yield Scene("access-none", "/access/", "alice")
    yield Scene("desk", "/admin/", "sam")
    yield Scene("desk-list", DESK, "rita")
    yield Scene("desk-dashboard", f"{DESK}dashboard/", "rita")
    yield Scene("desk-policies", "/admin/requests_app/policy/", "pat")
    yield Scene("desk-grants", "/admin/requests_app/grant/", "rita")


def take(scenes: list[Scene], passwords: dict[str, str], *, readme_only: bool) -> None:
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        for who in dict.fromkeys(scene.who for scene in scenes):
            password = passwords.get(who, "")
            page = _signed_in(browser, who, password)
            for scene in scenes:
                if scene.who == who:
                    _open(page, scene.address, password)
                    _take(page, scene, readme_only=readme_only)
            page.context.close()
        browser.close()


def _signed_in(browser: Browser, who: str, password: str) -> Page:
    context = browser.new_context(
        base_url=os.environ["SITE_URL"], locale="en-GB", timezone_id="UTC"
    )
    page = context.new_page()
    if who:
        page.goto("/accounts/login/")
        page.fill("[name=login]", f"{who}@example.org")
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda address: "/login/" not in address)
    return page


def _open(page: Page, address: str, password: str) -> None:
    """Some pages ask for the password once more."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(address)
    if "/reauthenticate/" in page.url:
        page.fill("main [name=password]", password)
        with page.expect_navigation():
            page.press("main [name=password]", "Enter")


def _take(page: Page, scene: Scene, *, readme_only: bool) -> None:
    if scene.name in SHOWN:
        page.emulate_media(color_scheme="light")
        _shrink(page, page.screenshot(), IMAGES / f"{scene.name}.webp")
    for scheme in SCHEMES if not readme_only else ():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=OUT / f"{scene.name}-{scheme}-{width}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                print(f"{scene.name} is {wide} px wider than {width} px")
    print(scene.name)


def _shrink(page: Page, png: bytes, to: Path) -> None:
    """As WebP, by the browser itself."""
    blank = page.context.new_page()
    webp = blank.evaluate(TO_WEBP, base64.b64encode(png).decode())
    to.write_bytes(base64.b64decode(webp))
    blank.close()


if __name__ == "__main__":
    main()
