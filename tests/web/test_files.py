"""Files on the pages: added without JavaScript, and downloaded by those whom they are for."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Attachment, ReadLogEntry
from tests.conftest import ask_for
from tests.support import accepted_collaborators, sample_files
from tests.support.desk_client import page_of, seen, signed_in
from tests.support.page_client import Browser, assert_nothing_inline, main_of, page
from tests.support.sample_files import PLAN, attached

pytestmark = pytest.mark.django_db


def add(who: User, row: AccessRequest, name: str, content: bytes) -> Any:
    sent = {"file": SimpleUploadedFile(name, content)}
    return Browser(who).post(f"/requests/{row}/files/", sent)


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


@pytest.fixture
def plan(draft: AccessRequest, alice: User) -> Attachment:
    return attached(draft, alice)


@pytest.fixture
def sent(plan: Attachment, draft: AccessRequest, opus: AIModel, alice: User, bob: User) -> Any:
    """With the plan; it names Bob."""
    ask = replace(ask_for(opus), collaborators=(bob.email,))
    return accepted_collaborators.save(ask, by=alice, access_request=draft, submit=True)


def test_add_and_remove_on_the_page(draft: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    response = add(alice, draft, "plan.pdf", sample_files.pdf())
    assert response.status_code == 302
    shown = browser.get(f"/requests/{draft}/files/")
    assert "plan.pdf PDF, 5" in page(shown)
    assert 'enctype="multipart/form-data"' in main_of(shown)
    assert_nothing_inline(shown)
    assert "Add or remove files" in page(browser.get(f"/requests/{draft}/"))
    file = draft.revision.files.get()
    browser.post(f"/requests/{draft}/files/remove/", {"file": file.public_id})
    assert "No files attached." in page(browser.get(f"/requests/{draft}/files/"))


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("plan.pdf", PLAN, "“plan.pdf” isn't a valid file of this type: PDF."),
        ("plan.svg", PLAN, "You can't attach this file type."),
        ("plan.txt", b"", "This file is empty."),
    ],
)
def test_what_cant_be_attached_is_said_beside_the_field(
    draft: AccessRequest, alice: User, name: str, text: bytes, sentence: str
) -> None:
    response = add(alice, draft, name, text)
    assert response.status_code == 422
    assert page(response).count(sentence) == 2  # in the summary too
    assert_nothing_inline(response)
    assert not Attachment.objects.exists()


def test_no_file_is_said(draft: AccessRequest, alice: User) -> None:
    response = Browser(alice).post(f"/requests/{draft}/files/", {})
    assert (response.status_code, "Choose a file first." in page(response)) == (422, True)


def test_download_is_nothing_that_a_browser_would_run(plan: Attachment, alice: User) -> None:
    row = plan.revisions.get().access_request
    response = Browser(alice).get(f"/requests/{row}/files/{plan.public_id}/")
    assert content(response) == PLAN
    assert response["Content-Disposition"] == 'attachment; filename="plan.txt"'
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, no-store"


def test_only_who_may_read_the_request_gets_its_files(
    plan: Attachment, sent: AccessRequest, alice: User, bob: User, eve: User, rita: User
) -> None:
    address = f"/requests/{sent}/files/{plan.public_id}/"
    assert content(Browser(alice).get(address)) == PLAN
    assert content(Browser(bob).get(address)) == PLAN
    assert Browser(eve).get(address).status_code == 404
    assert Browser(rita).get(address).status_code == 404  # she opens it on the desk
    assert Client().get(address)["Location"].startswith("/accounts/login/")
    assert Browser(bob).get(f"/requests/{sent}/files/").status_code == 404


def test_collaborator_gets_nothing_of_a_draft(
    sent: AccessRequest, alice: User, bob: User, rita: User
) -> None:
    stage = sent.stages.get()
    votes.ask_for_changes(stage, by=rita, reason="More?", shown=stage.revision.digest())
    late = attached(sent, alice, "late.txt", b"Not yet.")
    address = f"/requests/{sent}/files/{late.public_id}/"
    assert content(Browser(alice).get(address)) == b"Not yet."
    assert Browser(bob).get(address).status_code == 404
    assert "late.txt" not in page(Browser(bob).get(f"/requests/{sent}/"))
    assert "late.txt" not in seen(rita, sent)


def test_file_of_one_request_isnt_found_under_another(
    plan: Attachment, bob: User, opus: AIModel
) -> None:
    other = requests.save(ask_for(opus), by=bob)
    address = f"/requests/{other}/files/{plan.public_id}/"
    assert Browser(bob).get(address).status_code == 404
    removed = {"file": plan.public_id}
    assert Browser(bob).post(f"/requests/{other}/files/remove/", removed).status_code == 409


def test_reviewer_opens_a_file_and_that_is_recorded(
    plan: Attachment, sent: AccessRequest, rita: User, pat: User, eve: User
) -> None:
    assert "plan.txt" in seen(rita, sent)
    address = page_of(sent).replace("change/", f"files/{plan.public_id}/")
    response = signed_in(rita).get(address)
    assert content(response) == PLAN
    assert response["Content-Disposition"].startswith("attachment")
    look = ReadLogEntry.objects.get(file=plan)
    assert (look.access_request, look.person) == (sent, rita)
    assert "<strong>Rita</strong>: 2 times since" in seen(pat, sent)
    assert "opened plan.txt</span></li>" in seen(pat, sent)
    User.objects.filter(pk=eve.pk).update(is_staff=True)
    assert signed_in(eve).get(address).status_code == 404


def test_too_large_a_form_is_refused_before_it_is_read(
    draft: AccessRequest, alice: User, settings: Settings, client: Client
) -> None:
    settings.FILE_MAX_BYTES, settings.FORM_MAX_BYTES = 102_400, 1000
    response = add(alice, draft, "plan.txt", b"x" * 200_000)
    assert response.status_code == 413
    assert "This file is too large: the limit is 100 KB." in page(response)
    assert_nothing_inline(response)
    addresses = ("/accounts/login/", f"/api/v1/requests/{draft}/")
    for address, kind in zip(addresses, ("text/html", "application/problem+json"), strict=True):
        refused = client.post(address, {"file": SimpleUploadedFile("x.txt", b"x" * 2000)})
        assert refused.status_code == 413
        assert refused["Content-Type"].startswith(kind)


def test_api_shows_the_files_of_a_text(plan: Attachment, alice: User) -> None:
    row = plan.revisions.get().access_request
    (shown,) = Browser(alice).get(f"/api/v1/requests/{row}/").json()["revision"]["files"]
    told = (shown["id"], shown["name"], shown["kind"], shown["size"], shown["sha256"])
    assert told == (plan.public_id, "plan.txt", "text", len(PLAN), plan.digest)
