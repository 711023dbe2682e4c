"""The API's description: every address is in it, and only the API's own."""

import re
from typing import Any

import pytest
from django.contrib.admindocs.views import simplify_regex

from requests_app.api import urls
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


@pytest.mark.parametrize(("accept", "start"), [
    ("*/*", b"openapi: 3.1"), ("application/json", b"{"),
])  # fmt: skip
def test_schema_comes_as_yaml_and_json(accept: str, start: bytes) -> None:
    answer = Api().get(f"{API}/schema/", headers={"accept": accept})
    assert (answer.status_code, answer.content[: len(start)]) == (200, start)
