"""What the disk does to files: content that is gone or was changed, and no room for more."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.signals import pre_save
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Attachment
from tests.support.desk_client import page_of, signed_in
from tests.support.page_client import Browser, assert_nothing_inline, page
from tests.support.sample_files import PLAN, attached

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(draft: AccessRequest, alice: User) -> Attachment:
    row = attached(draft, alice)
    requests.submit(draft, by=alice)
    return row


def on_disk(row: Attachment) -> Path:
    return Path(configured.FILES_FOLDER) / row.public_id


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Files of this process can't grow beyond `size` bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_content_is_on_the_disk_before_its_row_is_written(
    draft: AccessRequest, alice: User
) -> None:
    contents = []

    def look(instance: Attachment, **_: object) -> None:
        contents.append(on_disk(instance).read_bytes())

    pre_save.connect(look, sender=Attachment)
    try:
        attached(draft, alice)
    finally:
        pre_save.disconnect(look, sender=Attachment)
    assert contents == [PLAN]


@pytest.mark.parametrize("by", ["requester", "reviewer"])
def test_file_that_was_changed_on_the_disk_isnt_shown(
    plan: Attachment, alice: User, rita: User, by: str, caplog: pytest.LogCaptureFixture
) -> None:
    on_disk(plan).write_bytes(PLAN.replace(b"before", b"after."))
    row = plan.revisions.get().access_request
    own, desk = f"/requests/{row}/", page_of(row).replace("change/", "")
    browser, start = (Browser(alice), own) if by == "requester" else (signed_in(rita), desk)
    answer = browser.get(f"{start}files/{plan.public_id}/")
    assert answer.status_code == 503
    assert "This file has changed on the server since it was attached" in page(answer)
    assert_nothing_inline(answer)
    assert f"The content of {plan.public_id} isn't what was attached" in caplog.text


def test_file_that_is_gone_from_the_disk_has_its_page(
    plan: Attachment, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    on_disk(plan).unlink()
    row = plan.revisions.get().access_request
    answer = Browser(alice).get(f"/requests/{row}/files/{plan.public_id}/")
    assert (answer.status_code, "This file is missing from the server" in page(answer)) == (
        503,
        True,
    )
    assert plan.public_id in caplog.text


@pytest.mark.parametrize("size", [200_000, 4_000_000])  # kept in memory on the way, and on disk
def test_full_disk_has_its_page_and_leaves_nothing(
    draft: AccessRequest, alice: User, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    sent = {"file": SimpleUploadedFile("plan.txt", b"x" * size)}
    browser = Browser(alice)
    with room_for(100_000):
        answer = browser.post(f"/requests/{draft}/files/", sent)
    assert answer.status_code == 503
    assert "We can't store files right now. Keep your copy" in page(answer)
    assert "A file can't be stored: " in caplog.text
    assert not Attachment.objects.exists()
    assert browser.post(f"/requests/{draft}/files/", again(sent)).status_code == 302


def again(sent: dict[str, SimpleUploadedFile]) -> dict[str, SimpleUploadedFile]:
    sent["file"].seek(0)
    return sent


def test_folder_that_cant_be_made_has_its_page(
    draft: AccessRequest, alice: User, settings: Settings, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    settings.FILES_FOLDER = blocked / "files"
    sent = {"file": SimpleUploadedFile("plan.txt", PLAN)}
    assert Browser(alice).post(f"/requests/{draft}/files/", sent).status_code == 503
