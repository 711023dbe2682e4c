"""Files of a draft in the API: the same checks as on the page, and only one's own."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Attachment
from tests.conftest import ask_for
from tests.support import sample_files
from tests.support.api_client import Api, place, problem_of
from tests.support.sample_files import PLAN, attached

pytestmark = pytest.mark.django_db


def sent(name: str = "plan.txt", content: bytes = PLAN, **more: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content), **more}


def attach(api: Api, row: AccessRequest, *args: Any, **how: Any) -> Any:
    return api.post(place(row, "files"), sent(*args), format="multipart", **how)


def test_file_is_attached_listed_downloaded_and_removed(draft: AccessRequest, alice: User) -> None:
    api = Api(alice)
    added = attach(api, draft, "plan.pdf", sample_files.pdf())
    assert (added.status_code, added.json()["kind"]) == (201, "pdf")
    assert api.get(place(draft, "files")).json()["results"] == [added.json()]
    got: Any = api.get(added["Location"])
    assert b"".join(got.streaming_content) == sample_files.pdf()
    assert got["Content-Type"] == "application/octet-stream"
    assert got["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (got["X-Content-Type-Options"], got["Cache-Control"]) == ("nosniff", "private, no-store")
    assert api.post(f"{added['Location']}remove/").json() == added.json()
    assert api.get(place(draft, "files")).json()["results"] == []
    problem_of(api.get(added["Location"]), 404)
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("who", ["bob", "rita", "pat"])
def test_files_of_others_are_nowhere(
    draft: AccessRequest, alice: User, who: str, request: Any
) -> None:
    row, api = attached(draft, alice, "plan.txt", PLAN), Api(request.getfixturevalue(who))
    problem_of(api.get(place(draft, "files")), 404)
    problem_of(attach(api, draft), 404)
    problem_of(api.get(f"{place(draft, 'files')}{row.public_id}/"), 404)
    problem_of(api.post(f"{place(draft, 'files')}{row.public_id}/remove/"), 404)
    assert Attachment.objects.get() == row


def test_file_of_another_request_is_not_there(
    draft: AccessRequest, alice: User, opus: AIModel
) -> None:
    row = attached(draft, alice, "plan.txt", PLAN)
    requests.withdraw(draft, by=alice)
    other = requests.save(ask_for(opus), by=alice)
    problem_of(Api(alice).get(f"{place(other, 'files')}{row.public_id}/"), 404)


def test_sent_request_keeps_its_files(draft: AccessRequest, alice: User) -> None:
    row, api = attached(draft, alice, "plan.txt", PLAN), Api(alice)
    requests.submit(draft, by=alice)
    problem_of(attach(api, draft, "more.txt"), 409)
    problem_of(api.post(f"{place(draft, 'files')}{row.public_id}/remove/"), 409)
    got: Any = api.get(f"{place(draft, 'files')}{row.public_id}/")
    assert b"".join(got.streaming_content) == PLAN


@pytest.mark.parametrize(("name", "content", "status"), [
    ("plan.png", sample_files.pdf(), 422),
    ("run.exe", b"MZ", 422),
    ("empty.txt", b"", 400),
])  # fmt: skip
def test_upload_refuses_what_the_page_refuses(
    draft: AccessRequest, alice: User, name: str, content: bytes, status: int
) -> None:
    problem = problem_of(attach(Api(alice), draft, name, content), status)
    assert set(problem["errors"]) == {"file"}
    assert not Attachment.objects.exists()


def test_upload_is_one_file_in_a_form(draft: AccessRequest, alice: User) -> None:
    api, where = Api(alice), place(draft, "files")
    problem_of(api.post(where, {"file": "plan.txt"}), 415)
    assert problem_of(api.post(where, {}, format="multipart"), 400)["errors"].keys() == {"file"}
    assert problem_of(api.post(where, sent(title="x"), format="multipart"), 400)[
        "errors"
    ].keys() == {"title"}
    two = {"file": [SimpleUploadedFile(f"{n}.txt", PLAN) for n in "ab"]}
    problem_of(api.post(where, two, format="multipart"), 400)
    cut = api.generic("POST", where, b"--x\r\n", content_type="multipart/form-data; boundary=x")
    problem_of(cut, 400)


def test_upload_has_the_limits_of_the_page(
    draft: AccessRequest, alice: User, settings: Settings
) -> None:
    settings.FILE_MAX_BYTES = 100
    large = problem_of(attach(Api(alice), draft, "plan.txt", b"a" * 101), 422)
    assert "too large" in large["detail"]
    problem_of(attach(Api(alice), draft, "plan.txt", b"a" * 100_000), 413)
    settings.UPLOADS_PER_HOUR = 1
    assert attach(Api(alice), draft, "one.txt", b"one").status_code == 201
    problem_of(attach(Api(alice), draft, "two.txt", b"two"), 429)


def test_upload_is_repeated_once_with_a_key(draft: AccessRequest, alice: User) -> None:
    """Though each form that a client sends has other boundaries."""
    api, key = Api(alice), {"headers": {"Idempotency-Key": "the-same-upload-1"}}
    first, again = (attach(api, draft, "plan.txt", PLAN, **key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), again["Idempotency-Replayed"]) == (again.json(), "true")
    problem_of(attach(api, draft, "plan.txt", PLAN + b"more", **key), 422)
    assert Attachment.objects.count() == 1
