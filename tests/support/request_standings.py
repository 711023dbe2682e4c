"""A request of Alice's in every standing, and the pages on which she and others see them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.keys import key_revocation, keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Grant, Policy, Usage
from requests_app.validation.request_input import RequestInput
from tests.conftest import ask_for, today
from tests.support import accepted_collaborators
from tests.support.page_client import Browser, fill, other_model
from tests.support.sample_files import attached

Approve = Callable[[AccessRequest, User], Grant]
STANDINGS = ("draft", "in_review", "returned", "denied", "waiting", "granted", "withdrawn")


@pytest.fixture
def standings(
    policy: Policy, alice: User, bob: User, rita: User, approve: Approve
) -> dict[str, AccessRequest]:
    """By how each stands. Bob works on all of them with her."""
    rows = {}
    for name in STANDINGS:
        ai_model = other_model(f"model-{name}", "request")
        policy.ai_models.add(ai_model)
        ask = replace(ask_for(ai_model), collaborators=(bob.email,))
        rows[name] = accepted_collaborators.save(
            _later(ask, name), by=alice, submit=name != "draft"
        )
    attached(rows["draft"], alice)
    requests.withdraw(rows["withdrawn"], by=alice)
    vote_fields = {"by": rita, "reason": "Say more about the data."}
    for name, vote in (("returned", votes.ask_for_changes), ("denied", votes.deny)):
        stage = rows[name].stages.open().get()
        vote(stage, shown=stage.revision.digest(), **vote_fields)
    for name in ("waiting", "granted"):
        approve(rows[name], rita)
    return rows


def _later(ask: RequestInput, name: str) -> RequestInput:
    if name != "waiting":
        return ask
    return replace(ask, starts_on=today() + timedelta(days=9))


@pytest.fixture
def used(claimed: ClaimedKey, opus: AIModel, alice: User) -> Grant:
    """With two keys, of which one is revoked, and with limits that are half used."""
    Usage.objects.create(
        key=claimed.key, ai_model=opus, day=today(), requests=5, input_tokens=50, output_tokens=20
    )
    key_revocation.revoke(keys.rotate(claimed.key, by=alice).key, by=alice)
    Grant.objects.filter(pk=claimed.key.grant_id).update(requests_per_day=10, spend_cap=5)
    return claimed.key.grant


def answers(alice: User, standings: dict[str, AccessRequest]) -> dict[str, object]:
    """Pages that only an answer shows: what was refused, and what is shown once."""
    browser, grant = Browser(alice), standings["granted"].grants.get()
    return {
        "a form with mistakes": fill(browser, standings["draft"], "about", track=""),
        "a refusal": browser.get(f"/requests/{standings['in_review']}/edit/"),
        "a page that was too old": Client(enforce_csrf_checks=True).post("/report-a-key/"),
        "too often": _too_often(),
        "a key": browser.post(f"/access/{grant}/claim/"),
    }


def _too_often() -> object:
    client, answer = Client(), None
    for _ in range(31):
        answer = client.post("/report-a-key/", {"key": "no key"})
    return answer
