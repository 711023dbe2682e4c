"""Times on pages: in the reader's zone, with UTC on hover; the desk and programs get UTC."""

from datetime import UTC, datetime

import pytest

from lifecycle.people.models import User
from requests_app.models import Grant
from tests.web import Browser, page

pytestmark = pytest.mark.django_db

END = datetime(2026, 12, 24, 18, 30, tzinfo=UTC)


@pytest.fixture
def ending(grant: Grant) -> str:
    """The page of an access that ends at `END`."""
    Grant.objects.update(ends_at=END, duration=END - grant.activated_at)
    return f"/access/{grant}/"


def in_zone(browser: Browser, zone: str) -> Browser:
    browser.cookies["time_zone"] = zone
    return browser


def test_times_are_utc_when_nobody_said_otherwise(ending: str, alice: User) -> None:
    assert "Until 24 December 2026, 18:30 UTC" in page(Browser(alice).get(ending))


def test_times_follow_the_browser_and_keep_utc_on_hover(ending: str, alice: User) -> None:
    shown = in_zone(Browser(alice), "Asia/Tokyo").get(ending)
    assert "Until 25 December 2026, 03:30 JST" in page(shown)
    assert 'title="24 December 2026, 18:30 UTC"' in shown.content.decode()


def test_times_follow_the_profile_before_the_browser(ending: str, alice: User) -> None:
    browser = in_zone(Browser(alice), "Asia/Tokyo")
    said = {"full_name": "Alice", "time_zone": "America/New_York"}
    assert browser.post("/profile/", said).status_code == 302
    assert "Until 24 December 2026, 13:30 EST" in page(browser.get(ending))
    assert '<option value="America/New_York" selected>' in browser.get("/profile/").content.decode()


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../../etc/passwd", "", "x" * 5000])
def test_an_unknown_zone_of_a_browser_is_utc(ending: str, alice: User, zone: str) -> None:
    assert "18:30 UTC" in page(in_zone(Browser(alice), zone).get(ending))


def test_an_unknown_zone_is_not_taken_into_a_profile(alice: User) -> None:
    shown = Browser(alice).post("/profile/", {"full_name": "Alice", "time_zone": "Nowhere/Land"})
    assert shown.status_code == 422
    alice.refresh_from_db()
    assert alice.time_zone == ""


def test_programs_get_utc_whatever_the_browser_says(ending: str, alice: User, grant: Grant) -> None:
    answer = in_zone(Browser(alice), "Asia/Tokyo").get(f"/api/v1/grants/{grant}/")
    assert answer.json()["ends_at"] == "2026-12-24T18:30:00Z"
