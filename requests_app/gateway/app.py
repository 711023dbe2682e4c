"""The gateway check as a bare ASGI application; it asks, decides in `check`, and answers."""

import asyncio
import logging
import time
import traceback
from collections.abc import Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Protocol, TypeVar

from asgiref.typing import (
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    LifespanShutdownCompleteEvent,
    LifespanStartupCompleteEvent,
    Scope,
    WebSocketCloseEvent,
)

from lifecycle.config import env
from requests_app.gateway import answers, key_format, presented
from requests_app.gateway.answers import Answer
from requests_app.gateway.cache import Cache
from requests_app.gateway.check import KeyRow, decide
from requests_app.gateway.clearing import Listener
from requests_app.gateway.counting import Bookkeeper
from requests_app.gateway.ledger import Nowhere, Valkey
from requests_app.gateway.limits import Limiter, Refused
from requests_app.gateway.pool import Pool
from requests_app.gateway.presented import Call
from requests_app.gateway.problems import (
    CHECK_UNAVAILABLE,
    EXPIRED_KEY,
    MALFORMED_KEY,
    MISSING_KEY,
    REVOKED_KEY,
    UNKNOWN_KEY,
    Problem,
)
from requests_app.gateway.store import Postgres

METHODS = {"/gateway/check": ("GET", "HEAD", "POST"), "/gateway/health": ("GET", "HEAD")}
LONGEST_SECONDS = 2.5
WORTH_COUNTING = (REVOKED_KEY, EXPIRED_KEY)

Headers = Iterable[tuple[bytes, bytes]]
T = TypeVar("T")
logger = logging.getLogger(__name__)


class Companion(Protocol):
    """What runs beside the answers."""

    def start(self) -> None: ...
    async def stop(self) -> None: ...


class Gateway:
    """Answers `/gateway/check` and `/gateway/health`. In doubt, no."""

    def __init__(
        self,
        cache: Cache,
        limiter: Limiter,
        books: Bookkeeper,
        peppers: Mapping[int, bytes],
        site_url: str,
        listener: Companion | None = None,
    ) -> None:
        """Without a `listener` the cache is never trusted."""
        self.cache = cache
        self.companions = [part for part in (listener, limiter, books) if part is not None]
        self.limiter = limiter
        self.books = books
        self.peppers = peppers
        self.site_url = site_url
        self.clock = time.time

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "http":
            answer = await self._answer(scope["method"], scope["path"], scope["headers"])
            await _send(send, answer, with_body=scope["method"] != "HEAD")
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send(WebSocketCloseEvent(type="websocket.close", code=1000, reason=None))

    async def _live(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            await self.open()
            await send(LifespanStartupCompleteEvent(type="lifespan.startup.complete"))
        await self.close()
        await send(LifespanShutdownCompleteEvent(type="lifespan.shutdown.complete"))

    async def open(self) -> None:
        await self.cache.open()
        for companion in self.companions:
            companion.start()

    async def close(self) -> None:
        for companion in self.companions:
            await companion.stop()
        await self.cache.close()

    async def _answer(self, method: str, path: str, headers: Headers) -> Answer:
        if path not in METHODS:
            return answers.plain(HTTPStatus.NOT_FOUND)
        if method not in METHODS[path]:
            allow = ("allow", ", ".join(METHODS[path]))
            return answers.plain(HTTPStatus.METHOD_NOT_ALLOWED, allow)
        try:
            if path == "/gateway/health":
                return await _within(LONGEST_SECONDS, self._health())
            call = presented.read(headers)
            if isinstance(call, Problem):
                return self._refused(call)
            if answer := self._at_once(call):
                return answer
            return await _within(LONGEST_SECONDS, self._ask(call))
        except Exception as error:
            _log(error)
            return self._refused(CHECK_UNAVAILABLE)

    async def _health(self) -> Answer:
        await self.cache.ping()
        return answers.HEALTHY

    def _at_once(self, call: Call) -> Answer | None:
        """The answer, where nobody has to be asked for it."""
        if not key_format.has_prefix(call.key):
            return None
        if not key_format.is_well_formed(call.key):
            return self._refused(MALFORMED_KEY)
        _, digest = key_format.newest_digest(call.key, self.peppers)
        entry = self.cache.remembered(digest)
        return None if entry is None else self._judge(call, entry.row)

    async def _ask(self, call: Call) -> Answer:
        if not key_format.has_prefix(call.key):
            return await self._without_key(call)
        digests = key_format.digests(call.key, self.peppers)
        while True:
            # Again after each refill, which may have taken longer than a row may be used.
            row = await self.cache.key(digests)
            if answer := self._judge(call, row):
                return answer
            assert row is not None
            await self.limiter.refill(row, self.clock())

    def _judge(self, call: Call, row: KeyRow | None) -> Answer | None:
        """None when a limit has to be asked for first."""
        if row is None:
            return self._refused(UNKNOWN_KEY)
        now = self.clock()
        moment = datetime.fromtimestamp(now, UTC)
        decision = decide(row, moment, call.model, call.operation, call.address)
        if isinstance(decision, Problem):
            if decision in WORTH_COUNTING:
                self.books.counts.refuse(row, now)
            return self._refused(decision)
        outcome = self.limiter.take(row, now)
        if outcome is None:
            return None
        if isinstance(outcome, Refused):
            return answers.over_limit(outcome, self.site_url, now)
        self.books.counts.let_through(row, call.model, now)
        return answers.allowed(decision, row, outcome, now)

    async def _without_key(self, call: Call) -> Answer:
        model = await self.cache.retired(call.model, datetime.now(UTC).date())
        if model is not None:
            return answers.retired(model, self.site_url)
        return self._refused(MALFORMED_KEY if call.key else MISSING_KEY)

    def _refused(self, problem: Problem) -> Answer:
        return answers.refused(problem, self.site_url)


def build(
    database_url: str,
    peppers: Mapping[int, bytes],
    site_url: str,
    valkey_url: str = "",
    processes: int = 1,
) -> Gateway:
    """Without `valkey_url`, a process goes by its own share of each limit."""
    pool = Pool(database_url)
    cache = Cache(Postgres(pool))
    listener = Listener(database_url, cache)
    limiter = Limiter(Valkey(valkey_url) if valkey_url else Nowhere(), processes)
    books = Bookkeeper(pool)
    return Gateway(cache, limiter, books, peppers, site_url.rstrip("/"), listener)


def __getattr__(name: str) -> Gateway:
    """`application` is made when a server asks for it, so that importing this reads no setting."""
    if name != "application":
        raise AttributeError(name)
    env.ensure_services()
    return build(
        env.database_url(),
        env.peppers(),
        env.site_url(),
        env.redis_url(),
        env.gateway_processes(),
    )


async def _within(seconds: float, work: Coroutine[None, None, T]) -> T:
    """The result of `work`, or TimeoutError.

    Unlike asyncio.timeout it doesn't wait for what it cancels: a connection to a frozen database
    would drag that out.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            raise TimeoutError
        return task.result()
    finally:
        task.cancel()


def _log(error: Exception) -> None:
    """Where it happened, and never the values, among which may be a key."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("The check could not be made: %s\n%s", type(error).__name__, frames)


async def _send(send: ASGISendCallable, answer: Answer, *, with_body: bool) -> None:
    headers = list(answer.headers)
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append(("content-length", str(len(answer.body))))
    await send(
        HTTPResponseStartEvent(
            type="http.response.start",
            status=answer.status,
            headers=[(name.encode(), value.encode()) for name, value in headers],
            trailers=False,
        )
    )
    body = answer.body if with_body else b""
    await send(HTTPResponseBodyEvent(type="http.response.body", body=body, more_body=False))
