"""The API's limits: whose they are, what counts, and what each answer says of them."""

import re
from typing import Any

import pytest
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Grant, Policy, ServiceToken
from tests.api.test_oauth import make
from tests.support.api_client import API, OPUS, Api, place, problem_of, text_of

pytestmark = pytest.mark.django_db

FIELD = re.compile(r'"(\w+)";r=(\d+);t=(\d+)')


def left(answer: Any) -> dict[str, int]:
    """By the limit, what the answer says is left of it."""
    found = FIELD.findall(answer["RateLimit"])
    assert all(0 < int(reset) <= 3600 for _, _, reset in found)
    return {name: int(number) for name, number, _ in found}


@pytest.mark.parametrize("path", ["models/", "me/", "nowhere/", "schema/", "grants/nowhere/"])
def test_every_answer_says_what_is_left(path: str, alice: User) -> None:
    for api in (Api(), Api(alice)):
        answer = api.get(f"{API}/{path}")
        assert answer["RateLimit-Policy"] == '"calls";q=600;w=60'
        assert left(answer)["calls"] >= 590
    assert "RateLimit" in Api(alice).delete(f"{API}/me/")


def test_only_what_succeeded_counts(draft: AccessRequest, alice: User, settings: Settings) -> None:
    settings.SUBMISSIONS_PER_HOUR = 1
    api = Api(alice)
    assert api.put(place(draft), text_of(OPUS, purpose="")).status_code == 200
    for _ in range(3):
        assert api.post(place(draft, "submit")).status_code == 422
    assert api.put(place(draft), text_of(OPUS)).status_code == 200
    sent = api.post(place(draft, "submit"))
    assert (sent.status_code, left(sent)["submit"]) == (200, 0)
    refused = api.post(place(draft, "submit"))
    assert problem_of(refused, 429)["type"].endswith("#too-often")
    assert '"submit";q=1;w=3600' in refused["RateLimit-Policy"]
    assert left(refused)["submit"] == 0
    assert 0 < int(refused["Retry-After"]) <= 3600


def test_drafts_count_apart_from_submissions(
    policy: Policy, alice: User, settings: Settings
) -> None:
    settings.SUBMISSIONS_PER_HOUR = settings.DRAFTS_PER_HOUR = 1
    api = Api(alice)
    draft = api.post(f"{API}/requests/", text_of(OPUS))
    assert (draft.status_code, left(draft)["draft"]) == (201, 0)
    assert api.post(place_of(draft, "submit")).status_code == 200
    assert api.post(place_of(draft, "withdraw")).status_code == 200
    problem_of(api.post(f"{API}/requests/", text_of(OPUS)), 429)
    problem_of(api.post(f"{API}/requests/", text_of(OPUS, submit=True)), 429)


def place_of(answer: Any, verb: str) -> str:
    return f"{answer['Location']}{verb}/"


def test_repeated_answer_counts_once(grant: Grant, alice: User) -> None:
    key = {"Idempotency-Key": "a" * 16}
    first, again = (Api(alice).post(place(grant, "claim"), {}, headers=key) for _ in range(2))
    assert left(first)["claim"] == 29
    assert "claim" not in left(again)
    assert again.status_code == 201


def test_each_token_has_its_own_limits(grant: Grant, alice: User, settings: Settings) -> None:
    settings.KEYS_PER_HOUR = 1
    secrets = [make("keys.claim").secret for _ in range(2)]
    ServiceToken.objects.update(owner=alice)
    statuses = []
    for secret in (secrets[0], secrets[0], secrets[1]):
        api = Api()
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        path = place(grant, "claim")
        if grant.keys.exists():
            path = f"{API}/keys/{grant.keys.get(state='active').public_id}/rotate/"
        statuses.append(api.post(path).status_code)
    assert statuses == [201, 429, 201]


def test_calls_are_counted_whatever_becomes_of_them(alice: User, settings: Settings) -> None:
    settings.API_CALLS_PER_MINUTE = 3
    api = Api(alice)
    assert [api.get(f"{API}/grants/nowhere/").status_code for _ in range(4)] == [404] * 3 + [429]
    assert Api().get(f"{API}/models/").status_code == 200
