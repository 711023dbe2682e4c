"""In a real browser: what is clicked twice is done once and shown, and a way leads back."""

import pytest
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import AccessRequest, Event, Grant, Key, Policy, Stage, Vote
from requests_app.validation.policy_version import version_input_of
from tests.browser.conftest import Visit
from tests.support.desk_client import page_of

pytestmark = pytest.mark.stack


def test_a_double_click_makes_one_key_and_shows_it(grant: Grant, alice: User, visit: Visit) -> None:
    page = visit(alice)
    page.goto(f"/access/{grant}/")
    page.locator('form[action$="/claim/"] button').dblclick()
    page.get_by_text("emk_").first.wait_for()
    assert Key.objects.count() == 1


def test_a_page_sends_a_form_once_until_it_is_shown_again(
    grant: Grant, alice: User, visit: Visit
) -> None:
    """Chromium itself drops the first of two that come at once, but not what was already sent."""
    page = visit(alice)
    page.goto(f"/access/{grant}/")
    event = "new SubmitEvent('submit', {bubbles: true, cancelable: true})"
    send = f"form => form.dispatchEvent({event})"
    form = page.locator('form[action$="/claim/"]')
    assert [form.evaluate(send) for _ in range(3)] == [True, False, False]
    page.evaluate("dispatchEvent(new Event('pageshow'))")
    assert form.evaluate(send) is True


def test_a_double_click_casts_one_vote(stage: Stage, rita: User, visit: Visit) -> None:
    page = visit(rita)
    page.goto(page_of(stage.access_request))
    page.locator("textarea[name=reason]").first.fill("Sound plan.")
    page.locator("button[name=choice][value=approve]").dblclick()
    page.locator("button[name=confirmed]").dblclick()
    page.get_by_text("You approved").wait_for()
    assert Vote.objects.count() == 1


def test_a_double_click_publishes_once(policy: Policy, pat: User, lee: User, visit: Visit) -> None:
    draft = policies.draft(policy, version_input_of(policy.current), by=pat)
    before, page = Event.objects.filter(kind="policy.published").count(), visit(lee)
    page.goto(f"/admin/requests_app/policyversion/{draft.pk}/publish/")
    page.get_by_role("button", name="Publish version").dblclick()
    page.get_by_text("now applies to all new submissions").wait_for()
    assert Event.objects.filter(kind="policy.published").count() == before + 1


def test_a_double_click_revokes_once(grant: Grant, pat: User, visit: Visit) -> None:
    page = visit(pat)
    page.goto(f"/admin/requests_app/grant/{grant.pk}/revoke/")
    page.locator("[name=reason]").fill("It leaked.")
    page.locator("[name=typed]").fill("revoke")
    page.locator("button.deny").dblclick()
    page.get_by_text("is revoked. Its keys no longer work.").wait_for()
    assert Event.objects.filter(kind="grant.revoked").count() == 1


def test_too_large_a_file_leads_back_to_its_form(
    draft: AccessRequest, alice: User, visit: Visit, settings: Settings
) -> None:
    settings.FILE_MAX_BYTES = 102_400
    page = visit(alice)
    page.goto(f"/requests/{draft}/files/")
    large = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"x" * 2_000_000}
    page.locator("input[type=file]").set_input_files(large)
    page.locator("main form:has(input[type=file]) button").first.click()
    page.get_by_text("This file is too large").first.wait_for()
    assert page.locator("input[type=file]").count() == 1
