"""What a process remembers of keys: when it may, for how long, and how much."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import pytest

from requests_app import key_format
from requests_app.gateway.cache import NEVER, TTL_SECONDS, Cache, LRUStore
from requests_app.gateway.decision import KeyRow
from tests.support.gateway_fixtures import KEY, PEPPERS, ROW, MemoryStore

DIGESTS = key_format.digests(KEY, PEPPERS)
FOREVER = float("inf")
OTHERS = [[bytes([number]) * 32] for number in range(5)]
T = TypeVar("T")


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Slow(MemoryStore):
    """Answers a look-up with what the row was when it began, once `go` is set."""

    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def key(self, digests: Sequence[bytes]) -> KeyRow | None:
        row = await super().key(digests)
        await self.go.wait()
        return row


def cache(store: MemoryStore, clock: Clock | None = None, *, trusted: bool = True) -> Cache:
    return Cache(store, clock or Clock(), trusted_until=FOREVER if trusted else NEVER)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def times(cache: Cache, number: int, digests: Sequence[bytes] = DIGESTS) -> None:
    for _ in range(number):
        await cache.key(digests)


@pytest.mark.parametrize(("trusted", "asked"), [(True, 1), (False, 5)])
def test_cache_remembers_only_while_it_is_trusted(trusted: bool, asked: int) -> None:
    store = MemoryStore(ROW)
    run(times(cache(store, trusted=trusted), 5))
    assert len(store.asked) == asked


def test_cache_looks_up_again_from_exactly_the_end_of_its_time() -> None:
    store, clock = MemoryStore(ROW), Clock()
    remembering = cache(store, clock)
    for now, asked in ((0, 1), (TTL_SECONDS - 1e-6, 1), (TTL_SECONDS, 2)):
        clock.now = 100 + now
        run(times(remembering, 3))
        assert len(store.asked) == asked


def test_cache_forgets_when_it_is_told_and_when_trust_comes_or_goes() -> None:
    ways: tuple[Callable[[Cache], None], ...] = (
        Cache.forget,
        lambda remembering: remembering.trust(remembering.clock()),
        Cache.distrust,
    )
    for forget in ways:
        store = MemoryStore(ROW)
        remembering = cache(store)
        run(times(remembering, 2))
        forget(remembering)
        run(times(remembering, 1))
        assert len(store.asked) == 2


def test_cache_uses_nothing_from_the_moment_when_its_lease_is_over() -> None:
    store, clock = MemoryStore(ROW), Clock()
    remembering = cache(store, clock, trusted=False)
    remembering.trust(100)
    clock.now = 100 + TTL_SECONDS / 2
    run(times(remembering, 2))
    clock.now = 100 + TTL_SECONDS - 1e-6
    run(times(remembering, 2))
    assert len(store.asked) == 1
    clock.now = 100 + TTL_SECONDS
    run(times(remembering, 2))
    assert len(store.asked) == 3
    remembering.renew(clock.now)
    run(times(remembering, 2))
    assert len(store.asked) == 3  # the first is used on: the lease was never taken away


def test_cache_remembers_that_a_key_is_unknown_apart_from_known_ones() -> None:
    store = MemoryStore(ROW)
    remembering = replace(cache(store), known=LRUStore(2), unknown=LRUStore(3))
    run(times(remembering, 1))
    for digests in OTHERS * 2:
        run(times(remembering, 2, digests))
    assert len(remembering.unknown.entries) == 3
    run(times(remembering, 1))
    assert store.asked.count(DIGESTS) == 1


def test_cache_is_keyed_by_the_whole_digest() -> None:
    store = MemoryStore(ROW)
    remembering = cache(store)
    run(times(remembering, 1))
    near = DIGESTS[0][:-1] + bytes([DIGESTS[0][-1] ^ 1])
    assert run(remembering.key([near])) is None


def test_stampede_on_a_cold_key_makes_one_look_up() -> None:
    store = Slow(ROW)

    async def stampede() -> list[KeyRow | None]:
        remembering = cache(store)
        waiting = [asyncio.ensure_future(remembering.key(DIGESTS)) for _ in range(100)]
        await asyncio.sleep(0)
        store.go.set()
        return await asyncio.gather(*waiting)

    assert run(stampede()) == [ROW] * 100
    assert len(store.asked) == 1


def test_stampede_outlives_the_one_who_began_it() -> None:
    store = Slow(ROW)

    async def leave() -> KeyRow | None:
        remembering = cache(store)
        first, second = (asyncio.ensure_future(remembering.key(DIGESTS)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        store.go.set()
        return await second

    assert run(leave()) == ROW


def test_a_look_up_under_way_is_repeated_when_it_was_cleared_meanwhile() -> None:
    """An update undone by a request in flight is how others kept a revoked key alive."""
    store, revoked = Slow(ROW), replace(ROW, key_state="revoked")

    async def revoke_meanwhile() -> list[KeyRow | None]:
        remembering = cache(store)
        early = asyncio.ensure_future(remembering.key(DIGESTS))
        await asyncio.sleep(0)
        store.row = revoked
        remembering.forget()
        late = asyncio.ensure_future(remembering.key(DIGESTS))
        store.go.set()
        return [await early, await late, await remembering.key(DIGESTS)]

    assert run(revoke_meanwhile()) == [revoked] * 3


def test_a_look_up_that_took_too_long_is_no_answer() -> None:
    store, clock = MemoryStore(ROW), Clock()
    remembering = cache(store, clock)

    async def key(digests: Sequence[bytes]) -> KeyRow | None:
        clock.now += TTL_SECONDS if len(store.asked) < 3 else 0
        return await MemoryStore.key(store, digests)

    store.key = key  # type: ignore[method-assign]  # slow for the first three times
    run(remembering.key(DIGESTS))
    assert len(store.asked) == 4


def test_cache_passes_errors_on_and_remembers_none() -> None:
    store = MemoryStore(ROW, error=RuntimeError("away"))
    remembering = cache(store)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            run(remembering.key(DIGESTS))
    store.error = None
    assert run(remembering.key(DIGESTS)) == ROW
