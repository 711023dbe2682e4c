"""The due times of grants: tables of cases for pure functions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app import clock

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 10 * 365 * 24).map(lambda hours: START + timedelta(hours=hours))


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


NOTICES = [
    # begins, ends, when its end is told
    ("2026-01-05 09:00", "2026-04-07 09:00", ["03-24 09:00", "03-31 09:00", "04-06 09:00"]),
    # 14 and 7 days before a Sunday is a Sunday, and one day before a Saturday: all go on Friday
    ("2026-01-05 09:00", "2026-04-12 09:00", ["03-27 09:00", "04-03 09:00", "04-10 09:00"]),
    ("2026-01-05 23:59", "2026-04-11 23:59", ["03-27 23:59", "04-03 23:59", "04-10 23:59"]),
    # 28 days have all three, one microsecond less has two
    ("2026-03-03 09:00", "2026-03-31 09:00", ["03-17 09:00", "03-24 09:00", "03-30 09:00"]),
    ("2026-03-03 09:00:00.000001", "2026-03-31 09:00", ["03-24 09:00", "03-30 09:00"]),
    ("2026-03-03 09:00", "2026-03-17 09:00", ["03-10 09:00", "03-16 09:00"]),
    ("2026-03-03 09:00", "2026-03-05 09:00", ["03-04 09:00"]),
    ("2026-03-03 09:00", "2026-03-04 09:00", []),
    # two days over a weekend: the Friday is before the beginning
    ("2026-03-07 09:00", "2026-03-09 09:00", []),
]


@pytest.mark.parametrize(("begins", "ends", "told"), NOTICES)
def test_next_end_notice_tells_each_once(begins: str, ends: str, told: list[str]) -> None:
    found, after = [], at(begins)
    while notice := clock.next_end_notice(at(begins), at(ends), after=after):
        found.append(notice)
        after = notice
    assert found == [at(f"2026-{each}") for each in told]


def test_next_end_notice_makes_one_of_those_that_were_missed() -> None:
    begins, ends = at("2026-01-05 09:00"), at("2026-04-07 09:00")
    assert clock.next_end_notice(begins, ends, after=ends - 2 * DAY) == ends - DAY
    assert clock.next_end_notice(begins, ends, after=ends - DAY) is None


@given(MOMENTS, st.integers(1, 400), st.integers(0, 400))
def test_next_end_notice_is_never_on_a_weekend_nor_after_the_end(
    begins: datetime, length: int, passed: int
) -> None:
    ends = begins + length * DAY
    notice = clock.next_end_notice(begins, ends, after=begins + passed * DAY)
    if notice is not None:
        assert notice.weekday() < 5
        assert begins < notice < ends
        assert ends - notice <= length * DAY / 2 + 2 * DAY


CONFIRMATIONS = [
    # how long, counted from which day, to be confirmed by which day
    (180, 0, None),
    (181, 0, 90),
    (181, 90, 180),
    (181, 91, None),
    (365, 270, 360),
    (365, 275, None),
]


@pytest.mark.parametrize(("length", "counted_from", "due"), CONFIRMATIONS)
def test_confirm_by_is_90_days_on_and_before_the_end(
    length: int, counted_from: int, due: int | None
) -> None:
    found = clock.confirm_by(START + counted_from * DAY, START, START + length * DAY)
    assert found == (None if due is None else START + due * DAY)


@pytest.mark.parametrize(
    ("days_left", "lead"), [(90, 14), (14.1, 14), (14, 7), (7, 1), (1.5, 1), (1, None), (0.5, None)]
)
def test_next_confirmation_notice_makes_one_of_those_that_were_missed(
    days_left: float, lead: int | None
) -> None:
    due = START + 90 * DAY
    found = clock.next_confirmation_notice(due, after=due - timedelta(days=days_left))
    assert found == (None if lead is None else due - lead * DAY)


def test_may_extend_in_the_last_14_days_or_from_the_start_of_a_shorter_one() -> None:
    assert clock.may_extend_from(START, START + 90 * DAY) == START + 76 * DAY
    assert clock.may_extend_from(START, START + 5 * DAY) == START
