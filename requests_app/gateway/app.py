"""The gateway check as a bare ASGI application; it asks, decides in `check`, and answers."""

import asyncio
import logging
import traceback
from collections.abc import Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeVar

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
from requests_app.gateway.check import Allowed, Store, decide
from requests_app.gateway.presented import Call
from requests_app.gateway.problems import (
    CHECK_UNAVAILABLE,
    MALFORMED_KEY,
    MISSING_KEY,
    UNKNOWN_KEY,
    Problem,
)
from requests_app.gateway.store import Postgres

METHODS = {"/gateway/check": ("GET", "HEAD", "POST"), "/gateway/health": ("GET", "HEAD")}
LONGEST_SECONDS = 2.5

Headers = Iterable[tuple[bytes, bytes]]
T = TypeVar("T")
logger = logging.getLogger(__name__)


class Gateway:
    """Answers `/gateway/check` and `/gateway/health`. In doubt, no."""

    def __init__(self, store: Store, peppers: Mapping[int, bytes], site_url: str) -> None:
        self.store = store
        self.peppers = peppers
        self.site_url = site_url

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            answer = await self._answer(scope["method"], scope["path"], scope["headers"])
            await _send(send, answer, with_body=scope["method"] != "HEAD")
        else:
            await send(WebSocketCloseEvent(type="websocket.close", code=1000, reason=None))

    async def _live(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            await self.store.open()
            await send(LifespanStartupCompleteEvent(type="lifespan.startup.complete"))
        await self.store.close()
        await send(LifespanShutdownCompleteEvent(type="lifespan.shutdown.complete"))

    async def _answer(self, method: str, path: str, headers: Headers) -> Answer:
        if path not in METHODS:
            return answers.plain(HTTPStatus.NOT_FOUND)
        if method not in METHODS[path]:
            allow = ("allow", ", ".join(METHODS[path]))
            return answers.plain(HTTPStatus.METHOD_NOT_ALLOWED, allow)
        work = self._check(headers) if path == "/gateway/check" else self._health()
        try:
            return await _within(LONGEST_SECONDS, work)
        except Exception as error:
            _log(error)
            return self._refused(CHECK_UNAVAILABLE)

    async def _health(self) -> Answer:
        await self.store.ping()
        return answers.HEALTHY

    async def _check(self, headers: Headers) -> Answer:
        call = presented.read(headers)
        if isinstance(call, Problem):
            return self._refused(call)
        if not key_format.has_prefix(call.key):
            return await self._without_key(call)
        decision = await self._decide(call)
        if isinstance(decision, Allowed):
            return answers.allowed(decision)
        return self._refused(decision)

    async def _decide(self, call: Call) -> Allowed | Problem:
        if not key_format.is_well_formed(call.key):
            return MALFORMED_KEY
        row = await self.store.key(key_format.digests(call.key, self.peppers))
        if row is None:
            return UNKNOWN_KEY
        # Taken after the look-up: the end may pass while the database is slow.
        return decide(row, datetime.now(UTC), call.model, call.operation)

    async def _without_key(self, call: Call) -> Answer:
        model = await self.store.retired(call.model, datetime.now(UTC).date())
        if model is not None:
            return answers.retired(model, self.site_url)
        return self._refused(MALFORMED_KEY if call.key else MISSING_KEY)

    def _refused(self, problem: Problem) -> Answer:
        return answers.refused(problem, self.site_url)


def build(database_url: str, peppers: Mapping[int, bytes], site_url: str) -> Gateway:
    return Gateway(Postgres(database_url), peppers, site_url.rstrip("/"))


def __getattr__(name: str) -> Gateway:
    """`application` is made when a server asks for it, so that importing this reads no setting."""
    if name != "application":
        raise AttributeError(name)
    env.ensure_services()
    return build(env.database_url(), env.peppers(), env.site_url())


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
