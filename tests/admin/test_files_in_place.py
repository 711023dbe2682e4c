"""Files of a request on the desk: shown in place without anything of them running here."""

import re
from typing import Any

import pytest
from django.test import Client

from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.files import previews
from requests_app.models import AccessRequest, Attachment, ReadLogEntry
from tests.support.desk_client import LIST, seen, signed_in, text_of
from tests.support.sample_files import attached, odt, pdf, png
from tests.web.test_files import content

pytestmark = pytest.mark.django_db

SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'self'"


def send(draft: AccessRequest, name: str, text: bytes) -> Attachment:
    """Sent for review with this file."""
    file = attached(draft, draft.requester, name, text)
    requests.submit(draft, by=draft.requester)
    return file


def at(file: Attachment, part: str = "") -> str:
    row = file.revisions.get().access_request
    return f"{LIST}{row.pk}/files/{file.public_id}/{part}"


def shown_text(answer: Any) -> str:
    found = re.search(r"<pre[^>]*>(.*)</pre>", answer.content.decode(), re.DOTALL)
    assert found
    return found[1]


def test_text_stands_on_the_page_itself(draft: AccessRequest, rita: User) -> None:
    file = send(draft, "prompts.txt", "One <script>alert(1)</script>\r\n\tzwei: ß 🎈\n".encode())
    answer = signed_in(rita).get(at(file, "view/"))
    assert shown_text(answer) == "One &lt;script&gt;alert(1)&lt;/script&gt;\n\tzwei: ß 🎈\n"
    assert "<iframe" not in answer.content.decode()
    assert answer["X-Frame-Options"] == "DENY"
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_hidden_characters_are_made_visible(draft: AccessRequest, rita: User) -> None:
    file = send(draft, "odd.csv", "a\u202eb\u200bc\x85d\u2066e,👩‍🔬 می‌خواهم\n".encode())
    text = shown_text(signed_in(rita).get(at(file, "view/")))
    assert text.startswith("a⟨U+202E⟩b⟨U+200B⟩c\nd⟨U+2066⟩e")
    assert "👩‍🔬 می‌خواهم" in text


@pytest.mark.parametrize("before", ["", "x"])
def test_long_text_is_cut_between_characters(draft: AccessRequest, rita: User, before: str) -> None:
    file = send(draft, "long.txt", (before + "é" * previews.MAX_TEXT_BYTES).encode())
    answer = signed_in(rita).get(at(file, "view/"))
    assert "The first 97.7" in text_of(answer)
    text = shown_text(answer)
    assert set(text) == {*before, "é"}
    assert len(text.encode()) in (previews.MAX_TEXT_BYTES, previews.MAX_TEXT_BYTES - 1)


def test_pdf_is_in_a_frame_of_the_page_alone(draft: AccessRequest, rita: User) -> None:
    file = send(draft, "plan.pdf", pdf())
    browser = signed_in(rita)
    page = browser.get(at(file, "view/"))
    assert f'src="{at(file, "content/")}"' in page.content.decode()
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    drawn = browser.get(at(file, "content/"))
    assert content(drawn) == pdf()
    told = ("Content-Type", "Content-Disposition", "Content-Security-Policy", "X-Frame-Options")
    assert [drawn[name] for name in told] == [
        "application/pdf", 'inline; filename="plan.pdf"', SANDBOX, "SAMEORIGIN"
    ]  # fmt: skip
    more = ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")
    assert [drawn[name] for name in more] == ["nosniff", "same-origin"]
    assert drawn["Cache-Control"].startswith("private, no-store")


def test_no_other_page_may_frame_anything(in_review: AccessRequest, rita: User) -> None:
    answer = signed_in(rita).get(f"{LIST}{in_review.pk}/change/")
    assert "frame-src" not in answer["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_image_is_drawn(draft: AccessRequest, rita: User) -> None:
    file = send(draft, "figure.png", png())
    browser = signed_in(rita)
    assert f'<img class="file-image" src="{at(file, "content/")}"' in text_of(
        browser.get(at(file, "view/"))
    )
    answer = browser.get(at(file, "content/"))
    assert content(answer) == png()
    assert (answer["Content-Type"], answer["Content-Security-Policy"]) == ("image/png", SANDBOX)


def test_text_is_never_sent_to_be_drawn(draft: AccessRequest, rita: User) -> None:
    """A browser could take it for something else."""
    file = send(draft, "plan.txt", b"Plan.")
    assert signed_in(rita).get(at(file, "content/")).status_code == 404


def test_other_types_are_downloaded(draft: AccessRequest, rita: User) -> None:
    text = odt()
    file = send(draft, "plan.odt", text)
    browser = signed_in(rita)
    assert content(browser.get(at(file))) == text
    assert [browser.get(at(file, part)).status_code for part in ("view/", "content/")] == [404, 404]
    page = seen(rita, draft)
    assert f'href="{at(file)}">plan.odt</a>' in page
    assert "view/" not in page


def test_each_look_is_logged_once_as_a_download_is(
    draft: AccessRequest, rita: User, sam: User, pat: User
) -> None:
    text = attached(draft, draft.requester, "plan.txt", b"Plan.")
    drawn = send(draft, "plan.pdf", pdf())
    rows = ReadLogEntry.objects.filter(person=rita)
    for address, files in ((at(text, "view/"), [text]), (at(drawn, "content/"), [text, drawn])):
        b"".join(signed_in(rita).get(address))
        assert [row.file for row in rows.order_by("pk")] == files
    signed_in(rita).get(at(drawn, "view/"))  # its frame asks for the content
    assert rows.count() == 2
    assert "opened plan.pdf, plan.txt</span>" in seen(pat, draft)


def test_files_are_for_those_who_read_the_request(
    draft: AccessRequest, alice: User, bob: User, zoe: User
) -> None:
    file = send(draft, "plan.pdf", pdf())
    for part in ("", "view/", "content/"):
        assert Client().get(at(file, part)).status_code == 302
        assert signed_in(alice).get(at(file, part)).status_code == 302
        assert signed_in(zoe).get(at(file, part)).status_code == 404
    assert not ReadLogEntry.objects.exists()


def test_draft_of_a_returned_request_shows_no_file(draft: AccessRequest, rita: User) -> None:
    file = attached(draft, draft.requester, "late.pdf", pdf())
    for part in ("view/", "content/"):
        assert signed_in(rita).get(at(file, part)).status_code == 404


def test_file_that_changed_on_the_disk_isnt_shown(
    draft: AccessRequest, rita: User, settings: Any
) -> None:
    files = [
        attached(draft, draft.requester, "plan.txt", b"Plan."),
        send(draft, "plan.pdf", pdf()),
    ]
    for file, part in zip(files, ("view/", "content/"), strict=True):
        (settings.FILES_FOLDER / file.public_id).write_bytes(b"Else.")
        answer = signed_in(rita).get(at(file, part))
        assert answer.status_code == 503
        assert b"Else." not in b"".join(answer)
