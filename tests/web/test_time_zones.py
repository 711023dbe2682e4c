"""Times on pages: in the reader's zone, with UTC on hover; the desk and programs get UTC."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from lifecycle.people import time_zones
from lifecycle.people.models import User
from lifecycle.people.time_zones import Zone
from requests_app.models import Grant
from requests_app.wording import moments
from tests.support.page_client import Browser, page

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
    text = {"full_name": "Alice", "time_zone": "America/New_York"}
    assert browser.post("/profile/", text).status_code == 302
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
    with timezone.override(time_zones.named(zone)):
        for moment, text in zip((at, at + timedelta(hours=1)), told, strict=True):
            assert text in render_to_string("parts/moment.html", {"at": moment})


def doubled_hours() -> Iterator[tuple[Zone, datetime, datetime]]:
    """Of every zone, 2024 to 2030: the two moments in the middle that share their wall clock."""
    first, week = datetime(2024, 1, 1, tzinfo=UTC), timedelta(weeks=1)
    for name in sorted(time_zones.known()):
        zone = Zone(name)
        weeks = (first + n * week for n in range(7 * 53))
        for start, end in pairwise(weeks):
            if offset(zone, start) > offset(zone, end):
                change = bisect(zone, start, end)
                half = (offset(zone, start) - offset(zone, end)) / 2
                yield zone, change - half, change + half


def offset(zone: Zone, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def bisect(zone: Zone, start: datetime, end: datetime) -> datetime:
    """The second at which `zone` goes by another offset than at `start`."""
    before = offset(zone, start)
    while end - start > timedelta(seconds=1):
        middle = start + (end - start) // 2
        start, end = (middle, end) if offset(zone, middle) == before else (start, middle)
    return end.replace(microsecond=0)


def shown(zone: Zone, at: datetime) -> tuple[str, str]:
    """On a page, and in a sentence."""
    with timezone.override(zone):
        return render_to_string("parts/moment.html", {"at": at}), moments.moment(at)


def visible(html: str) -> str:
    return html.partition(">")[2]


@pytest.mark.soak
def test_times_of_every_doubled_hour_of_every_zone_are_told_apart() -> None:
    seen = set()
    for zone, once, again in doubled_hours():
        names = tuple(at.astimezone(zone).strftime("%H:%M %Z") for at in (once, again))
        if names not in seen:  # hundreds of names, few zones
            seen.add(names)
            assert names[0][:5] == names[1][:5]
            (page_once, said_once), (page_again, said_again) = shown(zone, once), shown(zone, again)
            assert visible(page_once) != visible(page_again), zone
            assert said_once != said_again, zone
    assert len(seen) > 20


def test_an_offset_is_shown_where_both_zones_of_a_doubled_hour_have_one_name() -> None:
    """Moscow went from MSK to MSK: four hours ahead of UTC, then three."""
    once = datetime(2014, 10, 25, 21, 30, tzinfo=UTC)
    told = [shown(Zone("Europe/Moscow"), once + n * timedelta(hours=1)) for n in (0, 1, 2)]
    for html, text in told[:2]:
        assert text.endswith(visible(html).removesuffix("</time>"))
    assert "UTC+04:00" in told[0][1]
    assert "UTC+03:00" in told[1][1]
    assert told[2][1].endswith("MSK")


# A time in a template: written there, or named for the block that its tag opens.
WRITTEN_TIME = re.compile(
    r'(?:(?P<name>\w+)=)?[\w.|]+\|date:"(?:DATETIME_FORMAT|TIME_FORMAT|[^"]*H:i[^"]*)"'
)
ZONE = re.compile(r"[^<]*?(?:UTC|\|zone)")
ZONE_OF_A_NAME = re.compile(r" (?:UTC|\{\{ zone \}\})")


def times_without_zone(template: str) -> list[str]:
    """Those that a reader sees without UTC or the zone directly after."""
    text, found = " ".join(template.split()), []
    for time in WRITTEN_TIME.finditer(text):
        rest = text[time.end() :]
        if time["name"] is None:
            shown = [ZONE.match(rest)]
        else:
            tag = text[text.rindex("{% ", 0, time.start()) :].split()[1]
            uses = rest.split(f"{{% end{tag} %}}")[0].split(f"{{{{ {time['name']} }}}}")[1:]
            shown = [ZONE_OF_A_NAME.match(after) for after in uses]
        if not shown or not all(shown):
            found.append(time[0])
    return found


@pytest.mark.parametrize(
    ("template", "many"),
    [
        ('{{ at|date:"H:i" }} {{ at|zone }}', 0),
        ('{{ at|date:"H:i" }} {% blocktranslate %}UTC{% endblocktranslate %}', 0),
        ('<b>{{ at|date:"H:i" }}</b> UTC', 1),
        ('{% with at=x|date:"TIME_FORMAT" %}{% translate "On" %}\n {{ at }}\n UTC{% endwith %}', 0),
        ('{% with at=x|date:"TIME_FORMAT" %}{{ at }} UTC, {{ at }}.{% endwith %} UTC', 1),
        ('{% with a=x|date:"TIME_FORMAT" b=x|date:"H:i" %}{{ a }} UTC, {{ b }}{% endwith %}', 1),
        ('{% with at=x|date:"TIME_FORMAT" %}{% endwith %}{{ at }} UTC', 1),
    ],
)
def test_a_time_without_its_zone_is_found(template: str, many: int) -> None:
    assert len(times_without_zone(template)) == many


def test_no_page_of_the_site_shows_a_time_without_its_zone() -> None:
    """A template that writes a time writes its zone beside it."""
    paths = [path for path in Path("templates").rglob("*.*") if "admin" not in path.parts]
    found = {path: times_without_zone(path.read_text()) for path in paths}
    assert {path: times for path, times in found.items() if times} == {}
    assert sum(path.read_text().count('|date:"DATETIME_FORMAT"') for path in paths) > 40
