"""Files of a request in a real Chromium: drawn on the desk's page, and nothing in them runs."""

import pytest
from playwright.sync_api import Page, expect

from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Attachment
from tests.browser.conftest import Visit
from tests.support.desk_client import LIST, page_of
from tests.support.sample_files import attached, pdf, png

pytestmark = pytest.mark.stack

VIEWER = "chrome-extension://"
# Begins like a PDF, and is a page for whoever guesses types.
POLYGLOT = b"%PDF-1.4\n<html><script>document.title = 'ran'</script><h1>Not a PDF</h1></html>"


def opened(visit: Visit, draft: AccessRequest, rita: User, name: str, text: bytes) -> Page:
    """The page of this file, by its link on the review page."""
    attached(draft, draft.requester, name, text)
    requests.submit(draft, by=draft.requester)
    page = visit(rita)
    page.goto(page_of(draft))
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    return page


def test_pdf_is_drawn_in_its_sandbox(visit: Visit, draft: AccessRequest, rita: User) -> None:
    page = opened(visit, draft, rita, "plan.pdf", pdf())
    file = Attachment.objects.get()
    page.wait_for_timeout(500)
    addresses = [frame.url for frame in page.frames]
    assert any(address.endswith(f"{file.public_id}/content/") for address in addresses)
    assert any(address.startswith(VIEWER) for address in addresses)


def test_image_is_drawn(visit: Visit, draft: AccessRequest, rita: User) -> None:
    page = opened(visit, draft, rita, "figure.png", png())
    expect(page.locator("img.file-image")).to_have_js_property("naturalWidth", 1)


def test_what_only_looks_like_a_pdf_runs_nothing(
    visit: Visit, draft: AccessRequest, rita: User
) -> None:
    page = opened(visit, draft, rita, "plan.pdf", POLYGLOT)
    page.goto(f"{LIST}{draft.pk}/files/{Attachment.objects.get().public_id}/content/")
    page.wait_for_timeout(300)
    assert "ran" not in page.title()
    assert page.get_by_text("Not a PDF").count() == 0


def test_back_to_the_request_by_a_key(visit: Visit, draft: AccessRequest, rita: User) -> None:
    page = opened(visit, draft, rita, "prompts.txt", b"One.\n")
    expect(page.get_by_text("One.")).to_be_visible()
    expect(page.get_by_text("Keyboard shortcuts").first).to_be_visible()
    page.keyboard.press("b")
    page.wait_for_url("**/change/#files")
