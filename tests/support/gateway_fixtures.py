"""What the gateway's tests share: a key's row, a store in memory, and a way to ask in-process."""

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from requests_app import key_format
from requests_app.gateway.app import Gateway
from requests_app.gateway.cache import Cache
from requests_app.gateway.decision import KeyRow, RetiredModel
from requests_app.gateway.rate_limiter import RateLimiter
from requests_app.gateway.shared_ledger import LedgerUnavailable
from requests_app.gateway.usage_counter import UsageCounter
from tests.support.worker_processes import wait_until

OPUS = "claude-3-opus-20240229"
SITE = "https://emeritus.example"
PEPPERS = {1: b"\x01" * 32}
KEY = key_format.with_checksum("emk_" + "0" * 30)
OTHER_KEY = key_format.with_checksum("emk_" + "1" * 30)
BEARER, MODEL = ("authorization", f"Bearer {KEY}"), ("x-emeritus-model", OPUS)

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 6, 1, tzinfo=UTC)
ROW = KeyRow(
    key="key_1",
    key_state="active",
    expires_at=END,
    refused_from=None,
    grant="grant_1",
    grant_state="active",
    operations=["messages"],
    activated_at=START,
    ends_at=END,
    holder=7,
    in_good_standing=True,
    models={OPUS: None},
    key_id=1,
    model_ids={OPUS: 1},
)
RETIRED = RetiredModel(
    OPUS, "Claude API", date(2025, 6, 30), date(2026, 1, 5), "claude-opus-4-8", True
)
LIVE = datetime.now(UTC) + timedelta(days=1)


@dataclass
class MemoryStore:
    """A Store of one key and one retired model; `error` is raised at every look-up."""

    row: KeyRow
    gone: RetiredModel | None = RETIRED
    error: Exception | None = None
    asked: list[object] = field(default_factory=list)

    async def open(self) -> None: ...
    async def close(self) -> None: ...

    async def ping(self) -> None:
        if self.error:
            raise self.error

    async def key(self, digests: Sequence[bytes]) -> KeyRow | None:
        await self.ping()
        self.asked.append(digests)
        return self.row if key_format.digest(KEY, PEPPERS[1]) in digests else None

    async def retired(self, identifier: str, today: date) -> RetiredModel | None:
        await self.ping()
        return self.gone if self.gone and self.gone.identifier == identifier else None


@dataclass
class MemoryLedger:
    """What Valkey does, in memory; while it is `away` it can't be asked."""

    taken: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    away: bool = False
    asked: int = 0

    async def lease(
        self, name: str, holder: str, *, has: int, wants: int, limit: int, used: int, seconds: int
    ) -> tuple[int, int]:
        self.asked += 1
        if self.away:
            raise LedgerUnavailable
        everybody = self.taken[name]
        if holder not in everybody:
            everybody["past"] = max(0, everybody.get("past", used) - has)
        everybody[holder] = has
        left = max(0, limit - sum(everybody.values()))
        got = min(wants, left)
        everybody[holder] += got
        return got, left - got

    async def was_emptied(self) -> bool:
        return False

    def acknowledge_epoch(self) -> None: ...

    async def close(self) -> None: ...


class DiscardingDatabase:
    """A database that takes every count and keeps none."""

    async def write(self, *statements: object) -> None: ...


def in_memory(
    store: MemoryStore, ledger: MemoryLedger | None = None, kind: type[Gateway] = Gateway
) -> Gateway:
    limiter = RateLimiter(ledger or MemoryLedger(), processes=2)
    return kind(Cache(store), limiter, UsageCounter(DiscardingDatabase()), PEPPERS, SITE)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        members: dict[str, Any] = json.loads(self.body)
        return members

    @property
    def reason(self) -> str:
        return str(self.content.get("type", "")).rpartition("#")[2]


async def reply(
    gateway: Gateway,
    *headers: tuple[str, str],
    method: str = "GET",
    path: str = "/gateway/check",
) -> Reply:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope: Any = {"type": "http", "method": method, "path": path, "headers": raw}
    events: list[Any] = []

    async def send(event: Any) -> None:
        events.append(event)

    await gateway(scope, None, send)
    start, end = events
    decoded = {name.decode(): value.decode() for name, value in start["headers"]}
    assert len(decoded) == len(start["headers"])
    return Reply(start["status"], decoded, end["body"])


def ask(gateway: Gateway, *headers: tuple[str, str], **how: str) -> Reply:
    """One call, with the gateway opened and closed around it."""

    async def run() -> Reply:
        await gateway.open()
        try:
            return await reply(gateway, *headers, **how)
        finally:
            await gateway.close()

    return asyncio.run(run())


@contextmanager
def running(*gateways: Gateway) -> Iterator[Callable[..., list[Reply]]]:
    """Gateways that stay open in a thread and remember; gives what each of them replies."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def wait_for(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    try:
        for gateway in gateways:
            wait_for(gateway.open())
        wait_until(lambda: all(gateway.cache.trusted for gateway in gateways), what="trust")
        yield lambda *headers: [wait_for(reply(gateway, *headers)) for gateway in gateways]
    finally:
        for gateway in gateways:
            wait_for(gateway.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
