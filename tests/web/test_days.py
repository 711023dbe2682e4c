"""Days that a person types are theirs: around midnight, on both sides of the date line."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Policy
from tests.support.page_client import PARTS, Browser, fill, page

pytestmark = pytest.mark.django_db

TWO_AT_NIGHT = datetime(2027, 5, 5, 2, 0, tzinfo=UTC)
ONE_AT_NOON = datetime(2027, 5, 5, 13, 0, tzinfo=UTC)
ZONES = [
    ("Pacific/Honolulu", TWO_AT_NIGHT, date(2027, 5, 4)),
    ("America/Los_Angeles", TWO_AT_NIGHT, date(2027, 5, 4)),
    ("Europe/Berlin", TWO_AT_NIGHT, date(2027, 5, 5)),
    ("Pacific/Auckland", ONE_AT_NOON, date(2027, 5, 6)),
]


def started(by: User) -> AccessRequest:
    return requests.start(["claude-3-opus-20240229"], by=by)


@pytest.mark.parametrize(("zone", "now", "their_today"), ZONES)
def test_today_of_the_requester_is_never_past(
    policy: Policy, alice: User, zone: str, now: datetime, their_today: date
) -> None:
    with time_machine.travel(now, tick=False):
        browser = Browser(alice)
        browser.cookies["time_zone"] = zone
        draft = started(alice)
        days = {"starts_on": str(their_today), "ends_on": str(their_today + timedelta(days=30))}
        assert fill(browser, draft, "use", **days).status_code == 302
        fill(browser, draft, *(part for part in PARTS if part != "use"))
        sent = browser.post(f"/requests/{draft}/submit/")
        assert sent.status_code == 302, page(sent)


@pytest.mark.parametrize(("zone", "now", "their_today"), ZONES)
def test_yesterday_of_the_requester_is_past(
    policy: Policy, alice: User, zone: str, now: datetime, their_today: date
) -> None:
    with time_machine.travel(now, tick=False):
        browser = Browser(alice)
        browser.cookies["time_zone"] = zone
        yesterday = min(their_today, now.date()) - timedelta(days=1)
        days = {"starts_on": str(yesterday), "ends_on": str(yesterday + timedelta(days=30))}
        refused = fill(browser, started(alice), "use", **days)
        assert "This date has passed." in page(refused)


def test_the_field_says_whose_midnight_access_begins_at(policy: Policy, alice: User) -> None:
    shown = page(Browser(alice).get(f"/requests/{started(alice)}/edit/use/"))
    assert "at midnight UTC on this date" in shown


def test_a_draft_typed_in_los_angeles_can_be_sent_by_a_program(policy: Policy, alice: User) -> None:
    """The API has no clock of its own, but the profile has."""
    User.objects.filter(pk=alice.pk).update(time_zone="America/Los_Angeles")
    alice.refresh_from_db()
    with time_machine.travel(TWO_AT_NIGHT, tick=False):
        draft = started(alice)
        assert draft.revision.starts_on == date(2027, 5, 4)
        requests.change(draft, by=alice, purpose="Compare refusals.")
        assert draft.revision.purpose == "Compare refusals."
