"""What the parts of one warm check take by themselves: the best of many times, in microseconds."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from requests_app import key_format
from requests_app.gateway.app import Gateway
from requests_app.gateway.cache import Cache, CacheEntry
from requests_app.gateway.decision import KeyLimits, KeyRow
from requests_app.gateway.http import request_headers, responses
from requests_app.gateway.precomputed import SECOND, moment, prepare
from requests_app.gateway.rate_limiter import RateLimiter
from requests_app.gateway.shared_ledger import NoLedger
from requests_app.gateway.usage_counter import UsageCounter

TIMES, REPEATS = 1_000, 200
NEVER = float("inf")
MODEL = "claude-3-opus-20240229"
PEPPERS = {1: b"\x01" * 32}
KEY = key_format.new()
HEADERS = [
    (b"host", b"127.0.0.1:8001"),
    (b"x-emeritus-model", MODEL.encode()),
    (b"x-emeritus-operation", b"messages"),
    (b"x-api-key", KEY.encode()),
]
SCOPE: Any = {"type": "http", "method": "GET", "path": "/gateway/check", "headers": HEADERS}


def pieces() -> dict[str, float]:
    """By what they do; the last one is the whole application, which has a little more to do."""
    row, now = a_row(), time.time_ns()
    gateway = remembering(row)
    call = request_headers.read(HEADERS)
    assert isinstance(call, request_headers.GatewayCall)
    ready = prepare(row, call, now)
    glance = request_headers.quick_read(HEADERS)
    assert ready
    assert glance
    digest = gateway.digest(glance[0])
    gateway.cache.known.entries[digest].keep(glance[1], ready)
    buckets = gateway.limiter.take_locally(ready.windows, now // SECOND)
    assert buckets
    second, counts = now // SECOND, gateway.books.counts
    return {
        "reading the headers": best(lambda: request_headers.quick_read(HEADERS)),
        "the digest (HMAC-SHA-256)": best(lambda: gateway.digest(glance[0])),
        "looking up the cache": best(lambda: gateway.cache.remembered(digest)),
        "counting against a limit": best(
            lambda: gateway.limiter.take_locally(ready.windows, second)
        ),
        "counting usage": best(lambda: counts.count_allowed(ready.call_cell, second)),
        "writing the answer": best(
            lambda: responses.allowed_headers(ready.headers, buckets, second)
        ),
        "the whole application": asyncio.run(whole(gateway)),
    }


def a_row() -> KeyRow:
    end = moment(time.time_ns()) + timedelta(days=1)
    return KeyRow(
        key="key_5d41402abc4b2a76",
        key_state="active",
        expires_at=end,
        refused_from=None,
        grant="grant_7d793037a0760186",
        grant_state="active",
        operations=["messages"],
        activated_at=datetime(2026, 1, 1, tzinfo=UTC),
        ends_at=end,
        holder=7,
        in_good_standing=True,
        models={MODEL: None},
        limits=KeyLimits(requests_per_minute=1_000_000_000),
        model_ids={MODEL: 1},
    )


def remembering(row: KeyRow) -> Gateway:
    """It has the row, and all calls of the minute."""
    store: Any = None
    gateway = Gateway(Cache(store), RateLimiter(NoLedger(), 1), UsageCounter(store), PEPPERS, "")
    gateway.cache.trust(NEVER)
    gateway.cache.known.put(key_format.digest(KEY, PEPPERS[1]), CacheEntry(row, NEVER))
    asyncio.run(gateway.limiter.refill(row, time.time_ns() // SECOND))
    frozen = time.time_ns()
    gateway.clock = lambda: frozen
    return gateway


def best(piece: Callable[[], object]) -> float:
    found = NEVER
    for _ in range(REPEATS):
        began = time.perf_counter_ns()
        for _ in range(TIMES):
            piece()
        found = min(found, time.perf_counter_ns() - began)
    return found / TIMES / 1000


async def whole(gateway: Gateway) -> float:
    async def send(event: Any) -> None: ...

    async def receive() -> Any: ...

    found = NEVER
    for _ in range(REPEATS):
        began = time.perf_counter_ns()
        for _ in range(TIMES):
            await gateway(SCOPE, receive, send)
        found = min(found, time.perf_counter_ns() - began)
    return found / TIMES / 1000
