"""The API's errors: the sentences of the actions, RFC 9457 problems for all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError

from lifecycle.people.models import User
from requests_app.actions.grants import grants
from requests_app.actions.keys import key_revocation, keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.api import querysets
from requests_app.models import AccessRequest, Grant, Key, Policy
from requests_app.refusals import Refusal
from requests_app.validation.request_input import RequestInput
from tests.conftest import today
from tests.support.api_client import API, OPUS, Api, place, problem_of, text_of


def assert_same(answer: Any, action: Callable[[], object]) -> dict[str, Any]:
    """The API refused what the action refuses, and in its words."""
    with pytest.raises(Refusal) as refused:
        action()
    problem = problem_of(answer, refused.value.status)
    assert problem["detail"] == refused.value.sentence
    assert problem["title"] == refused.value.title
    assert problem["type"].startswith(f"{settings.SITE_URL}/problems/#")
    return problem


# Refusals ---------------------------------------------------------------------------------------

UNACCEPTABLE = {
    "models": {"models": ["claude-9"]},
    "models ": {"models": []},
    "ends_on": {"ends_on": f"{today() + timedelta(days=999)}"},
    "ends_on ": {"starts_on": f"{today()}", "ends_on": f"{today()}"},
    "purpose": {"purpose": "a" * 10_001},
}


@pytest.mark.parametrize("field", UNACCEPTABLE)
def test_create_refuses_as_the_action_does(policy: Policy, alice: User, field: str) -> None:
    body = text_of(OPUS) | UNACCEPTABLE[field]
    days = {name: today().fromisoformat(body[name]) for name in ("starts_on", "ends_on")}
    ask = RequestInput(identifiers=tuple(body["models"]), purpose=body["purpose"], **days)
    answer = Api(alice).post(f"{API}/requests/", body)
    problem = assert_same(answer, lambda: requests.save(ask, by=alice))
    assert problem["errors"] == {field.strip(): [problem["detail"]]}
    assert problem["type"].endswith("#invalid")


def test_create_refuses_a_second_open_request(draft: AccessRequest, alice: User) -> None:
    answer = Api(alice).post(f"{API}/requests/", text_of(OPUS))
    assert draft.public_id in problem_of(answer, 422)["errors"]["models"][0]


@pytest.mark.parametrize("verb", ["submit", "withdraw"])
def test_act_on_a_decided_request_refuses(grant: Grant, alice: User, verb: str) -> None:
    decided, action = grant.access_request, getattr(requests, verb)
    answer = Api(alice).post(place(decided, verb))
    problem = assert_same(answer, lambda: action(decided, by=alice))
    assert problem["type"].endswith("#wrong-state")


def test_edit_refuses_what_is_in_review(in_review: AccessRequest, alice: User) -> None:
    ask = RequestInput((OPUS,), "Compare refusals.", today(), today() + timedelta(days=30))
    answer = Api(alice).put(place(in_review), text_of(OPUS))
    assert_same(answer, lambda: requests.save(ask, by=alice, access_request=in_review))


def test_submit_refuses_a_draft_without_purpose(draft: AccessRequest, alice: User) -> None:
    assert Api(alice).put(place(draft), text_of(OPUS, purpose=" ")).status_code == 200
    answer = Api(alice).post(place(draft, "submit"))
    problem = assert_same(answer, lambda: requests.submit(draft, by=alice))
    assert list(problem["errors"]) == ["purpose"]


def test_submit_refuses_what_nobody_can_decide(
    draft: AccessRequest, alice: User, rita: User, sam: User
) -> None:
    User.objects.filter(pk__in=(rita.pk, sam.pk)).update(is_active=False)
    answer = Api(alice).post(place(draft, "submit"))
    problem = assert_same(answer, lambda: requests.submit(draft, by=alice))
    assert problem["errors"] == {"": [problem["detail"]]}


def test_claim_refuses_a_second_key(claimed: ClaimedKey, alice: User) -> None:
    grant = claimed.key.grant
    answer = Api(alice).post(place(grant, "claim"))
    assert_same(answer, lambda: keys.claim(grant, by=alice))


def test_claim_refuses_an_owner(grant: Grant, pat: User) -> None:
    answer = Api(pat).post(place(grant, "claim"))
    problem = assert_same(answer, lambda: keys.claim(grant, by=pat))
    assert problem["type"].endswith("#not-allowed")


def test_end_refuses_an_owner(grant: Grant, pat: User) -> None:
    answer = Api(pat).post(place(grant, "end"))
    assert_same(answer, lambda: grants.end(grant, by=pat))


def test_revoke_refuses_the_holder(grant: Grant, alice: User) -> None:
    answer = Api(alice).post(place(grant, "revoke"), {"reason": "Mine."})
    assert_same(answer, lambda: grants.revoke(grant, by=alice, reason="Mine."))


def test_revoke_refuses_an_empty_reason(grant: Grant, pat: User) -> None:
    answer = Api(pat).post(place(grant, "revoke"), {"reason": " "})
    assert_same(answer, lambda: grants.revoke(grant, by=pat, reason=" "))


def test_revoke_key_refuses_an_expired_one(claimed: ClaimedKey, alice: User) -> None:
    now = datetime.now(UTC)
    Key.objects.update(state="expired", created_at=now - timedelta(days=2), closed_at=now)
    answer = Api(alice).post(f"{API}/keys/{claimed.key.public_id}/revoke/")
    assert_same(answer, lambda: key_revocation.revoke(claimed.key, by=alice))


@pytest.mark.parametrize("days", [-1, 1, 9999])
def test_shorten_refuses_a_time_outside(grant: Grant, alice: User, days: int) -> None:
    assert grant.ends_at
    ends_at = (grant.ends_at if days > 0 else grant.starts_at) + timedelta(days=days)
    answer = Api(alice).post(place(grant, "shorten"), {"ends_at": ends_at.isoformat()})
    assert_same(answer, lambda: grants.shorten(grant, by=alice, ends_at=ends_at))


# Who calls --------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["get", "post"])
def test_call_without_a_session_gets_401(db: None, verb: str) -> None:
    answer = getattr(Api(), verb)(f"{API}/requests/")
    assert problem_of(answer, 401)["type"].endswith("#not-signed-in")
    assert answer["WWW-Authenticate"].startswith('Bearer realm="Emeritus", Cookie realm=')
    assert 'form-action="/accounts/login/"' in answer["WWW-Authenticate"]


def test_call_of_an_inactive_person_gets_401(alice: User) -> None:
    api = Api(alice)
    User.objects.update(is_active=False)
    problem_of(api.get(f"{API}/me/"), 401)


def test_post_without_csrf_token_gets_403(grant: Grant, alice: User) -> None:
    api = Api(alice, enforce_csrf_checks=True)
    assert "CSRF" in problem_of(api.post(place(grant, "claim")), 403)["detail"]
    assert not grant.keys.exists()


def test_post_with_csrf_token_is_let_in(grant: Grant, alice: User) -> None:
    api, token = Api(alice, enforce_csrf_checks=True), "a" * 32
    api.cookies[settings.CSRF_COOKIE_NAME] = token
    answer = api.post(place(grant, "claim"), headers={"X-CSRFToken": token})
    assert answer.status_code == 201


# Plain HTTP errors ------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["delete", "patch", "put", "options", "trace"])
def test_call_with_another_method_gets_405(alice: User, verb: str) -> None:
    answer = getattr(Api(alice), verb)(f"{API}/requests/")
    problem_of(answer, 405)
    assert answer["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "media_type", ["text/xml", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_post_of_another_media_type_gets_415(alice: User, media_type: str) -> None:
    answer = Api(alice).generic("POST", f"{API}/requests/", "x=1", media_type)
    problem_of(answer, 415)


def test_get_as_another_media_type_gets_406(db: None) -> None:
    problem_of(Api().get(f"{API}/models/", headers={"accept": "text/html"}), 406)


def test_post_of_too_much_gets_413(alice: User) -> None:
    problem_of(Api(alice).post(f"{API}/requests/", {"purpose": "a" * 3_000_000}), 413)


@pytest.mark.parametrize(("error", "status"), [
    (RuntimeError("the inside"), 500), (OperationalError("the inside"), 503),
])  # fmt: skip
def test_fail_says_nothing_of_the_inside(
    error: Exception, status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(querysets, "catalogue", fail)
    answer = Api(raise_request_exception=False).get(f"{API}/models/opus/")
    assert "the inside" not in str(problem_of(answer, status))
    assert "the inside" in caplog.text


def test_fail_is_still_an_error_to_whoever_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(querysets, "catalogue", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Api().get(f"{API}/models/opus/")


def test_shorten_by_an_owner_asks_for_a_reason(grant: Grant, pat: User) -> None:
    message = {"ends_at": (grant.ends_at - timedelta(days=1)).isoformat()}
    answer = Api(pat).post(place(grant, "shorten"), message)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["reason"])
    assert Api(pat).post(place(grant, "shorten"), {**message, "reason": "Over."}).status_code == 200
