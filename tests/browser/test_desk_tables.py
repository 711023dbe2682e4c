"""Tables of the desk fit: lists beside their filters on a desk, and what is ours on a phone."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Grant, Policy
from requests_app.models.review.question import Question
from requests_app.validation.policy_version import version_input_of
from tests.browser.conftest import DESK, PHONE, Visit
from tests.conftest import ask_for

pytestmark = pytest.mark.stack

APP = "/admin/requests_app/"
# Of lists, those that scroll; of our tables, those that end outside of what they stand in.
CUT = """() => [
  ...[...document.querySelectorAll(".results")].filter(e => e.scrollWidth > e.clientWidth),
  ...[...document.querySelectorAll("table.rows")].filter(e =>
    e.getBoundingClientRect().right > e.parentElement.getBoundingClientRect().right + 1),
].map(e => e.outerHTML.slice(0, 200))"""


@pytest.fixture
def answered(policy: Policy, opus: AIModel, alice: User, pat: User, lee: User) -> AccessRequest:
    """With an answer to a long question."""
    question = Question("raters", "How many people will read the answers, and who are they?")
    text = replace(version_input_of(policy.current), questions=[question])
    policies.publish(policies.draft(policy, text, by=pat), by=lee)
    ask = replace(ask_for(opus), answers={"raters": "Two colleagues, independently."})
    return requests.save(ask, by=alice, submit=True)


def test_tables_fit_on_a_desk(
    visit: Visit, used: Grant, opus: AIModel, bob: User, rita: User, pat: User
) -> None:
    requests.save(replace(ask_for(opus), title="Refusals over time " * 6), by=bob, submit=True)
    page = visit(rita, width=DESK)
    for address in ("accessrequest/", "grant/", f"grant/{used.pk}/change/"):
        page.goto(APP + address)
        assert page.evaluate(CUT) == []
    page = visit(pat, width=DESK)
    page.goto(f"{APP}policyversion/")
    assert page.evaluate(CUT) == []


def test_a_receipt_fits_on_a_phone(
    visit: Visit, used: Grant, pat: User, no_sideways: Callable[[Page], None]
) -> None:
    page, key = visit(pat, width=PHONE), used.keys.get(state="revoked")
    page.goto(f"{APP}grant/{used.pk}/keys/{key.public_id}/receipt/")
    assert page.locator("time").count() > 2
    no_sideways(page)


def test_a_list_that_scrolls_has_a_shade_there(visit: Visit, used: Grant, pat: User) -> None:
    page = visit(pat, width=PHONE)
    page.goto(f"{APP}grant/")
    assert page.evaluate(CUT) != []
    shade = "getComputedStyle(document.querySelector('.results')).backgroundImage"
    assert "linear-gradient" in page.evaluate(shade)


def test_answers_have_room_on_a_phone(visit: Visit, answered: AccessRequest, rita: User) -> None:
    page = visit(rita, width=PHONE)
    page.goto(f"{APP}accessrequest/{answered.pk}/change/")
    narrowest = "es => Math.min(...es.map(e => e.clientWidth))"
    assert page.locator("dl.answered dd").evaluate_all(narrowest) > PHONE / 2


def test_our_tables_become_rows_on_a_phone(
    visit: Visit, used: Grant, pat: User, no_sideways: Callable[[Page], None]
) -> None:
    page, policy = visit(pat, width=PHONE), used.access_request.policy_version.policy_id
    for address in (f"grant/{used.pk}/change/", f"policy/{policy}/change/"):
        page.goto(APP + address)
        assert page.evaluate(CUT) == []
        assert page.locator("table.rows td:visible").count() > 3
        no_sideways(page)
