"""Answers at hand: the same as those that were worked out, and counted and limited like them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from requests_app.gateway.app import Gateway
from requests_app.gateway.decision import KeyLimits, KeyRow
from requests_app.gateway.rate_limiter import MINUTE
from requests_app.gateway.usage_counter import DAY
from tests.support.gateway_fixtures import (
    BEARER,
    KEY,
    LIVE,
    MODEL,
    ROW,
    MemoryStore,
    Reply,
    in_memory,
    reply,
)

Header = tuple[str, str]
API_KEY, MESSAGES = ("x-api-key", KEY), ("x-emeritus-operation", "messages")
TODAY = 20_550  # days since the epoch: 2026-04-07
LIMITED = KeyLimits(5000, 90_000, 700, 3_000_000)


def live(**changes: Any) -> KeyRow:
    return replace(ROW, expires_at=LIVE, ends_at=LIVE, **changes)


def remembering(row: KeyRow) -> Gateway:
    gateway = in_memory(MemoryStore(row))
    gateway.cache.trusted_until = float("inf")
    gateway.cache.clock = lambda: 0.0
    return gateway


async def one_after_another(gateway: Gateway, calls: Sequence[Sequence[Header]]) -> list[Reply]:
    return [await reply(gateway, *headers) for headers in calls]


def at_hand(gateway: Gateway, *headers: Header) -> bool:
    """Whether the next answer to this one is there without being worked out."""
    scope: Any = {
        "method": "GET",
        "path": "/gateway/check",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    return gateway._fast_path(scope) is not None


@pytest.mark.parametrize("limits", [KeyLimits(), LIMITED])
@pytest.mark.parametrize("key", [BEARER, API_KEY])
def test_an_answer_at_hand_is_the_one_that_was_worked_out(limits: KeyLimits, key: Header) -> None:
    gateway = remembering(live(limits=limits))
    first, second, third = asyncio.run(one_after_another(gateway, [(key, MODEL, MESSAGES)] * 3))
    assert at_hand(gateway, key, MODEL, MESSAGES)
    assert list(first.headers) == list(second.headers) == list(third.headers)
    for one in (first, second, third):
        left = one.headers.pop("ratelimit", "")
        assert ("r=" in left) == (limits is LIMITED)
    assert first == second == third


def test_calls_at_hand_are_limited_and_counted_like_others() -> None:
    gateway = remembering(live(limits=KeyLimits(requests_per_minute=1000)))
    gateway.clock = lambda: TODAY * DAY * 1_000_000_000
    replies = asyncio.run(one_after_another(gateway, [(BEARER, MODEL)] * 1003))
    assert [one.status for one in replies] == [204] * 1000 + [429] * 3
    assert gateway.books.counts.calls == {(1, 1, TODAY): 1000}
    assert gateway.books.counts.used == {1: TODAY * DAY}


def test_calls_at_hand_are_counted_on_the_day_they_come() -> None:
    gateway = remembering(live(limits=KeyLimits(requests_per_minute=1000)))
    for second in (TODAY * DAY - 1, TODAY * DAY):
        gateway.clock = lambda: second * 1_000_000_000  # noqa: B023
        asyncio.run(one_after_another(gateway, [(BEARER, MODEL)] * 4))
    assert gateway.books.counts.calls == {(1, 1, TODAY - 1): 4, (1, 1, TODAY): 4}
    assert gateway.books.counts.used == {1: TODAY * DAY}
    assert TODAY * DAY % MINUTE == 0


STRANGE: tuple[tuple[Header, ...], ...] = (
    (BEARER, API_KEY, MODEL),
    (BEARER, BEARER, MODEL),
    (API_KEY, API_KEY, MODEL),
    (API_KEY, MODEL, MODEL),
    (API_KEY, MODEL, MESSAGES, MESSAGES),
    (API_KEY, MODEL, ("x-emeritus-address", "::1"), ("x-emeritus-address", "::1")),
    (("authorization", f"bearer {KEY}"), MODEL),
    (("authorization", "Basic eDp5"), API_KEY, MODEL),
    (("x-api-key", f"{KEY} "), MODEL),
    (("x-api-key", KEY[:-1] + "0"), MODEL),
    (API_KEY,),
    (MODEL,),
    (),
)


@pytest.mark.parametrize("headers", STRANGE)
def test_what_is_sent_strangely_is_never_at_hand(headers: tuple[Header, ...]) -> None:
    gateway = remembering(live())
    asyncio.run(one_after_another(gateway, [(API_KEY, MODEL), (API_KEY, MODEL), headers, headers]))
    assert at_hand(gateway, API_KEY, MODEL)
    assert not at_hand(gateway, *headers)


def test_a_no_is_never_at_hand() -> None:
    for changes, model in (({"key_state": "revoked"}, MODEL), ({}, ("x-emeritus-model", "other"))):
        gateway = remembering(live(**changes))
        asyncio.run(one_after_another(gateway, [(API_KEY, model)] * 3))
        assert not at_hand(gateway, API_KEY, model)


def test_answers_at_hand_are_bounded_for_each_key() -> None:
    gateway = remembering(live(operations=[f"op-{number}" for number in range(200)]))
    calls = [(API_KEY, MODEL, ("x-emeritus-operation", f"op-{n}")) for n in range(200)] * 3
    assert {one.status for one in asyncio.run(one_after_another(gateway, calls))} == {204}
    (entry,) = gateway.cache.known.entries.values()
    assert len(entry.prepared) == 50


def test_addresses_matter_only_to_keys_that_are_bound() -> None:
    gateway = remembering(live())
    calls = [(API_KEY, MODEL, ("x-emeritus-address", f"192.0.2.{n}")) for n in range(99)]
    asyncio.run(one_after_another(gateway, calls))
    assert at_hand(gateway, API_KEY, MODEL, ("x-emeritus-address", "198.51.100.1"))
