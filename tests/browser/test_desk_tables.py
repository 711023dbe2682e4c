"""Tables of the desk fit: lists beside their filters on a desk, and what is ours on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from lifecycle.people.models import User
from requests_app.models import Grant
from tests.browser.conftest import DESK, PHONE, Visit

pytestmark = pytest.mark.stack

APP = "/admin/requests_app/"
# Of lists, those that scroll; of our tables, those that end outside of what they stand in.
CUT = """() => [
  ...[...document.querySelectorAll(".results")].filter(e => e.scrollWidth > e.clientWidth),
  ...[...document.querySelectorAll("table.rows")].filter(e =>
    e.getBoundingClientRect().right > e.parentElement.getBoundingClientRect().right + 1),
].map(e => e.outerHTML.slice(0, 200))"""


def test_tables_fit_on_a_desk(visit: Visit, used: Grant, rita: User, pat: User) -> None:
    page = visit(rita, width=DESK)
    for address in ("accessrequest/", "grant/", f"grant/{used.pk}/change/"):
        page.goto(APP + address)
        assert page.evaluate(CUT) == []
    page = visit(pat, width=DESK)
    page.goto(f"{APP}policyversion/")
    assert page.evaluate(CUT) == []


def test_our_tables_become_rows_on_a_phone(
    visit: Visit, used: Grant, pat: User, no_sideways: Callable[[Page], None]
) -> None:
    page, policy = visit(pat, width=PHONE), used.access_request.policy_version.policy_id
    for address in (f"grant/{used.pk}/change/", f"policy/{policy}/change/"):
        page.goto(APP + address)
        assert page.evaluate(CUT) == []
        assert page.locator("table.rows td:visible").count() > 3
        no_sideways(page)
