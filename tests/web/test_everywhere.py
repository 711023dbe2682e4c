"""What holds for every page: it opens, nothing is inline, and faults are told."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.urls import get_resolver

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import AccessRequest, Grant
from tests.support.page_client import ACCOUNT, OWN, PUBLIC, Browser, assert_nothing_inline, page

pytestmark = pytest.mark.django_db

MAX_BYTES = 60_000
JSON = "application/json"
FILES = (".json", ".txt")


def links(html: str) -> set[str]:
    """Every link to a page of ours; the desk, files and citations have their own tests."""
    found = re.findall(r'href="(/[^"#?]*)', html)
    pages = {link for link in found if not link.startswith(("/static/", "/admin/", "/feeds/"))}
    return {link for link in pages if not link.endswith(FILES) and "/cite." not in link}


def test_every_page_opens_and_has_nothing_inline(
    claimed: ClaimedKey, bob: User, opus: AIModel, alice: User
) -> None:
    browser = Browser(alice)
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    seen: set[str] = set()
    ahead = {"/"}
    while ahead:
        address = ahead.pop()
        seen.add(address)
        response = browser.get(address, follow=True)  # to the password again, for some
        assert response.status_code == 200, address
        assert_nothing_inline(response)
        html = response.content.decode()
        assert len(response.content) < MAX_BYTES, address
        assert html.count('rel="stylesheet"') == 1 + ('class="chart"' in html), address
        ahead |= links(html) - seen
    assert {*PUBLIC, *OWN, f"/access/{claimed.key.grant}/", "/accounts/email/"} <= seen


def addresses(resolver: Any, before: str = "") -> Iterator[str]:
    """Of pages and of the API, as they are written in urls.py."""
    for each in resolver.url_patterns:
        address = before + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from addresses(each, address)
        elif not address.startswith("admin/"):
            yield address


def test_no_address_of_somebody_elses_row_gives_or_does_anything(
    claimed: ClaimedKey, eve: User
) -> None:
    grant, browser = claimed.key.grant, Browser(eve)
    rows: dict[str, Any] = {
        "keys/": claimed.key,
        "access/": grant,
        "grants/": grant,
        "": grant.access_request,
    }
    named = re.compile("<slug:(public_id|id)>")
    walked = [address for address in addresses(get_resolver()) if named.search(address)]
    assert len(walked) > 40
    for address in walked:
        row = next(row for part, row in rows.items() if part in address)
        there, nowhere = (
            "/" + re.sub("<[a-z]+:.*?>", "purpose", named.sub(each, address))
            for each in (str(row.public_id), "req_none")
        )
        done = browser.post(there, "{}", content_type=JSON)
        shown = browser.get(there)  # a button's address leads to its page, whoever asks
        if shown.status_code == 403 or done.status_code == 403:  # for staff, whatever the row
            assert done.status_code == browser.post(nowhere, "{}", content_type=JSON).status_code
            assert shown.status_code == browser.get(nowhere).status_code
            continue
        assert done.status_code in (404, 405), there
        assert shown.status_code in (302, 404, 405), there


def test_pages_for_strangers_and_errors_have_nothing_inline(
    client: Client, grant: Grant, in_review: AccessRequest, alice: User
) -> None:
    browser = Browser(alice)
    for address in ACCOUNT:
        assert_nothing_inline(client.get(address))
    assert_nothing_inline(browser.get("/nope/"))
    assert_nothing_inline(browser.get(f"/requests/{in_review}/edit/"))
    assert_nothing_inline(browser.post("/requests/new/", {}))
    assert_nothing_inline(browser.post(f"/access/{grant}/claim/"))
    assert_nothing_inline(browser.get("/accounts/logout/"))
    assert_nothing_inline(browser.get("/accounts/password/reset/key/x-y/"))


def test_a_fault_of_ours_shows_a_page_without_asking_the_database(
    monkeypatch: pytest.MonkeyPatch, alice: User
) -> None:
    browser = Browser(alice)
    asked: list[str] = []

    def note(execute: Any, sql: str, *args: Any) -> Any:
        asked.append(sql)
        return execute(sql, *args)

    def break_down(*args: object) -> None:
        connection.execute_wrappers.append(note)
        raise RuntimeError

    monkeypatch.setattr("requests_app.web.catalogue.views.status.of_model", break_down)
    monkeypatch.setattr("requests_app.web.catalogue.views.render", break_down)
    browser.raise_request_exception = False
    response = browser.get("/problems/")
    connection.execute_wrappers.remove(note)
    assert (response.status_code, asked) == (500, [])
    assert "Something went wrong on our side" in page(response)
    assert_nothing_inline(response)
