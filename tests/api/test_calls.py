"""The REST API: the way from the ask to the key, and who sees what."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycle.catalogue.models import AccessRoute, AIModel, Retirement
from lifecycle.people.models import User
from requests_app.actions.grants import grants
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Grant, Policy
from tests.conftest import ask_for
from tests.support.api_client import API, OPUS, Api, place, text_of

Approve = Callable[[AccessRequest, User], Grant]
Call = Callable[..., Any]


@pytest.fixture
def siblings(policy: Policy, opus: AIModel) -> list[AIModel]:
    """More models under the same policy."""
    made = []
    for number in range(3):
        sibling = AIModel.objects.create(
            identifier=f"opus-{number}", provider=opus.provider, name=f"Opus {number}"
        )
        Retirement.objects.create(
            ai_model=sibling, platform="Claude API", retires=date(2026, 1, 5), precision="day"
        )
        AccessRoute.objects.create(ai_model=sibling, kind=AccessRoute.Kind.REQUEST)
        policy.ai_models.add(sibling)
        made.append(sibling)
    return made


# From the ask to the key ------------------------------------------------------------------------


def test_create_to_claim_is_the_happy_path(
    policy: Policy, alice: User, rita: User, approve: Approve
) -> None:
    api = Api(alice)
    asked = api.post(f"{API}/requests/", text_of(OPUS))
    where = asked["Location"]
    assert (asked.status_code, asked.json()["state"]) == (201, "draft")
    sent = api.post(f"{where}submit/")
    assert (sent.status_code, sent.json()["owner"]) == (200, "reviewers")
    approve(AccessRequest.objects.get(), rita)
    (grant,) = api.get(where).json()["grants"]
    claimed = api.post(f"{API}/grants/{grant}/claim/")
    assert claimed.status_code == 201
    assert re.fullmatch(r"emk_[0-9A-Za-z]{36}", claimed.json()["secret"])
    assert claimed.json()["key"]["grant"] == grant


def test_create_with_submit_sends_it_at_once(policy: Policy, alice: User) -> None:
    body = text_of(OPUS, submit=True)
    asked = Api(alice).post(f"{API}/requests/", body).json()
    (stage,) = asked["stages"]
    assert (asked["state"], asked["policy_version"]) == ("in_review", 1)
    assert (stage["name"], stage["state"]) == ("Research review", "open")
    assert stage["due_at"] == asked["due_at"] is not None


def test_create_with_submit_leaves_nothing_when_refused(policy: Policy, alice: User) -> None:
    body = text_of(OPUS, submit=True, purpose="")
    assert Api(alice).post(f"{API}/requests/", body).status_code == 422
    assert not AccessRequest.objects.exists()


def test_edit_replaces_the_draft(draft: AccessRequest, alice: User) -> None:
    body = text_of(OPUS, purpose="Something else.")
    edited = Api(alice).put(place(draft), body)
    assert edited.status_code == 200
    assert edited.json()["revision"]["purpose"] == "Something else."
    assert edited.json()["revision"]["number"] == 1


def test_withdraw_ends_the_request(in_review: AccessRequest, alice: User) -> None:
    ended = Api(alice).post(place(in_review, "withdraw"), {"reason": "Found another way."}).json()
    assert (ended["state"], ended["closing_reason"]) == ("withdrawn", "Found another way.")
    assert (ended["owner"], ended["stages"][0]["state"]) == ("nobody", "closed")


def test_end_gives_the_access_back(claimed: ClaimedKey, alice: User) -> None:
    ended = Api(alice).post(place(claimed.key.grant, "end"))
    assert ended.status_code == 200
    assert (ended.json()["state"], ended.json()["keys"][0]["state"]) == ("ended", "revoked")


def test_shorten_moves_the_end_of_grant_and_key(claimed: ClaimedKey, alice: User) -> None:
    sooner = claimed.key.expires_at - timedelta(days=30)
    body = {"ends_at": sooner.isoformat()}
    shortened = Api(alice).post(place(claimed.key.grant, "shorten"), body).json()
    (key,) = shortened["keys"]
    assert shortened["ends_at"] == key["expires_at"] == sooner.isoformat().replace("+00:00", "Z")


def test_revoke_by_an_owner_ends_the_access(claimed: ClaimedKey, pat: User, alice: User) -> None:
    grant = claimed.key.grant
    assert Api(pat).post(place(grant, "revoke"), {"reason": "A leak."}).status_code == 200
    seen = Api(alice).get(place(grant)).json()
    assert (seen["state"], seen["closing_reason"]) == ("revoked", "A leak.")
    assert seen["keys"][0]["refused_from"]


@pytest.mark.parametrize("who", ["alice", "pat"])
def test_revoke_key_leaves_the_grant(claimed: ClaimedKey, who: str, request: Any) -> None:
    api = Api(request.getfixturevalue(who))
    revoked = api.post(f"{API}/keys/{claimed.key.public_id}/revoke/", {"reason": "Lost."})
    assert (revoked.status_code, revoked.json()["state"]) == (200, "revoked")
    assert api.get(place(claimed.key.grant)).json()["state"] == "active"


# Secrets and names ------------------------------------------------------------------------------


def test_claim_shows_the_secret_once(grant: Grant, alice: User) -> None:
    api = Api(alice)
    claimed = api.post(place(grant, "claim"))
    secret, key = claimed.json()["secret"], claimed.json()["key"]["id"]
    assert claimed["Cache-Control"] == "no-store"
    later = [api.get(place(grant)), api.get(f"{API}/grants/"), api.get(place(grant.access_request))]
    later.append(api.post(f"{API}/keys/{key}/revoke/"))
    assert all(secret not in answer.content.decode() for answer in later)
    assert all(answer.status_code == 200 for answer in later)
    assert api.get(place(grant)).json()["keys"][0]["last_four"] == secret[-4:]


def test_show_request_keeps_reviewers_to_themselves(grant: Grant, alice: User, rita: User) -> None:
    answer = Api(alice).get(place(grant.access_request))
    shown = answer.content.decode()
    assert rita.full_name not in shown
    assert rita.email not in shown
    assert "Sound plan." not in shown
    told = [(event["kind"], event["by_you"]) for event in answer.json()["events"]]
    assert ("request.submitted", True) in told
    assert ("vote.approve", False) in told


def test_me_names_the_person(alice: User) -> None:
    assert Api(alice).get(f"{API}/me/").json() == {
        "id": f"user-{alice.pk}",
        "email": "alice@example.org",
        "full_name": "Alice",
        "institution": None,
        "orcid": "",
        "country": "",
    }


# Who sees what ----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["eve", "bob", "rita"])
def test_show_finds_nothing_of_others(claimed: ClaimedKey, who: str, request: Any) -> None:
    api, grant = Api(request.getfixturevalue(who)), claimed.key.grant
    asked = grant.access_request
    answers = [api.get(place(asked)), api.get(place(grant)), api.put(place(asked), {})]
    answers += [api.post(place(asked, verb), {}) for verb in ("submit", "withdraw", "appeal")]
    answers += [api.post(place(grant, verb), {}) for verb in ("claim", "end", "shorten", "revoke")]
    answers.append(api.post(f"{API}/keys/{claimed.key.public_id}/revoke/"))
    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize(("who", "requests", "grants"), [
    ("alice", 1, 1), ("pat", 0, 1), ("rita", 0, 0), ("eve", 0, 0),
])  # fmt: skip
def test_list_shows_ones_own(
    grant: Grant, who: str, requests: int, grants: int, request: Any
) -> None:
    api = Api(request.getfixturevalue(who))
    assert len(api.get(f"{API}/requests/").json()["results"]) == requests
    assert len(api.get(f"{API}/grants/").json()["results"]) == grants


def test_list_shows_an_owner_each_grant_once(grant: Grant, alice: User, policy: Policy) -> None:
    alice.groups.add(policy.owners)
    assert len(Api(alice).get(f"{API}/grants/").json()["results"]) == 1


# Lists ------------------------------------------------------------------------------------------


def queries(api: Api, address: str, *, rows: int) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert len(api.get(address).json()["results"]) == rows
    return len(captured)


def test_list_takes_as_many_queries_for_one_as_for_four(
    grant: Grant, siblings: list[AIModel], alice: User, rita: User, approve: Approve
) -> None:
    api, lists = Api(alice), ("requests", "grants", "models")
    takes_id = [queries(api, f"{API}/{name}/?page_size=1", rows=1) for name in lists]
    for sibling in siblings:
        made = requests.save(ask_for(sibling), by=alice, submit=True)
        grants.end(approve(made, rita), by=alice)
    of_four = [queries(api, f"{API}/{name}/?page_size=4", rows=4) for name in lists]
    assert takes_id == of_four


def test_list_goes_through_all_pages_newest_first(siblings: list[AIModel], alice: User) -> None:
    made = [requests.save(ask_for(sibling), by=alice).public_id for sibling in siblings]
    api, seen, link = Api(alice), [], f"{API}/requests/?page_size=1"
    while link:
        page = api.get(link).json()
        seen += [row["id"] for row in page["results"]]
        link = page["next"]
    assert seen == made[::-1]


@pytest.mark.parametrize(("wanted", "found"), [
    ("", [OPUS, "new"]),
    ("retired=true", [OPUS]),
    ("retired=false", ["new"]),
    ("by_request=true&provider=anthropic", [OPUS]),
    ("by_request=false", ["new"]),
])  # fmt: skip
def test_list_models_narrows_without_signing_in(
    opus: AIModel, wanted: str, found: list[str]
) -> None:
    AIModel.objects.create(identifier="new", provider=opus.provider, name="New")
    rows = Api().get(f"{API}/models/?{wanted}").json()["results"]
    assert [row["identifier"] for row in rows] == found


def test_show_model_takes_dots_in_its_name(opus: AIModel) -> None:
    AIModel.objects.create(identifier="claude-2.1", provider=opus.provider, name="Claude 2.1")
    assert Api().get(f"{API}/models/claude-2.1/").json()["retired"] is False
    shown = Api().get(f"{API}/models/{opus.identifier}/").json()
    assert (shown["retired"], shown["by_request"], shown["access"]) == (True, True, ["request"])
    assert shown["retirements"][0]["notice_days"] == 189
