"""What runs beside the answers goes on, whatever it hears and whatever goes wrong."""

import asyncio
from typing import Any

import pytest

from requests_app.gateway.invalidation import Listener
from requests_app.gateway.rate_limiter import RateLimiter
from requests_app.gateway.usage_counter import UsageCounter
from tests.support.gateway_fixtures import ROW, MemoryLedger


class Forgetful:
    forgotten = 0

    def forget(self) -> None:
        self.forgotten += 1


class Message:
    def __init__(self, payload: str) -> None:
        self.payload = payload


class Connection:
    """Gives these payloads."""

    def __init__(self, *payloads: str) -> None:
        self.payloads = payloads

    async def notifies(self, **how: object) -> Any:
        for payload in self.payloads:
            yield Message(payload)


@pytest.mark.parametrize("odd", ["hello", "-1", "1.5", "٣", " 7", "9" * 40, "1_000"])
def test_a_message_that_is_no_number_changes_nothing(odd: str) -> None:
    cache: Any = Forgetful()
    listener = Listener("", cache)
    connection: Any = Connection("3", odd, "")
    asyncio.run(listener._hear(connection))
    assert (listener._heard, cache.forgotten) == (3, 1)


def test_listening_goes_on_after_any_error(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    async def listen(self: Listener) -> None:
        tries.append(1)
        raise ZeroDivisionError

    async def run() -> None:
        listener.start()
        await asyncio.sleep(0.05)
        await listener.stop()

    monkeypatch.setattr(Listener, "_listen", listen)
    monkeypatch.setattr("requests_app.gateway.invalidation.RETRY_SECONDS", 0.001)
    cache: Any = Forgetful()
    listener = Listener("", cache)
    asyncio.run(run())
    assert len(tries) > 1


def test_reports_go_on_after_any_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests_app.gateway.rate_limiter.RETRY_SECONDS", 0.001)
    ledger = MemoryLedger()
    limiter, tries = RateLimiter(ledger, processes=1), []

    async def broken() -> bool:
        tries.append(1)
        raise ZeroDivisionError

    ledger.was_emptied = broken  # type: ignore[method-assign]

    async def run() -> None:
        limiter.start()
        await asyncio.sleep(0.05)
        await limiter.stop()

    asyncio.run(run())
    assert len(tries) > 1


def test_counts_are_kept_after_any_error() -> None:
    class Broken:
        async def write(self, *statements: object) -> None:
            raise ZeroDivisionError

    counter = UsageCounter(Broken())
    counter.counts.refuse(ROW, 60)
    asyncio.run(counter.write())
    assert counter.counts
