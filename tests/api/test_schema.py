"""The API's description: every address is in it, and only the API's own."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admindocs.views import simplify_regex

from requests_app.api import urls
from requests_app.api.views.base import DRY_RUN
from requests_app.api.views.schema import description
from tests.support.api_client import API, Api

VIEWS: list[tuple[str, Any]] = [
    (simplify_regex(str(pattern.pattern)), getattr(pattern.callback, "view_class", None))
    for pattern in urls.urlpatterns
]


def test_schema_describes_every_address() -> None:
    described = Api().get(f"{API}/schema/?format=json").json()
    assert described["openapi"].startswith("3.1")
    expected = set()
    for route, view in VIEWS:
        address = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
        verbs = [verb for verb in ("get", "post", "put", "patch", "delete") if hasattr(view, verb)]
        expected |= {(API + address, verb) for verb in verbs if view.schema}
    found = {(path, verb) for path, verbs in described["paths"].items() for verb in verbs}
    assert found == expected


def test_schema_leaves_out_only_itself_and_the_unknown() -> None:
    undescribed = {view.__name__ for _, view in VIEWS if not view.schema}
    assert undescribed == {"Schema", "NotFoundView"}


def resolved(response: dict[str, Any]) -> dict[str, Any]:
    name = response.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = description()["components"]["responses"][name] if name else response
    return found


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    described = Api().get(f"{API}/schema/?format=json").json()
    for path, verbs in described["paths"].items():
        yield from ((path, verb, operation) for verb, operation in verbs.items())


def _refs(operation: dict[str, Any]) -> set[str]:
    return {each.get("$ref", "").rpartition("/")[2] for each in operation["parameters"]} - {""}


def test_every_operation_has_the_conventions_of_all() -> None:
    for path, verb, operation in operations():
        where, responses = f"{verb} {path}", operation["responses"]
        assert {"400", "405", "406", "429", "503"} <= set(responses), where
        assert ("304" in responses) == (verb == "get"), where
        assert "{" not in path or "404" in responses, where
        if verb != "get":
            assert {"409", "413", "415", "422"} <= set(responses), where
        for response in (resolved(each) for each in responses.values()):
            assert {"X-Request-Id", "RateLimit", "RateLimit-Policy"} <= set(response["headers"])
        sent = _refs(operation)
        keyless = path.endswith(("/leaked-keys/", "/me/delete/"))
        assert ("Idempotency-Key" in sent) == (verb != "get" and not keyless), where
        assert ("If-None-Match" in sent) == (verb == "get"), where
        assert ("If-Match" in sent) == ("412" in responses), where
    dry = {path for path, verb, each in operations() if {DRY_RUN} == _refs(each) & {DRY_RUN}}
    votes = ("approve", "decline", "request-changes", "recuse")
    tried = {f"{API}/reviews/{{id}}/{verb}/" for verb in votes}
    tried |= {f"{API}/requests/", f"{API}/requests/{{id}}/submit/", f"{API}/revocations/"}
    endings = (f"{API}/emergency-requests/{{id}}/grant/", f"{API}/policies/{{id}}/withdrawal/")
    assert dry == {*tried, *endings}


def test_signing_in_is_described_where_it_is_needed() -> None:
    for path, verb, operation in operations():
        is_public = {} in operation.get("security", [{}])
        assert ("401" in operation["responses"]) >= (not is_public), f"{verb} {path}"


@pytest.mark.parametrize(("accept", "start"), [
    ("*/*", b"openapi: 3.1"), ("application/json", b"{"),
])  # fmt: skip
def test_schema_comes_as_yaml_and_json(accept: str, start: bytes) -> None:
    answer = Api().get(f"{API}/schema/", headers={"accept": accept})
    assert (answer.status_code, answer.content[: len(start)]) == (200, start)
