"""What a program branches on: a type for each problem, the same under every path for programs."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from lifecycle.serving.problem_types import PROBLEM_TYPES
from lifecycle.serving.rejected_requests import TOO_SLOW
from requests_app.models import Grant
from requests_app.refusals import REFUSALS
from tests.api.test_oauth import make
from tests.support.api_client import API, Api, place, problem_of, text_of

pytestmark = pytest.mark.django_db

NOWHERE = (
    *("/api", "/api/", "/api/v2/models", "/api/v1/models", "/gateway/nowhere", "/gateway/"),
    *("/oauth", "/oauth/", "/oauth/introspect/", "/oauth/token", "/gateway/usage/"),
)


def type_of(answer: Any, status: int) -> str:
    return str(problem_of(answer, status)["type"]).partition("/problems/#")[2]


def bearer(*permissions: str) -> Api:
    api = Api()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {make(*permissions).secret}")
    return api


@pytest.mark.parametrize("path", NOWHERE)
@pytest.mark.parametrize("debug", [False, True])
def test_unknown_path_is_a_problem_with_and_without_slash(
    path: str, debug: bool, settings: Settings
) -> None:
    settings.DEBUG = debug
    for method in ("get", "post"):
        assert type_of(getattr(Client(), method)(path), 404) == "not-found"


def test_permission_that_a_token_lacks_is_named(grant: Grant) -> None:
    answer = bearer("read").post(place(grant, "claim"))
    assert type_of(answer, 403) == "missing-permission"
    assert answer.json()["needs"] == "keys.claim"
    assert 'error="insufficient_scope", scope="keys.claim"' in answer["WWW-Authenticate"]
    assert type_of(bearer("read").post("/gateway/usage", {}), 403) == "missing-permission"


def test_call_for_people_only_says_so(grant: Grant) -> None:
    assert type_of(bearer("read").post(place(grant, "end")), 403) == "not-for-tokens"


def test_challenges_are_of_the_ways_that_a_call_takes() -> None:
    token_only = Api().post("/gateway/usage", {})
    assert (token_only.status_code, token_only["WWW-Authenticate"]) == (
        401,
        'Bearer realm="Emeritus"',
    )
    wrong = Api().get(f"{API}/me/", headers={"Authorization": "Bearer ems_wrong"})
    assert type_of(wrong, 401) == "invalid-token"
    assert wrong["WWW-Authenticate"] == 'Bearer realm="Emeritus", error="invalid_token"'


def test_each_refusal_of_http_has_its_type(alice: User, grant: Grant) -> None:
    api, strict = Api(alice), Api(alice, enforce_csrf_checks=True)
    assert type_of(strict.post(place(grant, "claim")), 403) == "csrf"
    assert type_of(api.delete(f"{API}/me/"), 405) == "method-not-allowed"
    assert type_of(api.get(f"{API}/models/", headers={"accept": "text/html"}), 406) == (
        "not-acceptable"
    )
    assert type_of(api.generic("POST", f"{API}/requests/", "x", "text/xml"), 415) == "media-type"
    assert type_of(api.post(f"{API}/requests/", {"purpose": "a" * 3_000_000}), 413) == "too-large"
    assert type_of(api.get(f"{API}/models/", headers={"accept": "x;a*=y"}), 400) == "unreadable"
    assert "#key-in-url" in api.get(f"{API}/models/emk_{'a' * 36}/").json()["type"]


def test_request_that_never_reaches_django_has_a_type_too() -> None:
    for path in ("/api/v1/models/", "/oauth/revoke"):
        _, body = TOO_SLOW.answer({"PATH_INFO": path})
        assert json.loads(body)["type"].endswith("/problems/#too-slow")


def texts_of(answer: Any) -> list[str]:
    problem = answer.json()
    errors = [sentence for each in problem.get("errors", {}).values() for sentence in each]
    return [problem["title"], problem["detail"], *errors]


def test_answer_is_in_one_language(alice: User, grant: Grant) -> None:
    """Every sentence of the German answer differs from that of the English one."""
    calls: list[Callable[[dict[str, Any]], Any]] = [
        lambda how: Api(**how).get(f"{API}/me/"),
        lambda how: Api(alice, **how).get(f"{API}/grants/nowhere/"),
        lambda how: Api(alice, **how).delete(f"{API}/me/"),
        lambda how: Api(alice, **how).get(f"{API}/requests/?page_size=0&x=1&cursor=!"),
        lambda how: Api(alice, **how).generic("POST", f"{API}/requests/", "{", "application/json"),
        lambda how: Api(alice, **how).post(f"{API}/requests/", {"nothing": 1}),
        lambda how: Api(alice, **how).post(f"{API}/requests/", {"models": 7}),
        lambda how: Api(alice, **how).post(f"{API}/requests/", text_of(purpose=7)),
        lambda how: Api(alice, **how).post(place(grant.access_request, "submit")),
        lambda how: Api(alice, enforce_csrf_checks=True, **how).post(place(grant, "claim")),
        lambda how: Api(**how).get(f"{API}/me/", headers={"Authorization": "Bearer x"}),
        lambda how: Api(**how).get("/api/nowhere"),
    ]
    for call in calls:
        english, german = (
            texts_of(call({"HTTP_ACCEPT_LANGUAGE": language})) for language in ("en", "de")
        )
        assert len(english) == len(german)
        same = set(english) & set(german)
        assert not same


def test_page_explains_every_type(client: Client) -> None:
    shown = client.get("/problems/").content.decode()
    slugs = [kind.slug for kind in (*PROBLEM_TYPES, *REFUSALS)]
    assert [slug for slug in slugs if shown.count(f'id="{slug}"') != 1] == []


def test_no_problem_is_about_blank() -> None:
    for package in ("requests_app", "lifecycle"):
        for path in (ROOT / package).rglob("*.py"):
            assert "about:blank" not in path.read_text(), path
