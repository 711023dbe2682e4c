"""How much may be used: never more than the limit, and what is said about it."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app.gateway.decision import KeyLimits, KeyRow, KeyUsage
from requests_app.gateway.rate_limiter import (
    DAY,
    LEASES_PER_LIMIT,
    MINUTE,
    LimitRefusal,
    Outcome,
    RateLimiter,
)
from tests.support.gateway_fixtures import (
    BEARER,
    LIVE,
    MODEL,
    ROW,
    MemoryLedger,
    MemoryStore,
    ask,
    in_memory,
)

NOW = 1_800_000_030  # in the middle of a minute


def row(*, used: int = 0, **limits: int) -> KeyRow:
    return replace(ROW, limits=KeyLimits(**limits), used=KeyUsage(requests_today=used))


async def take(limiter: RateLimiter, of: KeyRow, now: int = NOW) -> Outcome:
    while (outcome := limiter.take(of, now)) is None:
        await limiter.refill(of, now)
    return outcome


def passed(limiters: list[RateLimiter], of: KeyRow, calls: int, now: int = NOW) -> int:
    """How many of `calls` pass, by turns through each process."""

    async def count() -> int:
        outcomes = [await take(limiters[call % len(limiters)], of, now) for call in range(calls)]
        return sum(not isinstance(outcome, LimitRefusal) for outcome in outcomes)

    return asyncio.run(count())


@given(st.integers(1, 400), st.integers(1, 5))
def test_processes_together_pass_no_more_than_the_limit(limit: int, processes: int) -> None:
    ledger = MemoryLedger()
    limiters = [RateLimiter(ledger, processes) for _ in range(processes)]
    got = passed(limiters, row(requests_per_minute=limit), 2 * limit + 10)
    stranded = (processes - 1) * max(0, limit // LEASES_PER_LIMIT - 1)
    assert limit - stranded <= got <= limit


def test_a_hundredth_at_a_time_is_taken_from_the_ledger() -> None:
    ledger = MemoryLedger()
    assert passed([RateLimiter(ledger, 1)], row(requests_per_minute=5000), 1000) == 1000
    assert ledger.asked == 1000 / (5000 / LEASES_PER_LIMIT)


def test_calls_at_the_same_moment_wait_for_what_is_being_taken() -> None:
    class Slow(MemoryLedger):
        async def lease(self, name: str, holder: str, **numbers: int) -> tuple[int, int]:
            await asyncio.sleep(0.01)
            return await super().lease(name, holder, **numbers)

    ledger = Slow()
    limiter, limited = RateLimiter(ledger, 1), row(requests_per_minute=1000)

    async def at_once() -> list[Outcome]:
        return await asyncio.gather(*[take(limiter, limited) for _ in range(25)])

    assert not [outcome for outcome in asyncio.run(at_once()) if isinstance(outcome, LimitRefusal)]
    assert ledger.asked == 3


def test_each_window_begins_anew_and_both_must_have_room() -> None:
    limiter = RateLimiter(MemoryLedger(), 1)
    both = row(requests_per_minute=3, requests_per_day=7)
    counts = [passed([limiter], both, 9, NOW + MINUTE * minute) for minute in range(4)]
    assert counts == [3, 3, 1, 0]
    assert passed([limiter], both, 9, NOW + DAY) == 3


def test_the_last_second_of_a_window_is_not_the_next_one() -> None:
    limiter, one = RateLimiter(MemoryLedger(), 1), row(requests_per_minute=1)
    end = NOW - NOW % MINUTE + MINUTE
    assert [passed([limiter], one, 2, now) for now in (NOW, end - 1, end)] == [1, 0, 1]


def test_nothing_left_is_not_asked_for_again_at_once() -> None:
    ledger = MemoryLedger()
    passed([RateLimiter(ledger, 1)], row(requests_per_minute=2), 500)
    assert ledger.asked == 2


def test_what_lay_idle_is_given_back() -> None:
    ledger = MemoryLedger()
    first, second = RateLimiter(ledger, 2), RateLimiter(ledger, 2)
    limited = row(requests_per_day=1000)

    async def calls() -> int:
        now = int(time.time())
        await take(first, limited, now)
        await first.report_all()
        await first.report_all()
        return sum(
            [not isinstance(await take(second, limited, now), LimitRefusal) for _ in range(1005)]
        )

    assert asyncio.run(calls()) == 999


def test_a_ledger_that_forgot_is_told_again() -> None:
    """As after FLUSHALL: what was taken is a whole number, so saying it restores it."""
    ledger = MemoryLedger()
    limiters, limited = [RateLimiter(ledger, 2) for _ in range(2)], row(requests_per_day=100)

    async def calls() -> int:
        now, got = int(time.time()), 0
        for _ in range(3):
            for call in range(50):
                outcome = await take(limiters[call % 2], limited, now)
                got += not isinstance(outcome, LimitRefusal)
            ledger.taken.clear()
            for limiter in limiters:
                await limiter.report_all()
        return got

    assert asyncio.run(calls()) == 100


def test_a_new_process_goes_by_what_was_written_down() -> None:
    assert passed([RateLimiter(MemoryLedger(), 1)], row(requests_per_day=100, used=90), 50) == 10


@pytest.mark.parametrize(("processes", "share"), [(1, 100), (4, 25), (1000, 1)])
def test_without_the_ledger_a_process_passes_its_own_share(processes: int, share: int) -> None:
    limiter = RateLimiter(MemoryLedger(away=True), processes)
    assert passed([limiter], row(requests_per_minute=100), 200) == share


def test_without_the_ledger_a_day_that_is_used_up_stays_so() -> None:
    limiter = RateLimiter(MemoryLedger(away=True), 2)
    assert passed([limiter], row(requests_per_day=100, used=100), 200) == 0


def test_a_ledger_that_is_away_is_asked_once_a_second() -> None:
    ledger = MemoryLedger(away=True)
    passed([RateLimiter(ledger, 1)], row(requests_per_minute=10_000), 5_000)
    assert ledger.asked == 1


# What is said ---------------------------------------------------------------------------------


def asked(limits: KeyLimits, used: KeyUsage | None = None, calls: int = 1) -> Any:
    live = replace(ROW, expires_at=LIVE, ends_at=LIVE, limits=limits, used=used or KeyUsage())
    gateway = in_memory(MemoryStore(live))
    for _ in range(calls - 1):
        ask(gateway, BEARER, MODEL)
    return ask(gateway, BEARER, MODEL)


def test_check_says_what_is_left() -> None:
    reply = asked(KeyLimits(10, 500, 2000, 3_000_000), KeyUsage(20, 1500, 500_000))
    assert reply.status == 204
    assert reply.headers["ratelimit-policy"] == '"minute";q=10;w=60, "day";q=500;w=86400'
    minute, day = reply.headers["ratelimit"].split(", ")
    assert minute.startswith('"minute";r=9;t=')
    assert day.startswith('"day";r=479;t=')
    assert 1 <= int(minute.rpartition("=")[2]) <= 60
    assert (reply.headers["x-emeritus-tokens-left"], reply.headers["x-emeritus-usd-left"]) == (
        "500",
        "2.50",
    )


def test_check_over_the_limit_is_a_429_that_says_when() -> None:
    reply = asked(KeyLimits(requests_per_day=2), calls=3)
    assert (reply.status, reply.reason) == (429, "too-many-requests")
    assert reply.headers["ratelimit"].startswith('"day";r=0;t=')
    assert int(reply.headers["retry-after"]) == reply.content["retry_after"] <= DAY


@pytest.mark.parametrize(("tokens", "status"), [(999, 204), (1000, 429), (1001, 429)])
def test_check_refuses_when_the_days_tokens_are_used(tokens: int, status: int) -> None:
    reply = asked(KeyLimits(tokens_per_day=1000), KeyUsage(tokens_today=tokens))
    assert reply.status == status
    assert ("retry-after" in reply.headers) == (status == 429)


@pytest.mark.parametrize(("spend", "status"), [(999_999, 204), (1_000_000, 403)])
def test_check_refuses_when_the_money_is_spent_and_waiting_is_no_cure(
    spend: int, status: int
) -> None:
    reply = asked(KeyLimits(spend=1_000_000), KeyUsage(spend=spend))
    assert reply.status == status
    assert "retry-after" not in reply.headers


def test_a_used_up_limit_on_tokens_says_its_rate_limit() -> None:
    reply = asked(KeyLimits(tokens_per_day=700), KeyUsage(tokens_today=700))
    assert (reply.status, reply.reason) == (429, "too-many-tokens")
    assert reply.headers["ratelimit-policy"] == '"tokens";q=700;w=86400;qu="tokens"'
    assert reply.headers["ratelimit"] == f'"tokens";r=0;t={reply.headers["retry-after"]}'
