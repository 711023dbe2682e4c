"""The heat map of use: a square for each day, in its week, as dark as the day was busy."""

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest
from django.utils import translation

from requests_app.reports.heat_map import HeatMap, draw

MONDAY = date(2026, 11, 2)


def heat(numbers: dict[date, int], first: date, last: date, today: date | None = None) -> HeatMap:
    return HeatMap("slug", "T & <t>", "What.", "requests", numbers, first, last, today or last)


def drawn(one: HeatMap) -> ET.Element:
    return ET.fromstring(draw(one))  # noqa: S314 - our own picture


def squares(root: ET.Element) -> list[tuple[int, int]]:
    """The corners of all days, those with a title of their own first."""
    own = [(int(r.attrib["x"]), int(r.attrib["y"])) for r in root.findall("rect")]
    paths = " ".join(path.attrib["d"] for path in root.findall("path"))
    return own + [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)", paths)]


@pytest.mark.parametrize("days", [1, 6, 7, 8, 90, 370, 372, 800])
@pytest.mark.parametrize("weekday", range(7))
def test_each_day_has_one_square_within_the_picture(days: int, weekday: int) -> None:
    first = MONDAY + timedelta(weekday)
    last = first + timedelta(days - 1)
    root = drawn(heat({last: 3}, first, last))
    found = squares(root)
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    assert len(found) == len(set(found)) == days
    assert all(x + 11 <= width and y + 11 <= height for x, y in found)


def test_days_of_a_week_stand_under_each_other_from_monday_on() -> None:
    week = squares(drawn(heat({}, MONDAY, MONDAY + timedelta(6))))
    assert len({x for x, _y in week}) == 1
    assert [y for _x, y in week] == sorted(y for _x, y in week)


def test_level_rises_in_equal_steps_to_the_busiest_day() -> None:
    numbers = {MONDAY + timedelta(n): n for n in range(101)}
    one = heat(numbers, MONDAY, MONDAY + timedelta(100))
    levels = [one.level(day) for day in one.days]
    assert levels == [0] + [1] * 25 + [2] * 25 + [3] * 25 + [4] * 25
    assert one.legend == [
        ("heat-0", "none"),
        ("heat-1", "1–25"),
        ("heat-2", "26–50"),
        ("heat-3", "51–75"),
        ("heat-4", "76–100"),
    ]


@pytest.mark.parametrize("most", range(12))
def test_legend_says_of_each_number_how_it_is_drawn(most: int) -> None:
    numbers = {MONDAY + timedelta(n): n for n in range(most + 1)}
    one = heat(numbers, MONDAY, MONDAY + timedelta(max(most, 1)))
    named = dict(one.legend)
    for day, number in numbers.items():
        words = named[f"heat-{one.level(day)}"]
        low, _, high = words.replace("none", "0").partition("–")
        assert int(low) <= number <= int(high or low), (number, words)


def test_days_to_come_are_outlined_and_not_in_the_table() -> None:
    one = heat({MONDAY: 5}, MONDAY, MONDAY + timedelta(60), today=MONDAY + timedelta(9))
    root = drawn(one)
    empty, ahead = root.findall("path")
    assert (empty.attrib["class"], ahead.attrib["class"]) == ("heat-0", "to-come")
    assert empty.attrib["d"].count("M") == 9
    assert ahead.attrib["d"].count("M") == 51
    assert one.rows == [("November 2026", [5])]


def test_a_day_says_its_date_and_number_in_the_readers_language() -> None:
    with translation.override("de"):
        root = drawn(heat({MONDAY: 12345}, MONDAY, MONDAY))
    assert [title.text for title in root.iter("title")] == [
        "T & <t>",
        "2. November 2026: 12.345 requests",
    ]
