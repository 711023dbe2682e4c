"""The API of standing rules: read by owners, with lists that a service token keeps."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.keys import service_tokens
from requests_app.actions.standing import access
from requests_app.models import Event, Grant, StandingRule
from requests_app.transitions import audit_chain
from tests.support.api_client import API, Api, problem_of

pytestmark = pytest.mark.django_db

RULES, OFFERS = f"{API}/standing-rules/", f"{API}/standing-offers/"


@pytest.fixture
def robot(pat: User) -> Api:
    """A service token of an owner that may only keep lists."""
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    token = service_tokens.create(
        "Campus sync",
        owner=pat,
        permissions=["standing.write"],
        expires_at=timezone.now() + timedelta(days=9),
        by=ada,
    )
    api = Api()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {token.secret}")
    return api


def listed(api: Api, rule: StandingRule) -> list[str]:
    rows = api.get(f"{RULES}{rule.public_id}/members/").json()["results"]
    return [row["email"] for row in rows]


def changed(api: Api, rule: StandingRule, verb: str, *emails: str) -> Any:
    return api.post(f"{RULES}{rule.public_id}/members/{verb}/", {"emails": emails})


def test_owners_read_their_rules(
    rule: StandingRule, by_claim: StandingRule, pat: User, eve: User
) -> None:
    rows = Api(pat).get(RULES).json()["results"]
    assert [row["id"] for row in rows] == [by_claim.public_id, rule.public_id]
    one = Api(pat).get(f"{RULES}{rule.public_id}/").json()
    assert (one["kind"], one["group"], one["claim"]) == ("group", "Opus lab", None)
    assert (one["models"], one["duration_days"]) == (["claude-3-opus-20240229"], 90)
    assert rows[0]["claim"] == {"provider": "campus", "name": "groups", "value": "ai-lab"}
    assert Api(eve).get(RULES).json()["results"] == []
    problem_of(Api(eve).get(f"{RULES}{rule.public_id}/"), 404)
    problem_of(Api().get(RULES), 401)


def test_token_keeps_the_list_and_a_repeated_call_changes_nothing(
    by_list: StandingRule, robot: Api
) -> None:
    for number in (2, 0):
        answer = changed(robot, by_list, "add", "Bob@Example.org", "carol@example.org")
        assert answer.json() == {"changed": number, "unchanged": 2 - number, "ended": 0}
    assert listed(robot, by_list) == ["carol@example.org", "bob@example.org", "alice@example.org"]
    for number in (1, 0):
        answer = changed(robot, by_list, "remove", "CAROL@example.org")
        assert answer.json() == {"changed": number, "unchanged": 1 - number, "ended": 0}
    assert listed(robot, by_list) == ["bob@example.org", "alice@example.org"]
    events = Event.objects.filter(kind__startswith="standing_rule.members").order_by("pk")
    assert ["token" in event.details for event in events] == [False, True, True]
    assert not list(audit_chain.problems())


def test_removal_ends_the_access(by_list: StandingRule, robot: Api, alice: User) -> None:
    grant = access.start(by_list, by=alice, accepts=True)
    assert changed(robot, by_list, "remove", alice.email).json()["ended"] == 1
    grant.refresh_from_db()
    assert grant.state == "ended"


def test_token_needs_the_permission_and_an_owner(
    by_list: StandingRule, robot: Api, pat: User, rita: User
) -> None:
    detail = problem_of(robot.get(RULES), 403)["detail"]
    assert "This needs the permission read" in detail
    pat.groups.clear()
    problem_of(changed(robot, by_list, "add", "bob@example.org"), 404)
    problem_of(changed(Api(rita), by_list, "add", "bob@example.org"), 404)


def test_lists_are_only_of_rules_that_have_one(rule: StandingRule, robot: Api) -> None:
    assert listed(robot, rule) == []
    detail = problem_of(changed(robot, rule, "add", "bob@example.org"), 403)["detail"]
    assert detail == "This rule has no list of addresses."


@pytest.mark.parametrize(
    ("emails", "status"),
    [
        ([], 400),
        (["bob@example.org"] * 1001, 400),
        ("bob@example.org", 400),
        ([1], 400),
        (["no address"], 422),
        (["bob@example.invalid"], 422),
    ],
)
def test_bad_addresses_are_refused(
    by_list: StandingRule, robot: Api, emails: Any, status: int
) -> None:
    answer = robot.post(f"{RULES}{by_list.public_id}/members/add/", {"emails": emails})
    problem_of(answer, status)
    assert listed(robot, by_list) == ["alice@example.org"]


def test_grants_name_their_rule(
    rule: StandingRule, standing_grant: Grant, alice: User, pat: User
) -> None:
    for who in (alice, pat):
        shown = Api(who).get(f"{API}/grants/{standing_grant}/").json()
        assert shown["standing_rule"] == rule.public_id


def test_member_starts_what_is_offered_and_ends_it_with_the_same_actions_as_on_the_site(
    rule: StandingRule, alice: User, eve: User
) -> None:
    (offer,) = Api(alice).get(OFFERS).json()
    assert (offer["rule"], offer["policy"]) == (rule.public_id, "opus")
    assert (offer["terms"], offer["duration_days"]) == ("Use it for research.", 90)
    start, shown = f"{OFFERS}{rule.public_id}/start/", {"digest": offer["digest"]}
    assert Api(eve).get(OFFERS).json() == []
    problem_of(Api(eve).post(start, shown | {"accepts": True}), 404)
    problem_of(Api().get(OFFERS), 401)
    refused = problem_of(Api(alice).post(start, shown | {"accepts": False}), 422)
    assert refused["errors"] == {"accepts": ["Accept the policy's terms to start."]}
    other = problem_of(Api(alice).post(start, {"accepts": True, "digest": "0" * 64}), 409)
    assert other["detail"].startswith("This has changed since you opened it.")
    started = Api(alice).post(start, shown | {"accepts": True})
    assert (started.status_code, started.json()["state"]) == (201, "active")
    again = problem_of(Api(alice).post(start, shown | {"accepts": True}), 409)
    assert again["detail"].startswith("You already have access to this model: grant_")
    ended = Api(alice).post(f"{API}/grants/{started.json()['id']}/end/")
    assert ended.json()["state"] == "ended"
    assert Grant.objects.get().access_request.standing_rule == rule
