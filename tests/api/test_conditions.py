"""ETags: polling is cheap and never wrong, and nobody changes what they haven't seen."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, Retirement
from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.api import urls
from requests_app.api.conventions import conditions, row_versions
from requests_app.api.views.requests import Withdraw
from requests_app.api.views.tagged import TaggedView
from requests_app.models import AccessRequest, Collaborator, Grant
from tests.api.test_oauth import make
from tests.support.api_client import API, OPUS, Api, place, problem_of, text_of

pytestmark = pytest.mark.django_db

POLLED = ("requests", "request", "grants", "grant", "keys", "key", "models", "model")
TABLE = re.compile(r'(?:FROM|JOIN) "(\w+)"')


@pytest.fixture
def polled(claimed: ClaimedKey) -> dict[str, str]:
    """The address of each that is told by its rows."""
    grant = claimed.key.grant
    return {
        "requests": f"{API}/requests/",
        "request": place(grant.access_request),
        "grants": f"{API}/grants/",
        "grant": place(grant),
        "keys": f"{API}/keys/",
        "key": f"{API}/keys/{claimed.key.public_id}/",
        "models": f"{API}/models/",
        "model": f"{API}/models/{OPUS}/",
    }


def get(api: Api, path: str, tag: str = "") -> Any:
    return api.get(path, headers={"If-None-Match": tag} if tag else {})


def statements(act: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        act()
    return [each["sql"] for each in captured]


def test_every_tagged_view_is_tested_here() -> None:
    views = [getattr(each.callback, "view_class", None) for each in urls.urlpatterns]
    tagged = {view.tagged_as for view in views if view and issubclass(view, TaggedView)}
    assert tagged - {""} == set(POLLED)


@pytest.mark.parametrize("name", POLLED)
def test_poll_is_answered_with_304_in_few_queries(
    polled: dict[str, str], alice: User, name: str
) -> None:
    api = Api(alice)
    tag = get(api, polled[name])["ETag"]
    again = get(api, polled[name], tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert "Content-Type" not in again
    asked = statements(lambda: get(api, polled[name], f'"other", W/{tag}'))
    # The session and its person; the rows; what is shown with them; the groups of who may see keys.
    assert len(asked) <= 4 + (name in ("grant", "grants"))
    assert len(asked) < len(statements(lambda: get(api, polled[name])))


@pytest.mark.parametrize("name", POLLED)
def test_answer_reads_no_table_that_its_tag_does_not(
    polled: dict[str, str], alice: User, name: str
) -> None:
    """So that a relation that is shown later changes the tag too, or fails here."""
    api = Api(alice)
    told = {table for sql in statements(lambda: _poll(api, polled[name])) for table in tables(sql)}
    shown = {table for sql in statements(lambda: get(api, polled[name])) for table in tables(sql)}
    # Which row leads where is part of the statement's other tables: they are in the set of rows.
    assert {each for each in shown - told if not each.endswith(("_ai_models", "_files"))} == set()


def _poll(api: Api, path: str) -> None:
    assert get(api, path, get(api, path)["ETag"]).status_code == 304


def tables(sql: str) -> set[str]:
    return set(TABLE.findall(sql))


def touch(row: Any, **changes: Any) -> None:
    assert type(row)._default_manager.filter(pk=row.pk).update(**changes) == 1


CHANGES: dict[str, tuple[set[str], Callable[[ClaimedKey], None]]] = {
    "the request": (
        {"requests", "request", "grants", "grant"},
        lambda c: touch(c.key.grant.access_request, created_at=timezone.now()),
    ),
    "the grant": (
        {"grants", "grant", "keys", "key", "request"},
        lambda c: touch(c.key.grant, closing_reason="x"),
    ),
    "the key": ({"grants", "grant", "keys", "key"}, lambda c: touch(c.key, label="Mine")),
    "the model": (
        {"requests", "request", "grants", "grant", "keys", "key", "models", "model"},
        lambda c: touch(AIModel.objects.get(identifier=OPUS), note="Another."),
    ),
    "a retirement": ({"models", "model"}, lambda c: touch(Retirement.objects.get(), round=9)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_change_is_seen_by_everybody_who_polls(
    polled: dict[str, str], claimed: ClaimedKey, alice: User, what: str
) -> None:
    api, (seen, change) = Api(alice), CHANGES[what]
    tags = {name: get(api, path)["ETag"] for name, path in polled.items()}
    change(claimed)
    status = {name: get(api, path, tags[name]).status_code for name, path in polled.items()}
    assert {name for name, each in status.items() if each == 200} == seen


def test_row_that_is_added_or_gone_is_seen(polled: dict[str, str], opus: AIModel) -> None:
    tag = get(Api(), polled["models"])["ETag"]
    made = AIModel.objects.create(identifier="new", provider=opus.provider, name="New")
    added = get(Api(), polled["models"], tag)
    assert (added.status_code, len(added.json()["results"])) == (200, 2)
    made.delete()
    assert get(Api(), polled["models"], added["ETag"]).status_code == 200


def test_tag_is_of_one_caller_page_and_release(
    polled: dict[str, str], alice: User, pat: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = get(Api(alice), polled["grant"])["ETag"]
    assert get(Api(pat), polled["grant"], tag).status_code == 200
    first = get(Api(alice), polled["requests"])["ETag"]
    assert get(Api(alice), polled["requests"] + "?page_size=1", first).status_code == 200
    monkeypatch.setattr(conditions, "release", lambda: "the next")
    assert get(Api(alice), polled["grant"], tag).status_code == 200


def test_owner_who_left_no_longer_has_what_they_saw(
    claimed: ClaimedKey, pat: User, owners: Group
) -> None:
    grant = claimed.key.grant
    Collaborator.objects.create(grant=grant, person=pat, added_at=timezone.now())  # stays visible
    tag = get(Api(pat), place(grant))["ETag"]
    pat.groups.remove(owners)
    assert get(Api(pat), place(grant), tag).status_code == 200


@pytest.mark.parametrize(
    "path", ["me/", "promises/", "scorecard/", f"models/{OPUS}/use/", "schema/"]
)
def test_every_other_answer_is_tagged_by_its_body(path: str, opus: AIModel, alice: User) -> None:
    api = Api(alice)
    tag = get(api, f"{API}/{path}")["ETag"]
    assert get(api, f"{API}/{path}", tag).status_code == 304
    assert get(api, f"{API}/{path}", "*").status_code == 304
    assert get(api, f"{API}/{path}", '"other"').status_code == 200


def test_errors_have_no_tag(alice: User) -> None:
    for path in ("requests/nowhere/", "nowhere/", "requests/?page_size=0"):
        assert "ETag" not in get(Api(alice), f"{API}/{path}")


def test_caches_ask_each_time_and_browsers_store_nothing(opus: AIModel, alice: User) -> None:
    token = Api()
    token.credentials(HTTP_AUTHORIZATION=f"Bearer {make('read').secret}")
    assert get(Api(), f"{API}/models/")["Cache-Control"] == "no-cache"
    assert get(token, f"{API}/me/")["Cache-Control"] == "private, no-cache"
    assert get(Api(alice), f"{API}/me/")["Cache-Control"] == "private, no-store"


# If-Match ---------------------------------------------------------------------------------------


def put(api: Api, draft: AccessRequest, tag: str, **changed: Any) -> Any:
    return api.put(place(draft), text_of(OPUS, **changed), headers={"If-Match": tag})


def test_draft_is_replaced_as_it_was_read_only(draft: AccessRequest, alice: User) -> None:
    api = Api(alice)
    read = get(api, place(draft))["ETag"]
    assert put(api, draft, read, purpose="First.").status_code == 200
    stale = put(api, draft, read, purpose="Second.")
    assert problem_of(stale, 412)["type"].endswith("#stale")
    shown = get(api, place(draft))
    assert shown.json()["revision"]["purpose"] == "First."
    assert put(api, draft, f"W/{shown['ETag']}", purpose="Second.").status_code == 200
    assert put(api, draft, "*", purpose="Third.").status_code == 200


@pytest.mark.parametrize("verb", ["submit", "withdraw"])
def test_other_changes_compare_it_with_the_request_too(
    draft: AccessRequest, alice: User, verb: str
) -> None:
    api = Api(alice)
    read = get(api, place(draft))["ETag"]
    put(api, draft, "*", title="Another")
    stale = api.post(place(draft, verb), {}, headers={"If-Match": read})
    assert problem_of(stale, 412)["type"].endswith("#stale")
    fresh = get(api, place(draft))["ETag"]
    assert api.post(place(draft, verb), {}, headers={"If-Match": fresh}).status_code == 200


def test_grant_is_changed_as_it_was_read(grant: Grant, pat: User) -> None:
    api, body = Api(pat), {"reason": "A leak."}
    read = get(api, place(grant))["ETag"]
    for status in (200, 412):
        answer = api.post(place(grant, "suspend"), body, headers={"If-Match": read})
        assert answer.status_code == status


def test_view_may_require_it(
    draft: AccessRequest, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Withdraw, "needs_if_match", True)
    refused = Api(alice).post(place(draft, "withdraw"))
    assert problem_of(refused, 428)["type"].endswith("#if-match-required")
    read = get(Api(alice), place(draft))["ETag"]
    done = Api(alice).post(place(draft, "withdraw"), {}, headers={"If-Match": read})
    assert done.status_code == 200


def test_path_at_its_end_joins_its_table() -> None:
    assert row_versions.column_at(AccessRequest, "policy_version__policy").count("__") == 2
