"""Twelve simulated weeks: an essay each Monday, one vetoed, one never handed in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import feedparser
import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from lxml import etree

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.voice.models import EssaySeries
from lifecycle.voice.schedule import weeks
from requests_app import tasks
from requests_app.actions.voice import essay_votes, essays
from requests_app.models import Notice, Policy
from tests.support.atom import schema
from tests.support.page_client import page
from tests.voice.conftest import BODY, an_essay, decide

pytestmark = pytest.mark.django_db

PAGE = "http://localhost:8000/essays/example-essays/"
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK, STEP = timedelta(days=7), timedelta(days=1)
VETOED, MISSED, WEEKS = 5, 8, 12
SWEEPS = (
    tasks.remind_stages,
    tasks.escalate_stages,
    tasks.recheck_stages,
    tasks.expire_stages,
    tasks.send_notices,
)


@pytest.fixture
def run(
    example: AIModel, ed: User, essay_policy: Policy, rita: User, sam: User, una: User
) -> EssaySeries:
    """The whole run, with every sweep twice a day."""
    with time_machine.travel(BEGIN, tick=False) as clock:
        series = begin(example, ed, essay_policy)
        for number in range(1, WEEKS + 1):
            clock.move_to(BEGIN + (number - 1) * WEEK)
            week(clock, series, number, ed, [rita, sam, una])
    return series


def begin(example: AIModel, ed: User, policy: Policy) -> EssaySeries:
    text = essays.SeriesInput(
        "example-essays",
        "Essays of Example 1",
        "An invented model wrote these.",
        BEGIN.date(),
        policy,
        promised_weeks=WEEKS,
    )
    return essays.begin_series(example, text, by=ed)


def week(clock: Any, series: EssaySeries, number: int, ed: User, reviewers: list[User]) -> None:
    """Handed in on Monday, decided on Wednesday by two; sweeps all week."""
    monday, essay = datetime.now(UTC), None
    if number != MISSED:
        essay = an_essay(series, ed, title=f"Essay of week {number}")
    while datetime.now(UTC) < monday + WEEK:
        if essay and datetime.now(UTC) == monday + timedelta(days=2):
            act = essay_votes.veto if number == VETOED else essay_votes.approve
            decide(essay, act, *reviewers[:2])
        for sweep in SWEEPS * 2:
            sweep()
        clock.shift(STEP)


@pytest.mark.soak
def test_run_is_kept_but_for_the_vetoed_and_the_missed_week(
    run: EssaySeries, ed: User, client: Client
) -> None:
    rows = weeks(run, run.essays.all(), date(2026, 6, 1))
    states = [str(row.state) for row in rows]
    lost = {VETOED, MISSED}
    assert states == ["missed" if n in lost else "kept" for n in range(1, WEEKS + 1)]
    assert [len(row.refused) for row in rows] == [n == VETOED for n in range(1, WEEKS + 1)]
    assert rows[0].starts_on == date(2026, 3, 2)
    each_is_told_once(ed)
    call_command("audit", "verify")
    with time_machine.travel(BEGIN + WEEKS * WEEK):
        pages_show_each_week(client)
    feed_has_what_was_published(client)


def each_is_told_once(ed: User) -> None:
    handed_in = WEEKS - 1
    assert Notice.objects.filter(template="stage_opened").count() == 3 * handed_in
    ends = Notice.objects.filter(template__in=("essay_published", "essay_vetoed"))
    assert [each.recipient for each in ends] == [ed] * handed_in
    assert not Notice.objects.filter(sent_at=None, dropped_at=None).exists()


def pages_show_each_week(client: Client) -> None:
    text = page(client.get("/essays/example-essays/"))
    assert "2 promised weeks were missed." in text
    assert "Week 8, from 20 April 2026 Missed" in text
    assert "Week 5, from 30 March 2026 Missed One was vetoed" in text
    vetoed = page(client.get(f"/essays/example-essays/{VETOED}/"))
    assert "The reviewers vetoed this essay on 1 April 2026" in vetoed
    assert "Rita says so." in vetoed
    assert "Essay of week 5" not in vetoed + text


def feed_has_what_was_published(client: Client) -> None:
    """As a feed reader reads it, and as the RFC's schema has it."""
    response = client.get("/essays/example-essays/feed.atom")
    told = {name.lower(): value for name, value in response.headers.items()}
    read = feedparser.parse(response.content, response_headers=told)
    assert (read.bozo, read.version, read.feed.author) == (False, "atom10", "Example 1")
    kept = [n for n in range(WEEKS, 0, -1) if n not in (VETOED, MISSED)]
    assert [entry.title for entry in read.entries] == [f"Essay of week {n}" for n in kept]
    assert read.feed.updated == read.entries[0].updated
    assert read.feed.updated.startswith("2026-05-20T")
    newest = read.entries[0]
    assert (newest.link, newest.content[0].type) == (f"{PAGE}{WEEKS - 1}/", "text/plain")
    # XML has one kind of line end and no form feeds; the file with its digest has the model's.
    text = BODY.replace("\r\n", "\n").replace("\x0c", "\ufffd").strip()
    assert newest.content[0].value == text
    assert len({entry.id for entry in read.entries}) == len(kept)
    schema().assertValid(etree.fromstring(response.content))


@pytest.mark.parametrize(
    ("days", "state"), [(-1, "coming"), (0, "running"), (6, "running"), (7, "missed")]
)
def test_week_is_missed_from_the_day_after_its_last(days: int, state: str) -> None:
    series = EssaySeries(starts_on=BEGIN.date(), promised_weeks=1)
    (week,) = weeks(series, [], BEGIN.date() + timedelta(days=days))
    assert week.state.value == state
