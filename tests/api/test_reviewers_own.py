"""What reviewers set for themselves by the API, and seats that owners reassign."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Delegation, Policy, ReviewerPreference
from requests_app.rules.desk.inbox import waiting_for
from requests_app.validation.policy_version import version_input_of
from tests.conftest import signed
from tests.support.api_client import API, Api, problem_of
from tests.support.desk_client import member, publish_next

pytestmark = pytest.mark.django_db

ME = f"{API}/me"


def week() -> str:
    return (timezone.now() + timedelta(days=7)).isoformat()


def test_delegate_for_a_period_and_end_it(policy: Policy, rita: User, sam: User) -> None:
    (offered,) = Api(rita).get(f"{ME}/delegates/").json()
    assert offered == {"id": sam.pk, "name": "Sam"}
    made = Api(rita).post(f"{ME}/delegations/", {"to": sam.pk, "ends_at": week()})
    assert (made.status_code, made.json()["to"], made.json()["is_current"]) == (201, "Sam", True)
    (received,) = Api(sam).get(f"{ME}/delegations/").json()["results"]
    assert (received["by"], received["away"]) == ("Rita", False)
    end = f"{ME}/delegations/{received['id']}/end/"
    problem_of(Api(sam).post(end), 403)
    for _ in range(2):
        assert Api(rita).post(end).json()["is_current"] is False
    assert Delegation.objects.exclude(ended_at=None).count() == 1


def test_away_hands_open_steps_over(in_review: AccessRequest, rita: User, sam: User) -> None:
    problem_of(Api(rita).get(f"{ME}/away/"), 404)
    made = Api(rita).post(f"{ME}/away/", {"to": sam.pk, "until": week()})
    assert made.status_code == 201
    shown = Api(rita).get(f"{ME}/away/").json()
    assert (shown["to"], shown["away"], shown["takes_open"]) == ("Sam", True, True)


@pytest.mark.parametrize("to", ["alice", "nobody", "herself"])
def test_delegating_to_others_than_reviewers_is_refused_alike(
    policy: Policy, rita: User, alice: User, to: str
) -> None:
    number = {"alice": alice.pk, "nobody": 99_999, "herself": rita.pk}[to]
    body = {"to": number, "ends_at": week()}
    refused = problem_of(Api(rita).post(f"{ME}/delegations/", body), 422)
    assert refused["errors"] == {"to": ["Choose another reviewer."]}


def test_reminders_are_read_and_chosen(policy: Policy, rita: User, pat: User) -> None:
    assert Api(rita).get(f"{ME}/reminders/").json() == {"daily_digest": False}
    assert Api(rita).put(f"{ME}/reminders/", {"daily_digest": True}).status_code == 200
    assert Api(rita).get(f"{ME}/reminders/").json() == {"daily_digest": True}
    assert ReviewerPreference.objects.get().person == rita
    problem_of(Api(pat).put(f"{ME}/reminders/", {"daily_digest": True}), 403)


def test_requesters_have_none_of_it(alice: User) -> None:
    for name in ("delegates", "delegations", "away", "reminders"):
        problem_of(Api(alice).get(f"{ME}/{name}/"), 403)


@pytest.fixture
def kim(policy: Policy, owners: Group, pat: User, lee: User) -> User:
    """Decides another step of the policy."""
    others = Group.objects.create(name="Others")
    kim = member("kim", others)
    first, *_ = publish_steps(policy)
    second = type(first)("Second look", others)
    publish_next(policy, by=(pat, lee), steps=[first, second])
    return kim


def publish_steps(policy: Policy) -> Any:
    assert policy.current
    return version_input_of(policy.current).steps


def test_owner_reassigns_a_seat(
    kim: User, draft: AccessRequest, alice: User, rita: User, pat: User
) -> None:
    requests.submit(signed(draft), by=alice)
    place = f"{API}/reviews/{draft.public_id}"
    seats = Api(pat).get(f"{place}/seats/").json()
    assert {each["name"] for each in seats["free"]} == {"Rita", "Sam"}
    assert seats["candidates"] == [{"id": kim.pk, "name": "Kim"}]
    body = {"seat": rita.pk, "to": kim.pk, "reason": "She is ill."}
    assert Api(pat).post(f"{place}/reassign/", body).json()["to"] == "Kim"
    assert waiting_for(kim, timezone.now()).get().access_request == draft
    problem_of(Api(rita).post(f"{place}/reassign/", body), 403)
    problem_of(Api(pat).post(f"{place}/reassign/", {**body, "to": 99_999}), 422)
