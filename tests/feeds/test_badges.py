"""Badges: what they say, that it is safe to show, and how long it may be kept."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import etree

from lifecycle.catalogue.models import AIModel, Retirement
from lifecycle.people.models import User
from requests_app.web.feeds import badges
from tests.support.page_client import Browser

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 30, 12, 0, 30, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def ends(
    ai_model: AIModel, day: date | None, precision: str = "day", platform: str = "Example API"
) -> None:
    Retirement.objects.create(
        ai_model=ai_model, platform=platform, retires=day, precision=precision,
        announced=date(2025, 1, 1) if precision == "none_yet" else None,
    )  # fmt: skip


def title(client: Client, address: str = "/badges/models/example-1.svg") -> str:
    with time_machine.travel(NOON, tick=False):
        root = etree.fromstring(client.get(address).content)
    found = root.findtext(f"{SVG}title")
    assert root.get("aria-label") == found
    return str(found)


@pytest.mark.parametrize(
    ("day", "precision", "said"),
    [
        (date(2026, 12, 12), "day", "retires in 12 days"),
        (date(2026, 12, 1), "day", "retires tomorrow"),
        (date(2026, 11, 30), "day", "retired"),
        (date(2026, 1, 5), "day", "retired"),
        (date(2026, 12, 12), "not_sooner_than", "in service"),
        (None, "none_yet", "deprecated"),
    ],
)
def test_badge_says_how_a_model_is(
    example: AIModel, client: Client, day: date | None, precision: str, said: str
) -> None:
    ends(example, day, precision)
    assert title(client) == f"Example 1: {said}"


def test_badge_of_a_model_without_a_retirement_and_of_one_with_several(
    example: AIModel, client: Client
) -> None:
    assert title(client) == "Example 1: in service"
    for days, platform in ((12, "Example API"), (5, "Cloud")):
        ends(example, NOON.date() + timedelta(days=days), platform=platform)
    assert title(client) == "Example 1: retires in 5 days"
    Retirement.objects.filter(platform="Cloud").update(retires=NOON.date())
    assert title(client) == "Example 1: partly retired"
    AIModel.objects.update(withdrawn_at=NOON)
    assert title(client) == "Example 1: withdrawn"


def test_badge_is_in_the_language_that_its_address_names(example: AIModel, client: Client) -> None:
    ends(example, date(2026, 12, 12))
    german = title(client, "/badges/models/example-1.svg?language=de")
    assert german == "Example 1: wird in 12 Tagen abgeschaltet"


def test_badge_escapes_a_name_and_has_nothing_that_runs_or_loads(
    example: AIModel, client: Client
) -> None:
    AIModel.objects.update(name='<script>alert("1")</script> & 再見')
    content = client.get("/badges/models/example-1.svg").content
    root = etree.fromstring(content)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags == {"svg", "title", "rect", "path", "g", "text"}
    assert not re.search(rb"<script|\son\w+=|style=|href|url\(", content)
    assert root.findtext(f"{SVG}title") == '<script>alert("1")</script> & 再見: in service'


def test_badges_texts_lie_within_it(example: AIModel, client: Client) -> None:
    for name in ("W" * 100, "i", "再見" * 20):
        AIModel.objects.update(name=name)
        root = etree.fromstring(client.get("/badges/models/example-1.svg").content)
        width = float(root.get("width", "0"))
        for part in root.iter(f"{SVG}text"):
            assert float(part.get("x", "")) + float(part.get("textLength", "")) < width


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_white_text_on_every_badge_has_enough_contrast() -> None:
    """WCAG 2.2, 1.4.3; the colours are its own, so the page around it doesn't matter."""
    assert badges.COLOURS.keys() == badges.STATES.keys()
    for colour in (badges.LABEL_COLOUR, *badges.COLOURS.values()):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour


def test_badge_is_kept_until_the_utc_day_ends(example: AIModel, alice: User) -> None:
    with time_machine.travel(NOON, tick=False):
        response = Browser(alice).get("/badges/models/example-1.svg")
    assert response["Cache-Control"] == f"public, max-age={12 * 3600 - 30}"
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.has_header("Vary")
    assert "script-src 'self'" in response["Content-Security-Policy"]
    again = Client().get(
        "/badges/models/example-1.svg", headers={"if-none-match": response["ETag"]}
    )
    assert again.status_code == 304


def test_badge_of_no_model_is_not_found(client: Client, db: None) -> None:
    assert client.get("/badges/models/gpt-0.svg").status_code == 404


def test_badge_takes_two_queries(example: AIModel, client: Client) -> None:
    ends(example, date(2030, 1, 1))
    with CaptureQueriesContext(connection) as asked:
        client.get("/badges/models/example-1.svg")
    assert len(asked) == 2


def test_models_page_has_its_badge_and_feeds(example: AIModel, client: Client) -> None:
    AIModel.objects.update(name="Example [1]")
    ends(example, date(2030, 1, 1))
    html = client.get("/models/example-1/").content.decode()
    assert '<img src="/badges/models/example-1.svg"' in html
    assert (
        r"[![Current state of Example \[1\]](http://localhost:8000/badges/models/example-1.svg)]"
        "(http://localhost:8000/models/example-1/)"
    ) in html
    found = set(re.findall(r'<link rel="alternate" type="(.+?)" title=".+?" href="(.+?)">', html))
    assert ("application/atom+xml", "/feeds/models/example-1/changes.atom") in found
    assert ("text/calendar", "/feeds/platforms/Example%20API/retirements.ics") in found
    assert len(found) == 12
    for _type, address in found:
        assert client.get(address).status_code == 200
