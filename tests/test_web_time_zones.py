"""Times on pages: in the reader's zone, with UTC on hover; the desk and programs get UTC."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from lifecycle.people import zones
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


TWICE = [
    ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ("02:30 CEST", "02:30 CET")),
    ("America/Los_Angeles", datetime(2026, 11, 1, 8, 30, tzinfo=UTC), ("01:30 PDT", "01:30 PST")),
    ("Pacific/Auckland", datetime(2027, 4, 3, 13, 30, tzinfo=UTC), ("02:30 NZDT", "02:30 NZST")),
]


@pytest.mark.parametrize(("zone", "at", "told"), TWICE)
def test_an_hour_that_comes_twice_is_told_apart(
    zone: str, at: datetime, told: tuple[str, str]
) -> None:
    with timezone.override(zones.named(zone)):
        for moment, said in zip((at, at + timedelta(hours=1)), told, strict=True):
            assert said in render_to_string("parts/moment.html", {"at": moment})


def test_no_page_of_the_site_shows_a_time_without_its_zone() -> None:
    """A template that writes a time writes its zone beside it."""
    for path in Path("templates").rglob("*.*"):
        for line in path.read_text().splitlines() if "admin" not in path.parts else ():
            if re.search(r'\|date:"(DATETIME_FORMAT|TIME_FORMAT|.*H:i.*)"', line):
                assert "|zone" in line or "UTC" in line, path
