"""axe on a draft's pages with helpers, for its requester and for who writes with them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Page

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app.actions.requests import invitations
from requests_app.models import AccessRequest, Invitation
from tests.browser.conftest import PHONE, Visit
from tests.browser.test_axe import Crawler, crawler, turn
from tests.support.page_client import with_verified_email

__all__ = ["crawler"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]


@pytest.fixture
def joined(draft: AccessRequest, alice: User, bob: User) -> Invitation:
    """Bob may edit; somebody else hasn't answered yet."""
    invitations.invite(draft, "new@example.org", by=alice, shows_purpose=True)
    address = with_verified_email(bob).email
    mine = invitations.invite(draft, address, by=alice, may_edit=True)
    return invitations.accept(mine, by=bob, terms=1)


def test_helpers_have_no_violation_and_fit_a_phone(
    crawler: Crawler,
    draft: AccessRequest,
    joined: Invitation,
    opus: AIModel,
    alice: User,
    no_sideways: Callable[[Page], None],
) -> None:
    prices = {"input_price": Decimal(15), "output_price": Decimal(75)}
    opus.access_routes.update(**prices, priced_on=date(2026, 11, 1))
    Institution.objects.create(name="Example University", is_curated=True)
    page = crawler.crawl(alice, f"/requests/{draft}/people/", within="-")
    asked = {
        "use": ("work_out", "USD", dict.fromkeys(("calls", "input_tokens", "output_tokens"), "9")),
        "about": ("look_up", "Example", {"name": "example"}),
    }
    for part, (button, told, fields) in asked.items():
        page.goto(f"/requests/{draft}/edit/{part}/")
        crawler.note(page)
        for name, value in fields.items():
            page.fill(f"main [name$='-{name}']", value)
        page.click(f"main [name={button}]")
        page.get_by_role("status").filter(has_text=told).wait_for()
        crawler.note(page)
        turn(page, "light", PHONE)
        no_sideways(page)
    assert "\n".join(crawler.found) == ""


def test_enter_saves_the_page_and_asks_no_helper(
    visit: Visit, draft: AccessRequest, opus: AIModel, alice: User
) -> None:
    prices = {"input_price": Decimal(15), "output_price": Decimal(75)}
    opus.access_routes.update(**prices, priced_on=date(2026, 11, 1))
    page = visit(alice)
    page.goto(f"/requests/{draft}/edit/use/")
    page.fill("main [name=expected_cost]", "7")
    with page.expect_navigation():
        page.press("main [name=expected_cost]", "Enter")
    assert page.url.endswith(f"/requests/{draft}/edit/safety/")
    assert draft.revision.expected_cost == 7


def test_pages_of_a_writer_have_no_violation(
    crawler: Crawler, draft: AccessRequest, joined: Invitation, bob: User
) -> None:
    crawler.crawl(bob, f"/invitations/{joined}/", within=f"/requests/{draft}/")
    assert "\n".join(crawler.found) == ""
