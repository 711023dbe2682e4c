"""What the check lets through and refuses is written down, once, a little later."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import LiteralString

import pytest
from django.conf import settings

from lifecycle.catalogue.models import AIModel
from requests_app.actions.keys import key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway import usage_counter
from requests_app.gateway.asgi import build
from requests_app.gateway.usage_counter import UsageCounter, call_cell
from requests_app.models import Grant, KeyActivity, Usage
from tests.support.gateway_fixtures import MODEL, OPUS, ROW, SITE, Reply, ask
from tests.support.worker_processes import database_under_test

pytestmark = pytest.mark.django_db(transaction=True)

NOW = 1_800_000_030


@pytest.fixture
def asking(claimed: ClaimedKey) -> Callable[[], Reply]:
    """Ask once, by a process that ends then."""
    gateway = build(database_under_test(), settings.KEY_PEPPERS, SITE, settings.REDIS_URL)
    return lambda: ask(gateway, ("x-api-key", claimed.secret), MODEL)


def test_calls_are_counted_by_key_model_and_day_at_the_end_of_a_process(
    asking: Callable[[], Reply], claimed: ClaimedKey, opus: AIModel
) -> None:
    for _ in range(3):
        assert asking().status == 204
    usage = Usage.objects.get()
    assert (usage.key, usage.ai_model, usage.requests) == (claimed.key, opus, 3)
    assert usage.day == datetime.now(UTC).date()
    seen = KeyActivity.objects.get(key=claimed.key)
    assert (seen.refusals, seen.last_refused_at) == (0, None)
    assert seen.last_used_at.second == seen.last_used_at.microsecond == 0


def test_refusals_of_a_revoked_key_are_counted_and_are_no_use(
    asking: Callable[[], Reply], claimed: ClaimedKey
) -> None:
    key_revocation.revoke(claimed.key, by=claimed.key.holder)
    for _ in range(2):
        assert asking().reason == "revoked-key"
    seen = KeyActivity.objects.get(key=claimed.key)
    assert (seen.refusals, seen.last_used_at) == (2, None)
    assert not Usage.objects.exists()


def test_calls_of_today_count_against_the_day_when_valkey_knows_nothing(
    asking: Callable[[], Reply], claimed: ClaimedKey, opus: AIModel
) -> None:
    Grant.objects.update(requests_per_day=5)
    Usage.objects.create(key=claimed.key, ai_model=opus, day=datetime.now(UTC).date(), requests=3)
    assert [asking().status for _ in range(3)] == [204, 204, 429]


class Failing:
    """A database that is away for the first writing."""

    def __init__(self) -> None:
        self.written: list[tuple[object, ...]] = []
        self.away = True

    async def write(self, *statements: tuple[LiteralString, tuple[object, ...]]) -> None:
        if self.away:
            raise OSError
        self.written += [parameters for _, parameters in statements]


def test_what_could_not_be_written_is_written_with_what_came_after() -> None:
    database = Failing()
    books = UsageCounter(database)

    async def write_twice() -> None:
        for database.away in (True, False, False):
            if not database.written:
                books.counts.count_allowed(call_cell(ROW, OPUS, NOW), NOW)
                books.counts.refuse(ROW, NOW)
            await books.write()

    asyncio.run(write_twice())
    usage, key_activity_rows = database.written
    assert usage[3] == [2]
    assert key_activity_rows[2] == [2]


def test_calls_are_written_every_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without that anybody asks for it; here the two seconds are shorter."""
    assert usage_counter.WRITE_INTERVAL_SECONDS == 2
    monkeypatch.setattr(usage_counter, "WRITE_INTERVAL_SECONDS", 0.01)
    database = Failing()
    database.away = False
    books = UsageCounter(database)

    async def run() -> None:
        books.start()
        for number in (1, 2):
            books.counts.count_allowed(call_cell(ROW, OPUS, NOW), NOW)
            while len(database.written) < 2 * number:
                await asyncio.sleep(0.01)
        await books.stop()

    asyncio.run(asyncio.wait_for(run(), 30))
    assert [each[3] for each in database.written[::2]] == [[1], [1]]
