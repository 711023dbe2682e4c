"""How often the pages ask the database: as often for many rows as for one."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.grants import grants
from requests_app.actions.keys import key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Grant, Policy
from requests_app.validation.request_input import RequestInput
from tests.conftest import ask_for
from tests.support import accepted_collaborators
from tests.support.page_client import PARTS, PUBLIC, Browser, other_model
from tests.support.sample_files import attached
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db
MANY = size(4, 20)

Approve = Callable[[AccessRequest, User], Grant]


def queries(client: Client, address: str) -> int:
    """With nothing cached: the statistics are kept for some minutes."""
    cache.clear()
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_model_pages_ask_the_same_number_of_queries_for_many(policy: Policy, alice: User) -> None:
    browser = Browser(alice)
    searched = "/models/?q=anthropic&state=retired&can_ask=on&page=1"
    addresses = [*PUBLIC, searched, "/requests/new/", "/profile/"]
    before = [queries(browser, address) for address in addresses]
    for number in range(MANY):
        policy.ai_models.add(other_model(f"m-{number}", "request"))
    assert [queries(browser, address) for address in addresses] == before


def test_request_pages_ask_the_same_number_of_queries_for_many(
    draft: AccessRequest, alice: User, opus: AIModel
) -> None:
    browser = Browser(alice)
    addresses = ["/requests/", f"/requests/{draft}/", "/requests/new/", f"/requests/{draft}/files/"]
    attached(draft, alice, "0.txt")
    writing = [f"/requests/{draft}/edit/", *(f"/requests/{draft}/edit/{part}/" for part in PARTS)]
    writing.append(f"/requests/{draft}/check/")
    asked = [queries(browser, address) for address in writing]
    before = [queries(browser, address) for address in addresses]
    for _ in range(MANY):
        requests.save(ask_for(opus), by=alice, access_request=draft)
    for number in range(1, 9):
        attached(draft, alice, f"{number}.txt")
    assert [queries(browser, address) for address in writing] == asked
    assert queries(browser, addresses.pop()) == before.pop()
    for _ in range(MANY):
        requests.withdraw(draft, by=alice)
        draft = requests.save(ask_for(opus), by=alice)
    assert [queries(browser, address) for address in addresses] == before


def test_access_pages_ask_the_same_number_of_queries_for_many(
    claimed: ClaimedKey, alice: User, rita: User, opus: AIModel, approve: Approve
) -> None:
    """Of access that has ended: what its page offers then takes queries of its own."""
    browser, addresses = Browser(alice), ["/access/", f"/access/{claimed.key.grant}/"]
    grants.end(claimed.key.grant, by=alice)
    before = [queries(browser, address) for address in addresses]
    for _ in range(5):
        grant = approve(requests.save(ask_for(opus), by=alice, submit=True), rita)
        grants.end(grant, by=alice)
    assert [queries(browser, address) for address in addresses] == before


def test_page_of_a_new_key_asks_the_same_number_of_queries_for_many_models(
    grant: Grant, alice: User, settings: Settings
) -> None:
    settings.MODELS_URL = "https://models.example.org"
    before = queries_of_claim(grant, alice)
    key_revocation.revoke(grant.keys.get(), by=alice)
    for name in ("haiku", "sonnet"):
        granted = grant.granted_models.all()[0]
        granted.pk, granted.ai_model = None, other_model(name, "request")
        granted.save()
    assert queries_of_claim(grant, alice) == before


def queries_of_claim(grant: Grant, by: User) -> int:
    """Those of the page that the claim answers with, which links to try each model."""
    with CaptureQueriesContext(connection) as seen:
        shown = Browser(by).post(f"/access/{grant}/claim/").content.decode()
    assert shown.count("#try") == grant.granted_models.count()
    return len(seen)


def rewrite(asked: AccessRequest, ask: RequestInput, reviewer: User) -> None:
    """Returned with a question, and sent again."""
    stage = asked.stages.open().get()
    shown = stage.revision.digest()
    votes.ask_for_changes(stage, by=reviewer, reason="Why?", shown=shown)
    accepted_collaborators.save(ask, by=asked.requester, access_request=asked, submit=True)


def test_pages_of_a_request_ask_the_same_number_of_queries_for_many_texts(
    draft: AccessRequest, opus: AIModel, alice: User, bob: User, eve: User, rita: User
) -> None:
    ask = replace(ask_for(opus), collaborators=(bob.email,))
    asked = accepted_collaborators.save(ask, by=alice, access_request=draft, submit=True)
    rewrite(asked, replace(ask, purpose="Once more."), rita)
    doors = [(Browser(alice), f"/requests/{asked}/"), (Browser(bob), f"/requests/{asked}/")]
    doors += [(Browser(bob), "/requests/"), (Browser(alice), f"/api/v1/requests/{asked}/")]
    doors.append((Browser(alice), "/api/v1/requests/"))
    before = [queries(browser, address) for browser, address in doors]
    for number in range(5):
        changed = replace(ask, purpose=f"{number}", collaborators=(bob.email, eve.email))
        rewrite(asked, changed, rita)
    assert [queries(browser, address) for browser, address in doors] == before
