"""People make, rotate and revoke their own service tokens in the API; a draft waits for them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Grant, Policy, ServiceToken
from tests.api.test_tokens import bearing, with_token
from tests.support.api_client import API, OPUS, Api, place, problem_of, text_of

pytestmark = pytest.mark.django_db

TOKENS = f"{API}/service-tokens/"


def create(by: User, *permissions: str, **changed: Any) -> Any:
    end = timezone.now() + timedelta(days=30)
    body = {"name": "Night runs", "permissions": permissions or ["read"], "expires_at": end}
    return Api(by).post(TOKENS, body | changed)


def test_token_is_created_used_rotated_and_revoked(alice: User) -> None:
    made = create(alice)
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    token, robot = made.json()["token"], bearing(made.json()["secret"])
    assert token["last_used_at"] is None
    assert robot.get(f"{API}/me/").json()["email"] == alice.email
    where = f"{TOKENS}{token['id']}/"
    shown = Api(alice).get(where)
    assert shown.json()["last_used_at"]
    assert "ems_" not in shown.content.decode()
    rotated = Api(alice).post(f"{where}rotate/", {"overlap_hours": 1}).json()
    assert Api(alice).get(where).json()["replaced_by"] == rotated["token"]["id"]
    assert robot.get(f"{API}/me/").status_code == 200  # until the overlap ends
    assert bearing(rotated["secret"]).get(f"{API}/me/").status_code == 200
    answers = [Api(alice).post(f"{where}revoke/") for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    problem_of(robot.get(f"{API}/me/"), 401)


def test_tokens_of_others_are_nowhere(alice: User, bob: User) -> None:
    where = f"{TOKENS}{create(alice).json()['token']['id']}/"
    assert Api(bob).get(TOKENS).json()["results"] == []
    problem_of(Api(bob).get(where), 404)
    problem_of(Api(bob).post(f"{where}rotate/"), 404)
    problem_of(Api(bob).post(f"{where}revoke/"), 404)
    assert ServiceToken.objects.get().revoked_at is None


@pytest.mark.parametrize(("permissions", "changed", "status"), [
    (["keys.introspect"], {}, 403), (["usage.report"], {}, 403), (["everything"], {}, 422),
    (["read"], {"expires_at": timezone.now() + timedelta(days=367)}, 422),
    (["read"], {"name": " "}, 400), (["read"], {"owner": "eve@example.org"}, 400),
])  # fmt: skip
def test_token_has_no_more_than_its_owner(
    alice: User, permissions: list[str], changed: dict[str, Any], status: int
) -> None:
    problem_of(create(alice, *permissions, **changed), status)
    assert not ServiceToken.objects.exists()


def test_no_token_makes_another(alice: User) -> None:
    robot = with_token(alice)
    problem_of(robot.post(TOKENS, {}), 403)
    problem_of(robot.get(TOKENS), 403)


def test_lost_answer_comes_again(alice: User) -> None:
    api, key = Api(alice), {"Idempotency-Key": "one-token-please-1"}
    end = (timezone.now() + timedelta(days=30)).isoformat()
    body = {"name": "Night runs", "permissions": ["read"], "expires_at": end}
    first, again = (api.post(TOKENS, body, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert ServiceToken.objects.count() == 1


# What the new permissions open ------------------------------------------------------------------


def test_draft_by_a_token_waits_for_a_person(policy: Policy, alice: User) -> None:
    robot = with_token(alice, "requests.write", "read")
    plain = text_of(OPUS, attests=False, accepted_terms="")
    for said in ({"attests": True}, {"accepted_terms": "opus/1"}, {"submit": True}):
        problem = problem_of(robot.post(f"{API}/requests/", plain | said), 403)
        assert problem["confirm_at"].endswith("/requests/")
    made = robot.post(f"{API}/requests/", plain)
    assert made.status_code == 201
    row = AccessRequest.objects.get()
    assert made.json()["confirm_at"].endswith(f"/requests/{row}/check/")
    problem_of(robot.post(place(row, "submit")), 403)
    problem = problem_of(robot.put(place(row), plain | {"attests": True}), 403)
    assert problem["confirm_at"] == made.json()["confirm_at"]


def test_change_by_a_token_is_attested_anew(draft: AccessRequest, alice: User) -> None:
    robot = with_token(alice, "requests.write", "read")
    assert draft.revision.attested_at
    shown = robot.get(place(draft)).json()
    shown["revision"]["purpose"] = "Something else."
    changed = robot.put(place(draft), shown)
    assert changed.json()["revision"]["purpose"] == "Something else."
    assert changed.json()["revision"]["attested_at"] is None
    assert changed.json()["revision"]["accepted_terms"] == ""
    shown = changed.json()
    shown["revision"]["accepted_terms"] = "other/1"
    problem_of(robot.put(place(draft), shown), 403)


@pytest.mark.parametrize(("verb", "permission"), [
    ("suspend", "grants.suspend"), ("revoke", "grants.revoke")
])  # fmt: skip
def test_owners_token_ends_access_and_others_do_not(
    grant: Grant, pat: User, alice: User, verb: str, permission: str
) -> None:
    body = {"reason": "A leak."}
    problem_of(with_token(pat, "read").post(place(grant, verb), body), 403)
    problem_of(with_token(alice, permission).post(place(grant, verb), body), 403)
    assert with_token(pat, permission).post(place(grant, verb), body).status_code == 200
