"""Due times: tables of cases for pure functions."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app import clock

DAYS = st.integers(min_value=4 * 24, max_value=60 * 24).map(lambda hours: timedelta(hours=hours))
START = datetime(2020, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(min_value=0, max_value=15 * 365 * 24).map(
    lambda hours: START + timedelta(hours=hours)
)


@pytest.fixture(scope="module", autouse=True)
def holidays_loaded() -> None:
    """Loading the library takes longer than hypothesis lets the first case take."""
    for country in ("DE", "US", "JP"):
        clock.stage_due(START, timedelta(days=1), country)


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def days(count: float) -> timedelta:
    return timedelta(days=count)


DUE = [
    # opened, window, country, due
    ("2026-01-05 09:00", days(7), "", "2026-01-12 09:00"),
    ("2026-01-05 09:00", timedelta(hours=36), "", "2026-01-06 21:00"),
    ("2028-02-28 12:00", days(2), "", "2028-03-01 12:00"),  # over a leap day
    ("2027-02-28 12:00", days(1), "", "2027-03-01 12:00"),
    ("2026-12-30 23:59", days(7), "", "2027-01-06 23:59"),  # over the year's end
    ("2026-03-28 09:00", days(2), "", "2026-03-30 09:00"),  # Europe's clocks change between
    ("2026-10-24 09:00", days(2), "", "2026-10-26 09:00"),
    ("2026-02-05 09:00", days(1), "DE", "2026-02-06 09:00"),  # Thursday to Friday
    ("2026-02-06 09:00", days(1), "DE", "2026-02-09 09:00"),  # over the weekend
    ("2026-02-07 09:00", days(1), "DE", "2026-02-09 09:00"),  # opened on a Saturday
    ("2026-02-02 09:00", days(7), "DE", "2026-02-11 09:00"),
    ("2026-04-30 10:00", days(1), "DE", "2026-05-04 10:00"),  # 1 May is a holiday here
    ("2026-04-30 10:00", days(1), "US", "2026-05-01 10:00"),  # and isn't here
    ("2026-11-25 10:00", days(1), "US", "2026-11-27 10:00"),  # Thanksgiving
    ("2026-11-25 10:00", days(1), "DE", "2026-11-26 10:00"),
    ("2026-07-02 10:00", days(1), "US", "2026-07-06 10:00"),  # 4 July is kept on the Friday
    ("2026-12-31 09:00", days(2), "DE", "2027-01-05 09:00"),  # New Year's Day, then a weekend
    ("2028-02-28 09:00", days(2), "US", "2028-03-01 09:00"),
    ("2026-03-27 23:30", days(1), "DE", "2026-03-30 23:30"),  # UTC's day counts, before and after
    ("2026-02-06 12:00", timedelta(hours=36), "DE", "2026-02-09 00:00"),
    ("2026-02-07 12:00", timedelta(hours=6), "DE", "2026-02-07 18:00"),  # no whole day in it
]


@pytest.mark.parametrize(("opened", "window", "country", "due"), DUE)
def test_stage_due(opened: str, window: timedelta, country: str, due: str) -> None:
    assert clock.stage_due(at(opened), window, country) == at(due)


@given(MOMENTS, DAYS, st.sampled_from(["DE", "US", "JP"]))
def test_stage_due_with_days_off_is_never_sooner(
    opened: datetime, window: timedelta, country: str
) -> None:
    assert clock.stage_due(opened, window, country) >= clock.stage_due(opened, window)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (days(7), [days(1.75), days(3.5)]),
        (days(4), [days(1), days(2)]),
        (days(10), [days(2.5), days(5)]),
        (timedelta(hours=36), [timedelta(hours=9), timedelta(hours=18)]),
    ],
)
def test_reminders(window: timedelta, expected: list[timedelta]) -> None:
    opened = at("2026-12-30 12:00")
    assert clock.reminder_times(opened, opened + window) == [opened + after for after in expected]


@given(MOMENTS, DAYS)
def test_reminders_come_in_time_and_are_few(opened: datetime, window: timedelta) -> None:
    due = opened + window
    times = clock.reminder_times(opened, due)
    assert 1 <= len(times) <= clock.MAX_REMINDERS
    assert times == sorted(times)
    assert times[-1] <= due - window / 10


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-01-05 00:00", "2026-01-06 18:00"),
        ("2026-01-06 18:00", "2026-01-08 12:00"),  # this moment's was just sent
        ("2026-01-08 11:59", "2026-01-08 12:00"),
        ("2026-01-08 12:00", None),
        ("2026-02-01 00:00", None),
    ],
)
def test_next_reminder_makes_missed_ones_one(after: str, expected: str | None) -> None:
    opened, due = at("2026-01-05 00:00"), at("2026-01-12 00:00")
    assert clock.next_reminder(opened, due, at(after)) == (at(expected) if expected else None)


@pytest.mark.parametrize(
    ("window", "after"),
    [
        (days(7), days(3.5)),
        (days(4), days(2)),
        (days(2), days(1)),
        (days(1), days(1)),  # at least a day
        (timedelta(hours=1), days(1)),
    ],
)
def test_escalates_half_way_and_not_within_a_day(window: timedelta, after: timedelta) -> None:
    opened = at("2028-02-28 12:00")
    assert clock.escalation_at(opened, opened + window) == opened + after


@given(MOMENTS, DAYS)
def test_escalates_leaves_the_alternates_two_days(opened: datetime, window: timedelta) -> None:
    due = opened + window
    assert due - clock.escalation_at(opened, due) >= clock.MIN_WINDOW_WITH_ALTERNATES / 2


@pytest.mark.parametrize(
    ("now", "hour", "expected"),
    [
        ("2026-01-05 06:59", 7, "2026-01-05 07:00"),
        ("2026-01-05 07:00", 7, "2026-01-06 07:00"),
        ("2026-12-31 08:00", 7, "2027-01-01 07:00"),
        ("2028-02-28 23:00", 7, "2028-02-29 07:00"),
        ("2026-01-05 00:00", 0, "2026-01-06 00:00"),
    ],
)
def test_digest_at(now: str, hour: int, expected: str) -> None:
    assert clock.digest_at(at(now), hour) == at(expected)


def test_digest_at_is_utc_wherever_the_clock_stands() -> None:
    east = timezone(timedelta(hours=9))
    assert clock.digest_at(datetime(2026, 1, 6, 3, tzinfo=east)) == at("2026-01-06 07:00")


def test_grant_starts_on_its_day_or_with_its_approval() -> None:
    approved = at("2026-01-05 15:00")
    assert clock.grant_starts(date(2026, 1, 5), approved) == approved
    assert clock.grant_starts(date(2026, 1, 6), approved) == at("2026-01-06 00:00")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-01-31T23:59:59+00:00", "2026-02-01T00:00:00+00:00"),
        ("2026-12-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
        ("2026-03-01T00:30:00+02:00", "2026-03-01T00:00:00+00:00"),
    ],
)
def test_next_month_is_that_of_utc(now: str, expected: str) -> None:
    assert clock.next_month(datetime.fromisoformat(now)).isoformat() == expected


def test_claim_is_due_before_the_end() -> None:
    active = at("2028-02-01 00:00")
    assert clock.claim_due(active, active + days(90)) == at("2028-03-02 00:00")
    assert clock.claim_due(active, active + days(3)) == at("2028-02-04 00:00")


@pytest.mark.parametrize(("country", "known"), [("DE", True), ("US", True), ("XX", False)])
def test_is_known_country(country: str, known: bool) -> None:
    assert clock.is_known_country(country) is known
