"""Deciding on the desk by single-letter keys, and the decision in sight on a tablet and a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.review import saved_reasons
from requests_app.models import AccessRequest, Vote
from tests.browser.conftest import PHONE, Visit
from tests.conftest import ask_for
from tests.support.desk_client import page_of

pytestmark = pytest.mark.stack

TABLET = 834
# For ours alone: Django's own scripts of the desk don't take a refusal.
BLOCKED = """for (const name of ["getItem", "setItem", "removeItem"]) {
  const usual = Storage.prototype[name];
  Storage.prototype[name] = function (key, ...more) {
    if (key === "desk-keys-off") throw new Error("blocked");
    return usual.call(this, key, ...more);
  };
}"""
SHOWN = """one => { const {top, bottom} = one.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight; }"""


def press(page: Page, *keys: str) -> None:
    expect(page.get_by_text("Keyboard shortcuts").first).to_be_visible()  # the script has run
    for key in keys:
        page.keyboard.press(key)


def test_two_requests_are_decided_without_a_mouse(
    visit: Visit, in_review: AccessRequest, opus: AIModel, bob: User, rita: User
) -> None:
    following = requests.save(ask_for(opus), by=bob, submit=True)
    page = visit(rita)
    page.goto("/admin/")
    press(page, "j", "j", "k", "Enter")
    expect(page).to_have_url(re.compile(f"{page_of(in_review)}$"))
    press(page, "e")
    page.keyboard.type("A clear question: a, d and r are typed here.")
    press(page, "Escape", "a")
    expect(page.get_by_role("heading", name="Please confirm")).to_be_visible()
    press(page, "y")
    expect(page).to_have_url(re.compile(f"{page_of(following)}$"))
    vote = Vote.objects.get()
    assert (vote.choice, vote.reason) == ("approve", "A clear question: a, d and r are typed here.")
    press(page, "i")
    expect(page).to_have_url(re.compile("/admin/$"))


def test_keys_are_listed_and_can_be_switched_off(
    visit: Visit, in_review: AccessRequest, rita: User
) -> None:
    page = visit(rita)
    page.goto(page_of(in_review))
    press(page, "?")
    listed = page.get_by_role("dialog").inner_text()
    for name in ("Approve", "Decline", "Request changes", "Recuse yourself", "Write the reason"):
        assert name in listed
    page.get_by_label("Single-letter shortcuts").uncheck()
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    press(page, "e", "?")
    expect(page.get_by_label("Reason", exact=True)).not_to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.reload()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.get_by_label("Single-letter shortcuts")).not_to_be_checked()


def test_keys_work_where_storage_is_blocked(
    visit: Visit, in_review: AccessRequest, rita: User
) -> None:
    page = visit(rita)
    page.add_init_script(BLOCKED)
    page.goto(page_of(in_review))
    press(page, "?")
    page.get_by_label("Single-letter shortcuts").uncheck()
    press(page, "Escape", "e")
    expect(page.get_by_label("Reason", exact=True)).not_to_be_focused()


@pytest.mark.parametrize(("width", "height"), [(TABLET, 1112), (PHONE, 844), (390, 664)])
def test_the_decision_stays_in_sight_above_one_column(
    visit: Visit, in_review: AccessRequest, rita: User, width: int, height: int
) -> None:
    page = visit(rita, width=width)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(page_of(in_review))
    decision = page.get_by_role("complementary", name="Your decision").bounding_box()
    assert decision
    assert decision["height"] < height * 0.42  # the rest is there to be read
    for where in ("0", "document.body.scrollHeight / 3"):
        page.evaluate(f"scrollTo(0, {where})")
        for name in ("Approve…", "Decline…", "Request changes…", "Recuse yourself…"):
            assert page.get_by_role("button", name=name).evaluate(SHOWN)
        assert page.get_by_label("Reason", exact=True).evaluate(SHOWN)
        assert page.get_by_text("Decide by").evaluate(SHOWN)
    column = page.locator(".review-main").bounding_box()
    assert column
    assert column["width"] > width - 90
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_letters_in_a_comment_are_no_keys(
    visit: Visit, in_review: AccessRequest, rita: User
) -> None:
    page = visit(rita)
    page.goto(page_of(in_review))
    press(page, "m")
    expect(page.get_by_label("Your comment")).to_be_focused()
    page.keyboard.type("a decision, erica? I may recuse.")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_label("Your comment")).to_have_value("a decision, erica? I may recuse.")
    press(page, "Tab", "Tab", "Enter")
    expect(page).to_have_url(re.compile("#comments$"))
    expect(page.get_by_text("a decision, erica? I may recuse.")).to_be_visible()
    assert not Vote.objects.exists()


def test_a_saved_reason_is_filled_in_after_what_was_typed(
    visit: Visit, in_review: AccessRequest, rita: User
) -> None:
    saved_reasons.add(by=rita, name="Sound", text="Sound plan.\n\nGo on.")
    page = visit(rita)
    page.goto(page_of(in_review))
    reason = page.get_by_label("Reason", exact=True)
    press(page, "s")
    page.keyboard.press("S")  # the list's own way to choose by a letter
    expect(reason).to_have_value("Sound plan.\n\nGo on.")
    expect(reason).to_be_focused()
    reason.fill("First.")
    page.get_by_label("Fill in a saved reason").select_option(label="Sound")
    expect(reason).to_have_value("First.\n\nSound plan.\n\nGo on.")


def test_saved_reasons_can_be_copied_without_javascript(
    visit: Visit, in_review: AccessRequest, rita: User
) -> None:
    saved_reasons.add(by=rita, name="Sound", text="Sound plan.")
    page = visit(rita, java_script_enabled=False)
    page.goto(page_of(in_review))
    expect(page.get_by_label("Fill in a saved reason")).to_be_hidden()
    page.get_by_role("link", name="Copy a saved reason").click()
    expect(page.get_by_text("Sound plan.")).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, TABLET])
def test_buttons_stay_in_view_while_grant_less_is_open(
    visit: Visit, in_review: AccessRequest, rita: User, width: int
) -> None:
    page = visit(rita, width=width)
    page.goto(page_of(in_review))
    page.get_by_text("Grant less (approvals only)").click()
    page.get_by_text("Reason from the list (declines only)").click()
    for name in ("Approve…", "Decline…", "Request changes…", "Recuse yourself…"):
        assert page.get_by_role("button", name=name).evaluate(SHOWN), name
