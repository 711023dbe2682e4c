"""Junk: whatever is sent to the API, it answers with a problem that says what can't be read."""

import json
from base64 import b64encode
from typing import Any

import pytest

from lifecycle.people.models import User
from requests_app.models import Grant, Policy
from tests.support.api_client import API, OPUS, Api, place, problem_of, text_of

JUNK = {
    "malformed": '{"models":',
    "nothing": "",
    "null": "null",
    "a list": "[]",
    "a string": '"models"',
    "nested": "[" * 100_000,
    "deeply nested field": '{"models": ' + "[" * 500 + "]" * 500 + "}",
    "huge number": '{"models": ' + "9" * 5000 + "}",
    "not UTF-8": b'{"purpose": "\xff"}',
    "a name twice": '{"models": [{"a": 1, "a": 1}]}',
    "not a number": '{"models": NaN}',
}


@pytest.mark.parametrize("name", JUNK)
def test_create_refuses_junk(policy: Policy, alice: User, name: str) -> None:
    answer = Api(alice).generic("POST", f"{API}/requests/", JUNK[name], "application/json")
    problem_of(answer, 400)


HUGE = 10**400
WRONG: list[Any] = [
    ("models", OPUS),
    ("models", {"a": 1}),
    ("models", 7),
    ("models", None),
    ("models", ["x"] * 101),
    ("models.0", [7]),
    ("models.0", ["a\x00b"]),
    ("models.0", ["\ud800"]),
    ("models.1", [OPUS, ["x"]]),
    ("purpose", 7),
    ("purpose", ["x"]),
    ("purpose", "a\x00b"),
    ("purpose", "\udfff"),
    ("purpose", None),
    ("starts_on", "99999-01-01"),
    ("starts_on", "2026-02-30"),
    ("starts_on", 20260101),
    pytest.param("ends_on", HUGE, id="huge"),
    ("ends_on", 1e300),
    ("ends_on", True),
    ("operations", "messages"),
    ("operations", None),
    ("operations.0", [7]),
    ("operations", ["messages"] * 101),
    ("expected_cost", "12"),
    ("expected_cost", 1.5),
    ("expected_cost", True),
    ("expected_cost", None),
    ("track", 7),
    ("track", ["academic"]),
    ("track", "a\x00b"),
    ("collaborators", "bob@example.org"),
    ("collaborators.0", ["a\x00b"]),
    ("collaborators", ["x"] * 101),
    ("submit", "perhaps"),
    ("submit", []),
    ("id", "req_0"),
    ("a\x00b", 1),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_create_names_the_field_that_cannot_be_read(
    policy: Policy, alice: User, field: str, value: Any
) -> None:
    body = text_of(OPUS) | {field.split(".")[0]: value}
    sent = json.dumps(body)  # escapes what UTF-8 has no place for
    answer = Api(alice).generic("POST", f"{API}/requests/", sent, "application/json")
    problem = problem_of(answer, 400)
    assert list(problem["errors"]) == [field]
    assert problem["type"].endswith("#unreadable")
    assert all(isinstance(sentence, str) for sentence in problem["errors"][field])


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_create_refuses_days_at_the_ends_of_time(policy: Policy, alice: User, day: str) -> None:
    for field in ("starts_on", "ends_on"):
        body = text_of(OPUS, **{field: day})
        problem_of(Api(alice).post(f"{API}/requests/", body), 422)


@pytest.mark.parametrize("ends_at", [
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "soon", 7, None, [],
    pytest.param(HUGE, id="huge"),
])  # fmt: skip
def test_shorten_refuses_times_that_are_none(grant: Grant, alice: User, ends_at: Any) -> None:
    problem = problem_of(Api(alice).post(place(grant, "shorten"), {"ends_at": ends_at}), 400)
    assert list(problem["errors"]) == ["ends_at"]


@pytest.mark.parametrize("verb", ["claim", "end", "revoke"])
def test_act_refuses_a_field_that_it_does_not_know(grant: Grant, pat: User, verb: str) -> None:
    body = {"reason": "A leak.", "ends_at": "2030-01-01"}
    problem = problem_of(Api(pat).post(place(grant, verb), body), 400)
    assert "ends_at" in problem["errors"]


@pytest.mark.parametrize("query", [
    "retired=perhaps", "by_request=", "provider=nobody", "provider=a%00b", "retierd=true",
    "cursor=x", "cursor=%C3%BC", "cursor=cD1hJTAwYg==", "page_size=0", "page_size=201",
    "page_size=x", "page_size=%D9%A3", pytest.param(f"page_size={'9' * 5000}", id="page_size=huge"),
])  # fmt: skip
def test_list_models_refuses_what_it_cannot_read(db: None, query: str) -> None:
    problem = problem_of(Api().get(f"{API}/models/?{query}"), 400)
    assert list(problem["errors"]) == [query.split("=")[0]]


@pytest.mark.parametrize("position", ["p=x", "p=%00", f"p={'9' * 30}", "o=-1", "o=x", "p=1.5"])
def test_list_requests_refuses_a_made_up_cursor(alice: User, position: str) -> None:
    cursor = b64encode(position.encode()).decode()
    problem_of(Api(alice).get(f"{API}/requests/", {"cursor": cursor}), 400)


@pytest.mark.parametrize("address", [
    "models/a%00b/", "models/a%2Fb/", "grants/%00/", "grants/gr\u00e4nt/", "requests/x/", "keys/x/",
    "", "nowhere/", "requests", "models/none/", pytest.param(f"grants/{'9' * 5000}/", id="long"),
])  # fmt: skip
def test_get_an_unknown_address_gets_404(alice: User, address: str) -> None:
    answer = Api(alice).get(f"{API}/{address}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert "AccessRequest" not in answer.content.decode()
