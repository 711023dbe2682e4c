"""Keys that aren't known take no more than a share of the look-ups, however many are sent."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import pytest
from django.conf import settings

from requests_app import key_format
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway import unknown_keys
from requests_app.gateway.cache import Cache
from requests_app.gateway.decision import KeyRow
from requests_app.gateway.lookup import Postgres
from requests_app.gateway.pool import Pool
from requests_app.gateway.unknown_keys import LookUpFailed, LookupQueue, TooManyWaiting
from tests.support.gateway_fixtures import OPUS, ROW, MemoryStore
from tests.support.worker_processes import database_under_test

T = TypeVar("T")
MANY = 2_000


def digests_of(secret: str) -> Sequence[bytes]:
    return key_format.digests(secret, settings.KEY_PEPPERS)


def made_up(number: int) -> list[Sequence[bytes]]:
    return [digests_of(key_format.new()) for _ in range(number)]


class Counted(Pool):
    """How many look-ups there were, and how many at the same time."""

    def __init__(self) -> None:
        super().__init__(database_under_test())
        self.asked = self.now = self.most = 0

    async def rows(self, sql: Any, *parameters: object) -> list[tuple[Any, ...]]:
        self.asked, self.now = self.asked + 1, self.now + 1
        self.most = max(self.most, self.now)
        try:
            return await super().rows(sql, *parameters)
        finally:
            self.now -= 1


def with_store(work: Any) -> Any:
    async def run() -> Any:
        pool = Counted()
        store = Postgres(pool)
        await store.open()
        try:
            return await work(pool, store)
        finally:
            await store.close()

    return asyncio.run(run())


@pytest.mark.django_db(transaction=True)
def test_unknown_keys_take_one_connection_and_few_statements(claimed: ClaimedKey) -> None:
    """A real key among them, at its first call here, is found with them."""

    async def crowd(pool: Counted, store: Postgres) -> tuple[list[KeyRow | None], int, int]:
        keys = [*made_up(MANY), digests_of(claimed.secret)]
        rows = await asyncio.gather(*(store.key(digests) for digests in keys))
        return rows, pool.asked, pool.most

    *unknown, found = (result := with_store(crowd))[0]
    assert unknown == [None] * MANY
    assert found.key == claimed.key.public_id
    assert result[2] == 1
    assert result[1] <= MANY / unknown_keys.MAX_BATCH + 2


@pytest.mark.django_db(transaction=True)
def test_known_key_is_not_behind_unknown_ones(claimed: ClaimedKey) -> None:
    async def beside(_: Counted, store: Postgres) -> bool:
        await store.key(digests_of(claimed.secret))
        crowd = [asyncio.ensure_future(store.key(digests)) for digests in made_up(MANY)]
        row = await store.key(digests_of(claimed.secret))
        waiting = [each for each in crowd if not each.done()]
        await asyncio.gather(*crowd)
        return row is not None and len(waiting) > 0

    assert with_store(beside)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def refuse(digests: Sequence[bytes]) -> dict[bytes, KeyRow]:
    await asyncio.sleep(0)
    raise TimeoutError


def test_unknown_keys_that_could_not_be_looked_up_are_told_so_each() -> None:
    async def ask() -> list[Any]:
        line = LookupQueue(refuse)
        both = (line.key([bytes([number])]) for number in (1, 2))
        return await asyncio.gather(*both, return_exceptions=True)

    first, second = run(ask())
    assert isinstance(first, LookUpFailed)
    assert first is not second
    assert isinstance(first.__cause__, TimeoutError)


def test_unknown_keys_are_not_gathered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown_keys, "MAX_WAITING", 3)

    async def ask() -> list[Any]:
        line = LookupQueue(refuse)
        crowd = (line.key([bytes([number])]) for number in range(5))
        return await asyncio.gather(*crowd, return_exceptions=True)

    assert [type(each) for each in run(ask())] == [LookUpFailed] * 3 + [TooManyWaiting] * 2


def test_callers_without_a_key_are_answered_from_one_look_up() -> None:
    class Once(MemoryStore):
        looked = 0

        async def retired(self, *about: Any) -> Any:
            self.looked += 1
            await asyncio.sleep(0)
            return await super().retired(*about)

    async def ask() -> int:
        store = Once(ROW)
        cache, today = Cache(store), ROW.expires_at.date()
        found = await asyncio.gather(*(cache.retired(OPUS, today) for _ in range(100)))
        assert found == [store.gone] * 100
        return store.looked

    assert run(ask()) == 1
