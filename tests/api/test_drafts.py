"""Drafts by API: tried without doing, sent back as they were read, and changed in parts."""

import json
from typing import Any

import pytest
from django.core import mail

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Event, Invitation, Notice, Policy, StoredAnswer
from tests.support.api_client import API, OPUS, Api, place, problem_of, text_of

pytestmark = pytest.mark.django_db


def patch(api: Api, draft: AccessRequest, change: Any, **headers: str) -> Any:
    kind = "application/merge-patch+json"
    return api.generic("PATCH", place(draft), json.dumps(change), kind, headers=headers)


# Dry runs ---------------------------------------------------------------------------------------


def test_dry_run_of_a_new_request_answers_as_it_would_be(policy: Policy, alice: User) -> None:
    body = text_of(OPUS, submit=True, collaborators=["bob@example.org"])
    api, key = Api(alice), {"Idempotency-Key": "a" * 16}
    for sent in (body | {"collaborators": []}, text_of(OPUS, collaborators=["bob@example.org"])):
        tried = api.post(f"{API}/requests/?dry_run=true", sent, headers=key)
        assert (tried.status_code, tried["Dry-Run"]) == (201, "true")
        assert tried.json()["state"] == ("in_review" if "submit" in sent else "draft")
        assert "Location" not in tried
    rows = (AccessRequest, Notice, Invitation, StoredAnswer)
    assert [row._default_manager.count() for row in rows] == [0] * 4
    assert not Event.objects.exclude(access_request=None).exists()
    assert mail.outbox == []
    done = api.post(f"{API}/requests/?dry_run=false", body | {"collaborators": []}, headers=key)
    assert (done.status_code, "Dry-Run" in done) == (201, False)


def test_dry_run_sends_nothing_when_it_is_over(
    draft: AccessRequest, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        tried = Api(alice).post(place(draft, "submit") + "?dry_run=true")
    assert (tried.status_code, tried.json()["state"], callbacks) == (200, "in_review", [])
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_dry_run_is_refused_as_the_call_itself_is(draft: AccessRequest, alice: User) -> None:
    api = Api(alice)
    assert api.put(place(draft), text_of(OPUS, purpose="")).status_code == 200
    tried = api.post(place(draft, "submit") + "?dry_run=true")
    assert tried["Dry-Run"] == "true"
    assert problem_of(tried, 422)["errors"] == api.post(place(draft, "submit")).json()["errors"]
    problem_of(api.post(place(draft, "submit") + "?dry_run=perhaps"), 400)
    problem_of(api.post(place(draft, "withdraw") + "?dry_run=true"), 400)


def test_dry_run_counts_as_nothing(draft: AccessRequest, alice: User, settings: Any) -> None:
    settings.SUBMISSIONS_PER_HOUR = 1
    for _ in range(3):
        assert Api(alice).post(place(draft, "submit") + "?dry_run=true").status_code == 200
    assert Api(alice).post(place(draft, "submit")).status_code == 200


# What a GET gave --------------------------------------------------------------------------------


def test_what_a_get_gave_can_be_put_back(draft: AccessRequest, alice: User) -> None:
    api = Api(alice)
    assert (
        api.put(place(draft), text_of(OPUS, collaborators=["bob@example.org"])).status_code == 200
    )
    shown = api.get(place(draft)).json()
    put = api.put(place(draft), shown)
    assert put.status_code == 200
    ignored = {"attested_at", "accepted_at"}
    before, after = (
        {name: value for name, value in each["revision"].items() if name not in ignored}
        for each in (shown, put.json())
    )
    assert before == after
    assert [each["state"] for each in put.json()["invitations"]] == ["waiting"]


@pytest.mark.parametrize(("path", "value"), [
    ("state", "approved"), ("id", "req_0"), ("invitations", []), ("nothing", 1),
    ("revision.number", 7), ("revision.files", [{}]), ("revision.nothing", None),
])  # fmt: skip
def test_what_cannot_be_written_has_to_be_as_it_is(
    draft: AccessRequest, alice: User, path: str, value: Any
) -> None:
    api = Api(alice)
    api.put(place(draft), text_of(OPUS, collaborators=["bob@example.org"]))
    shown = api.get(place(draft)).json()
    inner = shown["revision"] if path.startswith("revision.") else shown
    inner[path.rpartition(".")[2]] = value
    problem = problem_of(api.put(place(draft), shown), 400)
    assert list(problem["errors"]) == [path]


def test_patch_changes_what_it_names(draft: AccessRequest, alice: User) -> None:
    api = Api(alice)
    before = api.get(place(draft)).json()["revision"]
    changed = patch(api, draft, {"revision": {"title": "Refusals", "expected_cost": 7}})
    assert changed.status_code == 200
    after = changed.json()["revision"]
    assert {name for name in after if after[name] != before[name]} <= {
        *("title", "expected_cost", "attested_at", "accepted_at")
    }
    emptied = patch(api, draft, {"revision": {"title": None}})
    assert (emptied.status_code, emptied.json()["revision"]["title"]) == (200, "")


@pytest.mark.parametrize(("change", "field"), [
    ([], "revision"), ({"revision": []}, "revision"), ({"state": "approved"}, "state"),
    ({"revision": {"purpose": 7}}, "purpose"), ({"purpose": "Flat."}, "purpose"),
])  # fmt: skip
def test_patch_refuses_what_is_no_change_of_a_text(
    draft: AccessRequest, alice: User, change: Any, field: str
) -> None:
    assert list(problem_of(patch(Api(alice), draft, change), 400)["errors"]) == [field]


def test_patch_is_a_merge_patch_only(draft: AccessRequest, alice: User) -> None:
    api = Api(alice)
    problem_of(api.patch(place(draft), {"revision": {"title": "x"}}), 415)
    kind = "application/merge-patch+json"
    problem_of(api.generic("PUT", place(draft), "{}", kind), 415)


def test_patch_of_something_else_than_was_read_is_refused(
    draft: AccessRequest, alice: User
) -> None:
    api = Api(alice)
    read = api.get(place(draft))["ETag"]
    change = {"revision": {"title": "First"}}
    first, second = (patch(api, draft, change, **{"If-Match": read}) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 412)
