"""A real Chromium before a real server. What its console complains of fails the test."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from lifecycle.people.models import User
from tests.standing.conftest import lab, publish, rule, text
from tests.support.authenticator import sign_in
from tests.support.request_standings import standings, used
from tests.support.required_tools import need

# Fixtures for the tests beside.
__all__ = ["lab", "publish", "rule", "standings", "text", "used"]

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One site's pages, each open for a second: what else a browser gets ready isn't used here.
    "--disable-site-isolation-trials",
    "--js-flags=--no-opt,--no-maglev",
    "--enable-features=RenderDocument:level/crashed-frame",  # a new page in the same frame
    "--renderer-process-limit=1",
    # With each window Chromium gets two pages ready that appear below its address bar.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxFullPopup,WebUIOmniboxAimPopup",
)
PHONE, DESK, HEIGHT = 360, 1280, 900
# An answer like 404 is no fault of the page; the test looks at it itself.
EXPECTED = "Failed to load resource: the server responded with a status of"


class Visit(Protocol):
    """Opens a window of somebody, or of nobody."""

    def __call__(self, person: User | None = None, *, width: int = DESK, **how: Any) -> Page: ...


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For one module: while it runs, asyncio counts as running in this thread."""
    path = need("chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Django takes Playwright's loop for one that its queries would hold up.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, live_server: LiveServer) -> Iterator[Visit]:
    complaints: list[str] = []
    contexts = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            at = message.page.url if message.page else ""
            complaints.append(f"{at}: {message.text}")

    def visit(person: User | None = None, *, width: int = DESK, **how: Any) -> Page:
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": HEIGHT}, **how
        )
        contexts.append(context)
        if person:
            context.add_cookies([session_of(person, live_server.url)])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield visit
    for context in contexts:
        context.close()
    assert "\n".join(complaints) == ""


def session_of(person: User, url: str) -> Any:
    """Signed in just now by the form, so that no page asks for the password once more."""
    client = Client()
    sign_in(person, client)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


@pytest.fixture
def no_sideways() -> Callable[[Page], None]:
    """Fails when a page is wider than its window."""

    def no_sideways(page: Page) -> None:
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{page.url} is {wide} px too wide"

    return no_sideways
