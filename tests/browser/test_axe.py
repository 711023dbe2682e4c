"""axe-core finds nothing on any page: signed out, as researcher, on the review desk."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import requests
from requests_app.actions.keys import ClaimedKey
from tests.browser.conftest import DESK, PHONE, Visit
from tests.conftest import ask_for

pytestmark = pytest.mark.stack
NOT_PAGES = re.compile(r"^/static/|\.csv$|/logout/$|^/api/|/jsi18n/|/history/")
ONE_OF_MANY = re.compile(r"\d+|_[0-9a-f]{16}|/models/[^/]+/")


@dataclass(frozen=True)
class Look:
    """How the pages are looked at, and for what."""

    visit: Visit
    scheme: str
    width: int
    options: dict[str, Any]

    def crawl(self, person: User | None, *starts: str, within: str = "/") -> str:
        """What axe finds on pages and on what they link to; of pages of one kind, on one."""
        page = self.visit(person, width=self.width, color_scheme=self.scheme)
        ahead, kinds, found = list(starts), set[str](), list[str]()
        while ahead:
            page.goto(ahead.pop())
            found += self.violations(page)
            for link in page.eval_on_selector_all("a[href]", "links => links.map(a => a.href)"):
                path = urlsplit(link).path
                kind = ONE_OF_MANY.sub("N", path)
                if path.startswith(within) and not NOT_PAGES.search(path) and kind not in kinds:
                    kinds.add(kind)
                    ahead.append(path)
        return "\n".join(found)

    def violations(self, page: Page) -> list[str]:
        found = Axe().run(page, options={"resultTypes": ["violations"], **self.options})
        return [
            f"{urlsplit(page.url).path} {rule['id']}: {node['html'][:200]}"
            for rule in found.response["violations"]
            for node in rule["nodes"]
        ]


@pytest.fixture(params=["light, wide", "dark, narrow"])
def look(request: pytest.FixtureRequest, visit: Visit) -> Look:
    """Everything once; what else the colours can do wrong in the dark."""
    if request.param == "light, wide":
        return Look(visit, "light", DESK, {})
    colours = {"runOnly": ["color-contrast", "link-in-text-block"]}
    return Look(visit, "dark", PHONE, colours)


def test_strangers_pages_have_no_violation(look: Look, claimed: ClaimedKey) -> None:
    assert look.crawl(None, "/", "/nope/") == ""


def test_researchers_pages_have_no_violation(
    look: Look, claimed: ClaimedKey, alice: User, bob: User, opus: AIModel
) -> None:
    assert look.crawl(alice, "/", "/requests/", "/access/") == ""
    requests.save(ask_for(opus), by=bob)
    assert look.crawl(bob, "/requests/", within="/requests/") == ""


def test_the_desk_has_no_violation(
    look: Look, claimed: ClaimedKey, bob: User, opus: AIModel, rita: User, pat: User
) -> None:
    requests.save(ask_for(opus), by=bob, submit=True)
    assert look.crawl(rita, "/admin/", within="/admin/") == ""
    assert look.crawl(pat, "/admin/requests_app/policy/", within="/admin/requests_app/policy") == ""
