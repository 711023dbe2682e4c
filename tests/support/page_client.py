"""How the tests use the pages: as a browser without JavaScript, of one person or of nobody."""

import html
import re
from datetime import date, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lifecycle.catalogue.models import AccessRoute, AIModel, Provider, Retirement
from lifecycle.people.models import User
from requests_app.models import AccessRequest
from tests.conftest import today

PUBLIC = [
    "/",
    "/models/",
    "/models/claude-3-opus-20240229/",
    "/deployment-reports/claude-3-opus-20240229/",
    "/numbers/",
    "/scorecard/",
    "/scorecard/anthropic/",
    "/promises/",
    "/promises/claude-3-opus-20240229/",
    "/problems/",
    "/report-a-key/",
]
OWN = ["/requests/", "/requests/new/", "/access/", "/profile/", "/account/following/"]
ACCOUNT = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]


class Browser(Client):
    """With the session of one person."""

    def __init__(self, person: User | None = None, **how: Any) -> None:
        super().__init__(**how)
        if person:
            self.force_login(person)


def with_verified_email(person: User, email: str = "") -> User:
    """As somebody who has followed the link in the mail that sign-up sends."""
    address = email or person.email
    EmailAddress.objects.create(user=person, email=address, verified=True, primary=not email)
    return person


def page(response: Any) -> str:
    """The page's text as a reader sees it: no markup, one space between words."""
    text = html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return " ".join(text.split())


def queries_of(client: Client, address: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def main_of(response: Any) -> str:
    """The markup of what the page is about, without what every page has."""
    return str(response.content.decode().split("<main")[1].split("</main>")[0])


def assert_nothing_inline(response: Any) -> None:
    html = response.content.decode()
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    script = r'<script(?![^>]*\s(?:src=|type="application/json"))'  # JSON is data: it never runs
    assert not re.search(rf"<style|\sstyle=|\son\w+=|javascript:|{script}", html)


# What the pages of an ask send, complete.
PARTS: dict[str, dict[str, Any]] = {
    "models": {"title": "", "identifiers": ["claude-3-opus-20240229"]},
    "about": {"track": "academic", "organisation": "Example University", "team": "Alice alone."},
    "purpose": {"purpose": "Compare refusals."},
    "use": {
        "operations": ["messages", "completions"],
        "expected_cost": "0",
        "starts_on": str(today()),
        "ends_on": str(today() + timedelta(days=90)),
    },
    "safety": {},
    "terms": {"accepted_terms": "on", "attests": "on", "shown": "opus/1"},
}


def fill(browser: Client, draft: AccessRequest, *parts: str, **changes: Any) -> Any:
    """Fill in these pages, all of them when none is named; gives the last answer."""
    *before, last = parts or PARTS
    for part in before:
        fill(browser, draft, part, **changes)
    return browser.post(f"/requests/{draft}/edit/{last}/", {**PARTS[last], **changes})


def part_page(browser: Client, draft: AccessRequest, part: str) -> str:
    return browser.get(f"/requests/{draft}/edit/{part}/").content.decode()


def other_model(identifier: str, *routes: str, retires: date | None = None) -> AIModel:
    provider, _ = Provider.objects.get_or_create(slug="anthropic", defaults={"name": "Anthropic"})
    ai_model = AIModel.objects.create(identifier=identifier, name=identifier, provider=provider)
    Retirement.objects.create(
        ai_model=ai_model,
        platform="Claude API",
        retires=retires or date(2025, 7, 21),
        precision="day" if retires is None else "not_sooner_than",
    )
    for route in routes:
        AccessRoute.objects.create(ai_model=ai_model, kind=route)
    return ai_model
