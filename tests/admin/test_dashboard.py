"""The dashboard: its numbers, and the charts that draw them."""

import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lifecycle.people.models import User
from requests_app.admin.review.dashboard import _monday, dashboard_context
from requests_app.models import AccessRequest
from requests_app.reports import decision_times
from requests_app.reports.svg_charts import Chart, Series, _round_up, bars, columns
from tests.support.desk_client import LIST, member, signed_in, text_of

# One of them asks whether the reader edits the catalogue, for the sidebar.
DASHBOARD_QUERIES = 12
DASHBOARD = f"{LIST}dashboard/"


def add(like: AccessRequest, state: str, *, age: timedelta, took: timedelta | None = None) -> None:
    """A request of long ago, as the table has it."""
    sent = timezone.now() - age
    ended = {"denial": "other", "ask_again_on": sent.date()} if state == "denied" else {}
    if took is not None:
        ended |= {"closed_at": sent + took}
    if state in ("approved", "denied"):
        ended |= {"closed_by": member(f"m{AccessRequest.objects.count()}")}
    AccessRequest.objects.create(
        requester=like.requester,
        policy_version=like.policy_version,
        state=state,
        created_at=sent,
        submitted_at=sent,
        **ended,
    )


@pytest.mark.django_db
def test_dashboard_counts_what_is_open_by_age(in_review: AccessRequest, rita: User) -> None:
    for days in (2, 8, 40, 50):
        add(in_review, "in_review", age=timedelta(days=days))
    told = dashboard_context(rita, timezone.now())
    chart = told["charts"][0]["chart"]
    assert chart.series[0].values == [1, 1, 0, 1, 0, 2]
    assert told["open"] == 5


@pytest.mark.django_db
def test_dashboard_tells_median_and_ninetieth_percentile(
    in_review: AccessRequest, rita: User
) -> None:
    for days in range(1, 11):
        add(in_review, "approved", age=timedelta(days=20), took=timedelta(days=days))
    add(in_review, "denied", age=timedelta(days=400), took=timedelta(days=90))
    add(in_review, "expired", age=timedelta(days=30), took=timedelta(days=14))
    told = dashboard_context(rita, timezone.now())
    assert (told["decided"], told["median"], told["slow"]) == (10, "5.5 days", "9.1 days")
    speed = told["charts"][2]["chart"]
    assert speed.rows == [("Opus 3", [5.5, 9.1])]


@pytest.mark.django_db
def test_dashboard_tells_short_times_in_minutes(in_review: AccessRequest, rita: User) -> None:
    for minutes in (4, 10):
        add(in_review, "approved", age=timedelta(days=1), took=timedelta(minutes=minutes))
    chart = dashboard_context(rita, timezone.now())["charts"][2]["chart"]
    assert (chart.title, chart.rows) == ("Minutes to decide, by policy", [("Opus 3", [7.0, 9.4])])
    text = text_of(signed_in(rita).get(DASHBOARD))
    assert "<dt>Median</dt><dd>7 minutes</dd>" in text
    assert ">9.4 minutes</text>" in text


def test_lengths_are_said_in_a_fitting_unit() -> None:
    said = {
        timedelta(seconds=20): "under a minute",
        timedelta(minutes=1): "1 minute",
        timedelta(minutes=119): "119 minutes",
        timedelta(hours=36): "36 hours",
        timedelta(days=2): "2 days",
        timedelta(days=5, hours=12): "5.5 days",
    }
    assert {time: decision_times.in_words(time) for time in said} == said


@pytest.mark.django_db
def test_dashboard_counts_by_week_and_how_it_ended(in_review: AccessRequest, rita: User) -> None:
    add(in_review, "approved", age=timedelta(days=9), took=timedelta(days=2))
    add(in_review, "expired", age=timedelta(days=9), took=timedelta(days=2))
    chart = dashboard_context(rita, timezone.now())["charts"][1]["chart"]
    assert [sum(one.values) for one in chart.series] == [1, 0, 1]
    assert "1 approved, 0 declined, 1 expired" in chart.description


@pytest.mark.django_db
def test_dashboard_counts_only_policies_of_ones_own(in_review: AccessRequest, rita: User) -> None:
    told = dashboard_context(member("tom"), timezone.now())
    assert (told["open"], told["decided"]) == (0, 0)
    text = text_of(signed_in(member("tim")).get(DASHBOARD))
    assert "no decisions yet" in text
    assert "Opus 3" not in text


@pytest.mark.django_db
def test_dashboard_draws_each_chart_with_a_table(
    in_review: AccessRequest, rita: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(rita)
    with django_assert_num_queries(DASHBOARD_QUERIES):
        text = text_of(client.get(DASHBOARD))
    assert text.count('<svg viewBox="0 0 480') == 3
    assert text.count("View as table</summary><table><caption") == 3
    assert "style=" not in text.split('<div class="desk">')[1]
    for number in range(5):
        add(in_review, "approved", age=timedelta(days=number + 3), took=timedelta(days=1))
    with django_assert_num_queries(DASHBOARD_QUERIES):
        client.get(DASHBOARD)


CHART = Chart(
    "slug",
    "Title & <all>",
    "What it shows.",
    ["a", "<b>"],
    [Series("x", [3, 0]), Series("y", [1, 9])],
)


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own charts


def test_charts_are_well_formed_and_say_what_they_show() -> None:
    for svg in (columns(CHART), bars(CHART, "{:g} days".format)):
        root = drawn(svg)
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-labelledby"] == "slug-title slug-desc"
        assert [root[0].text, root[1].text] == ["Title & <all>", "What it shows."]
        assert len(root.findall("rect")) == 4
        assert "style" not in svg


def test_columns_stand_on_each_other_within_the_frame() -> None:
    rects = [rect.attrib for rect in drawn(columns(CHART)).findall("rect")]
    tops = [(float(r["y"]), float(r["y"]) + float(r["height"])) for r in rects]
    assert tops[0][0] == pytest.approx(tops[1][1])
    assert all(0 <= top <= bottom <= 240 for top, bottom in tops)


def test_charts_of_nothing_are_drawn_too() -> None:
    empty = Chart("none", "None", "Nothing.", [], [Series("x", [])])
    for svg in (columns(empty), bars(empty, "{:g} days".format)):
        drawn(svg)


def test_grid_reaches_every_value_in_four_whole_steps() -> None:
    tops = [_round_up(value) for value in range(5_000)]
    assert all(top >= value and top % 4 == 0 for value, top in enumerate(tops))
    assert all(one <= other for one, other in pairwise(tops))
    assert _round_up(0) == 4


def test_weeks_begin_on_monday() -> None:
    sunday = datetime.fromisoformat("2026-11-22T23:59:00+00:00")
    assert _monday(sunday).isoformat() == "2026-11-16T00:00:00+00:00"


@pytest.mark.django_db
@pytest.mark.parametrize("days", range(7))
def test_weeks_leave_out_no_day_of_what_they_say(
    in_review: AccessRequest, rita: User, days: int
) -> None:
    """Whatever day of the week it is: what was decided 26 weeks ago is in both."""
    now = timezone.now()
    add(in_review, "approved", age=timedelta(weeks=26), took=timedelta(minutes=5))
    AccessRequest.objects.filter(state="approved").update(
        closed_at=now + timedelta(days=days) - timedelta(weeks=26)
    )
    told = dashboard_context(rita, now + timedelta(days=days))
    chart = told["charts"][1]["chart"]
    assert told["decided"] == sum(sum(one.values) for one in chart.series) == 1


def test_name_above_a_bar_is_never_cut() -> None:
    name = "Retired models of the three laboratories that joined in the first year " * 2
    one = Chart("a", "A", "B", [name], [Series("median", [1])])
    lines = [text.text or "" for text in drawn(bars(one, str)).findall("text")]
    assert " ".join(lines[:-1]) == name.strip()
    assert max(map(len, lines)) <= 72


def test_numbers_beside_the_axis_have_room_and_a_unit() -> None:
    one = Chart("a", "A", "B", ["x"], [Series("used", [2_000_000])], unit="tokens")
    root = drawn(columns(one))
    numbers = [text for text in root.findall("text") if text.attrib["text-anchor"] == "end"]
    assert [text.text for text in numbers][-1] == "2,000,000"
    assert all(float(text.attrib["x"]) >= 7 * len(text.text or "") for text in numbers)
    assert "tokens" in [text.text for text in root.findall("text")]
    assert len(root.findall("line[@class='axis']")) == 1
