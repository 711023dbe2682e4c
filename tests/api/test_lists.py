"""Lists: narrowed by what is known, refused at what isn't, and read page by page."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.api.pagination import NewestFirstPagination
from requests_app.models import AccessRequest, Event, Grant, Policy
from tests.support.api_client import API, OPUS, Api, place, problem_of, text_of

pytestmark = pytest.mark.django_db


def rows(api: Api, name: str, query: str) -> int:
    answer = api.get(f"{API}/{name}/?{with_times(query)}")
    assert answer.status_code == 200, answer.json()
    return len(answer.json()["results"])


def with_times(query: str) -> str:
    """Write `<7 days>` as the time in seven days."""

    def later(found: re.Match[str]) -> str:
        return quote((timezone.now() + timedelta(**{found[2]: int(found[1])})).isoformat())

    return re.sub("<(-?[0-9]+) ([a-z]+)>", later, query)


@pytest.mark.parametrize(("fits", "doesnt"), [
    ("state=in_review", "state=denied"),
    (f"model={OPUS}", "state=draft&model=" + OPUS),
    ("policy=opus", "policy=opus&state=draft"),
    ("due_before=<99 days>", "due_before=<-1 days>"),
    ("updated_since=<-1 hours>", "updated_since=<1 hours>"),
])  # fmt: skip
def test_requests_are_narrowed(
    in_review: AccessRequest, alice: User, fits: str, doesnt: str
) -> None:
    assert (rows(Api(alice), "requests", fits), rows(Api(alice), "requests", doesnt)) == (1, 0)


@pytest.mark.parametrize(("fits", "doesnt"), [
    ("state=active", "state=ended"),
    (f"model={OPUS}", f"model={OPUS}&state=ended"),
    ("policy=opus", "policy=opus&state=ended"),
    ("holder=ALICE", "holder=user-999999999"),
    ("ends_before=<999 days>", "ends_before=<1 days>"),
    ("updated_since=<-1 hours>", "updated_since=<1 hours>"),
])  # fmt: skip
def test_grants_are_narrowed(grant: Grant, alice: User, pat: User, fits: str, doesnt: str) -> None:
    fits = fits.replace("ALICE", f"user-{alice.pk}")
    for api in (Api(alice), Api(pat)):
        assert (rows(api, "grants", fits), rows(api, "grants", doesnt)) == (1, 0)


def test_change_of_a_key_counts_as_one_of_its_grant(claimed: ClaimedKey, alice: User) -> None:

    since = quote(Event.objects.get(kind="key.claimed").at.isoformat())
    for name in ("grants", "requests"):
        assert rows(Api(alice), name, f"updated_since={since}") == 1


@pytest.mark.parametrize(("name", "query", "wrong"), [
    ("requests", "state=open", "state"),
    ("requests", "state=", "state"),
    ("requests", "model=claude-9", "model"),
    ("requests", "policy=none", "policy"),
    ("requests", "due_before=soon", "due_before"),
    ("requests", "updated_since=2026-13-01T00:00:00Z", "updated_since"),
    ("requests", "ends_before=2026-01-01T00:00:00Z", "ends_before"),
    ("grants", "holder=alice@example.org", "holder"),
    ("grants", "holder=7", "holder"),
    ("grants", "model=a%00b", "model"),
    ("grants", "due_before=2026-01-01T00:00:00Z", "due_before"),
])  # fmt: skip
def test_list_refuses_what_it_cannot_read_at_its_name(
    grant: Grant, alice: User, name: str, query: str, wrong: str
) -> None:
    answer = Api(alice).get(f"{API}/{name}/?{query}")
    assert list(problem_of(answer, 400)["errors"]) == [wrong]


def test_description_has_each_filter_with_its_values() -> None:
    described = Api().get(f"{API}/schema/?format=json").json()
    operation = described["paths"][f"{API}/grants/"]["get"]
    found = {each["name"]: each["schema"] for each in operation["parameters"] if "name" in each}
    assert {"state", "model", "policy", "holder", "ends_before", "updated_since"} <= set(found)
    assert found["ends_before"]["format"] == "date-time"
    assert "enum" in str(found["state"]) or "$ref" in str(found["state"])
    assert "Link" in operation["responses"]["200"]["headers"]


# Pages ------------------------------------------------------------------------------------------


def pages(api: Api, url: str) -> Iterator[Any]:
    """Follow `Link` from page to page."""
    while url:
        answer = api.get(url)
        yield answer
        found = re.search('<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        url = found[1] if found else ""


def test_link_leads_through_all_pages(policy: Policy, alice: User) -> None:
    api = Api(alice)
    for _ in range(4):
        made = api.post(f"{API}/requests/", text_of(OPUS))
        assert api.post(f"{made['Location']}withdraw/").status_code == 200
    seen = list(pages(Api(alice), f"{API}/requests/?page_size=3"))
    assert [len(page.json()["results"]) for page in seen] == [3, 1]
    assert 'rel="prev"' in seen[1]["Link"]
    assert 'rel="prev"' not in seen[0]["Link"]
    assert seen[0].json()["next"] in seen[0]["Link"]


def test_cursor_is_of_one_list_and_not_to_be_made(opus: Any, alice: User) -> None:
    token = NewestFirstPagination()._signer(f"{API}/grants/").sign_object([0, False, "7"])
    assert Api(alice).get(f"{API}/grants/", {"cursor": token}).status_code == 200
    for path, cursor in ((f"{API}/requests/", token), (f"{API}/grants/", token[:-1])):
        problem = problem_of(Api(alice).get(path, {"cursor": cursor}), 400)
        assert list(problem["errors"]) == ["cursor"]


# Whose ------------------------------------------------------------------------------------------


def test_holder_has_the_id_that_gateways_get(claimed: ClaimedKey, alice: User) -> None:
    api, grant = Api(alice), claimed.key.grant
    shown = api.get(place(grant)).json()
    ids = {shown["holder_id"], shown["keys"][0]["holder_id"]}
    ids |= {api.get(place(grant.access_request)).json()["holder_id"]}
    ids |= {api.get(f"{API}/me/").json()["id"]}
    assert ids == {f"user-{alice.pk}"}
