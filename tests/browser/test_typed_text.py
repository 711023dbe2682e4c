"""What was typed comes back in a real browser: after a session's end, and from a page too old."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from playwright.sync_api import Page

from lifecycle.people.models import User
from requests_app.models import AccessRequest
from tests.browser.conftest import Visit
from tests.conftest import PASSWORD
from tests.support.page_client import with_verified_email

pytestmark = pytest.mark.stack

TEXT = "We compare how the model refuses, line by line.\nSecond line."
LABEL = "What do you need it for?"


def typed_by(person: User, draft: AccessRequest, visit: Visit) -> Page:
    """Their form with a text in it that isn't sent yet."""
    page = visit(with_verified_email(person))
    page.goto(f"/requests/{draft}/edit/purpose/")
    page.get_by_label(LABEL).fill(TEXT)
    return page


def assert_it_can_be_sent(page: Page, draft: AccessRequest) -> None:
    assert page.get_by_label(LABEL).input_value() == TEXT
    page.get_by_role("button", name="Send now").click()
    page.wait_for_url("**/edit/**")
    draft.refresh_from_db()
    assert draft.revision.purpose == TEXT


def test_text_comes_back_after_the_session_has_ended(
    draft: AccessRequest, alice: User, visit: Visit
) -> None:
    page = typed_by(alice, draft, visit)
    Session.objects.all().delete()
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_text("We've kept your text for an hour").wait_for()
    page.locator("input[name=login]").fill(alice.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.get_by_role("heading", name="We've kept your text").wait_for()
    assert_it_can_be_sent(page, draft)


def test_text_comes_back_from_a_page_with_a_stale_token(
    draft: AccessRequest, alice: User, visit: Visit
) -> None:
    page = typed_by(alice, draft, visit)
    page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("heading", name="We've kept your text").wait_for()
    assert_it_can_be_sent(page, draft)
