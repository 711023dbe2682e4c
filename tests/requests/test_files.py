"""Files of a request: what can be attached, and that a vote is for exactly those."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import files, requests
from requests_app.actions.review import votes
from requests_app.files import file_types, storage
from requests_app.models import AccessRequest, Attachment
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.wording import revisions
from tests.conftest import ask_for
from tests.support import sample_files
from tests.support.sample_files import PLAN, attached

pytestmark = pytest.mark.django_db

ODT = "application/vnd.oasis.opendocument.text"
KINDS = {
    "plan.pdf": sample_files.pdf(),
    "figure.PNG": sample_files.png(),
    "photo.jpg": sample_files.JPEG,
    "notes.txt": PLAN,
    "numbers.csv": b"\xef\xbb\xbfday,calls\r\n2026-01-05,12\r\n",
    "plan.odt": sample_files.odt(),
    "plan.docx": sample_files.docx(),
    "cloud.docx": sample_files.docx(main="word/document2.xml"),
    "marked.pdf": b"\xef\xbb\xbf\r\n" + sample_files.pdf(),
    "camera.jpg": sample_files.JPEG.replace(b"\xff\xe0\x00\x10JFIF", b"\xff\xe1\x00\x10Exif"),
    "code.txt": b"import json\n\nThis is how we read the answers.\n",
    "prompts.txt": b"<prompt>Be brief.</prompt>\n",
    "header.csv": b"From: alice\n",
}
WRONG = {
    "plan.png": sample_files.pdf(),
    "plan.pdf": sample_files.png(),
    "page.txt": b"<!DOCTYPE html><html><script>alert(1)</script>",
    "figure.txt": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "run.txt": b"#!/bin/sh\nrm -rf /\n",
    "program.csv": b"MZ\x90\x00" + b"\0" * 99,
    "archive.docx": sample_files.zipped({"evil.exe": "MZ"}),
    "sheet.odt": sample_files.odt("spreadsheet"),
    "late.odt": sample_files.zipped({"content.xml": "", "mimetype": ODT}),
    "template.docx": sample_files.docx().replace(b"word/document.xml", b"word/documents.xm"),
    "types.docx": sample_files.zipped({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}),
    "bomb.docx": sample_files.docx(declared='<!DOCTYPE x [<!ENTITY a "aaaa">]>'),
    "plan.docx": sample_files.odt(),
    "broken.docx": sample_files.docx()[:-30],
    "packed.odt": sample_files.packed_odt(),
}


def stored() -> set[str]:
    return {path.name for path in Path(configured.FILES_FOLDER).glob("*")}


@pytest.mark.parametrize("name", KINDS)
def test_attach_keeps_what_was_sent(name: str, draft: AccessRequest, alice: User) -> None:
    row = attached(draft, alice, name, KINDS[name])
    with storage.open_verified(row.public_id, row.digest) as content:
        assert content.read() == KINDS[name]
    assert (row.size, row.digest) == (len(KINDS[name]), sha256(KINDS[name]).hexdigest())
    assert list(draft.revision.files.all()) == [row]
    event = draft.events.last()
    assert (event.kind, event.details["sha256"]) == ("request.file_attached", row.digest)
    assert event.details["digest"] == draft.revision.digest()


@pytest.mark.parametrize("name", WRONG)
def test_attach_refuses_what_isnt_what_its_name_says(
    name: str, draft: AccessRequest, alice: User
) -> None:
    before = stored()
    with pytest.raises(Invalid, match="isn't a valid file of this type"):
        attached(draft, alice, name, WRONG[name])
    assert (stored(), Attachment.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("latin.csv", "Größe;1,5".encode("cp1252"), "isn't UTF-8. Save it with UTF-8 encoding"),
        ("excel.txt", "Größe".encode("utf-16"), "isn't UTF-8"),
        ("cut.txt", "Größe".encode()[:3], "isn't UTF-8"),
        ("terminal.txt", b"\x1b[31mred", "contains control characters. Remove them"),
        (
            "macro.docx",
            sample_files.docx("word/vbaProject.bin"),
            "contains macros. Save it without them",
        ),
        ("macro.odt", sample_files.odt(more="Basic/Standard/Module1.xml"), "contains macros"),
    ],
)
def test_refusal_says_what_to_do(
    name: str, content: bytes, sentence: str, draft: AccessRequest, alice: User
) -> None:
    with pytest.raises(Invalid, match=sentence):
        attached(draft, alice, name, content)


@pytest.mark.parametrize(
    "name", ["a.svg", "a.html", "a.exe", "a.zip", "a.docm", "pdf", "a.pdf.exe"]
)
def test_attach_refuses_other_kinds(name: str, draft: AccessRequest, alice: User) -> None:
    with pytest.raises(Invalid, match="You can't attach this file type"):
        attached(draft, alice, name)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/plan.txt", "plan.txt"),
        ("C:\\Users\\alice\\plan.txt", "plan.txt"),
        ("..plan\r\nX-Evil: 1.txt", "planX-Evil: 1.txt"),
        ("nalp\u202etxt.pdf", "nalptxt.pdf"),
        ("x" * 500 + ".txt", "x" * 116 + ".txt"),
        ("Pla\u0301n  of “1”.txt", "Plán of “1”.txt"),
        ("\u200b", "file"),
    ],
)
def test_names_are_only_text(sent: str, kept: str) -> None:
    assert file_types.clean_name(sent) == kept


@pytest.mark.parametrize(
    ("limit", "most", "sentence"),
    [
        ("FILE_MAX_BYTES", len(PLAN) - 1, "This file is too large"),
        ("FILES_REQUEST_BYTES", len(PLAN) * 2 - 1, "The files on this request can't exceed"),
        ("FILES_PERSON_BYTES", len(PLAN) * 2 - 1, "All your files can't exceed"),
        ("FILES_MAX", 1, "You can attach 1 files at most"),
    ],
)
def test_limits_are_said_and_leave_nothing(
    limit: str, most: int, sentence: str, draft: AccessRequest, alice: User, settings: Settings
) -> None:
    attached(draft, alice)
    before = stored()
    setattr(settings, limit, most)
    with pytest.raises(Invalid, match=sentence):
        attached(draft, alice, "more.txt")
    assert (stored(), Attachment.objects.count()) == (before, 1)


def test_attach_refuses_a_second_file_of_a_name(draft: AccessRequest, alice: User) -> None:
    attached(draft, alice)
    with pytest.raises(Invalid, match="“PLAN.txt” is already attached"):
        attached(draft, alice, "PLAN.txt")


def test_only_the_requester_attaches_and_only_to_a_draft(
    draft: AccessRequest, alice: User, eve: User
) -> None:
    row = attached(draft, alice)
    with pytest.raises(NotAllowed):
        attached(draft, eve, "other.txt")
    with pytest.raises(NotAllowed):
        files.detach(draft, row.public_id, by=eve)
    requests.submit(draft, by=alice)
    draft.refresh_from_db()
    with pytest.raises(WrongState):
        attached(draft, alice, "late.txt")
    with pytest.raises(WrongState):
        files.detach(draft, row.public_id, by=alice)


def test_vote_is_for_the_files_that_were_shown(draft: AccessRequest, alice: User) -> None:
    first = draft.revision.digest()
    row = attached(draft, alice)
    second = draft.revision.digest()
    files.detach(draft, row.public_id, by=alice)
    attached(draft, alice, "plan.txt", b"Another plan.")
    assert len({first, second, draft.revision.digest()}) == 3


def test_database_keeps_the_files_of_a_text_that_was_sent(
    draft: AccessRequest, alice: User
) -> None:
    row = attached(draft, alice)
    sent = requests.submit(draft, by=alice).revision
    changes: list[Callable[[], object]] = [
        lambda: row.revisions.remove(sent),
        lambda: Attachment.objects.filter(pk=row.pk).update(digest="0" * 64),
        lambda: row.revisions.through.objects.create(attachment=row, revision=sent),
    ]
    for change in changes:
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            change()


@pytest.fixture
def returned(draft: AccessRequest, alice: User, rita: User) -> AccessRequest:
    """With two files, and sent back with a question."""
    attached(draft, alice, "plan.txt"), attached(draft, alice, "old.txt", b"Old.")
    stage = requests.submit(draft, by=alice).stages.get()
    votes.ask_for_changes(stage, by=rita, reason="New?", shown=stage.revision.digest())
    return AccessRequest.objects.get(pk=draft.pk)


def test_new_text_carries_files_over_and_the_old_one_keeps_its_own(
    returned: AccessRequest, alice: User, opus: AIModel
) -> None:
    first = returned.revision
    old = first.files.get(name="old.txt")
    files.detach(returned, old.public_id, by=alice)
    attached(returned, alice, "new.txt", b"New.")
    requests.save(ask_for(opus), by=alice, access_request=returned, submit=True)
    second = returned.revision
    assert {str(row) for row in first.files.all()} == {"plan.txt", "old.txt"}
    assert {str(row) for row in second.files.all()} == {"plan.txt", "new.txt"}
    assert (second.number, second.purpose) == (2, first.purpose)
    assert revisions.changed_parts(first, second) == {"purpose"}
    (change,) = revisions.between(first, second)
    assert change.label == "Files"
    assert "old.txt" in next(run.text for run in change.runs if run.kind == "before")
    assert old.public_id in stored()


def test_appeal_goes_with_the_files_that_were_denied(
    draft: AccessRequest, alice: User, rita: User
) -> None:
    row = attached(draft, alice)
    stage = requests.submit(draft, by=alice).stages.get()
    votes.deny(stage, by=rita, reason="No.", shown=stage.revision.digest())
    appeal = requests.appeal(stage.access_request, by=alice, reason="Look again.")
    assert list(appeal.revision.files.all()) == [row]


def test_detach_removes_content_that_no_text_names(
    draft: AccessRequest, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    row = attached(draft, alice)
    with django_capture_on_commit_callbacks(execute=True):
        files.detach(draft, row.public_id, by=alice)
    assert row.public_id not in stored()
    assert draft.events.last().kind == "request.file_detached"
    with pytest.raises(WrongState, match="Reload the page"):
        files.detach(draft, row.public_id, by=alice)


def test_sweep_takes_only_old_content_that_no_row_names(draft: AccessRequest, alice: User) -> None:
    row = attached(draft, alice)
    storage.store("file_orphan", [b"x"], max_bytes=9)
    assert files.sweep(timezone.now()) == 0
    assert files.sweep(timezone.now() + timedelta(days=2)) >= 1
    assert row.public_id in stored()
    assert "file_orphan" not in stored()
