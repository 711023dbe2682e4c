"""The gateway check as a bare ASGI application: read the call, decide, answer."""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from asgiref.typing import (
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPScope,
    LifespanShutdownCompleteEvent,
    LifespanStartupCompleteEvent,
    Scope,
    WebSocketCloseEvent,
)

from requests_app import key_format
from requests_app.gateway.cache import Cache
from requests_app.gateway.decision import KeyRow, decide
from requests_app.gateway.http import request_bodies, request_headers, responses
from requests_app.gateway.http.problems import (
    CHECK_UNAVAILABLE,
    EXPIRED_KEY,
    MALFORMED_KEY,
    METHOD_NOT_ALLOWED,
    MISSING_KEY,
    NOT_FOUND,
    REVOKED_KEY,
    UNKNOWN_KEY,
    Problem,
)
from requests_app.gateway.http.request_headers import GatewayCall, QuickRead
from requests_app.gateway.http.responses import Answer, Messages
from requests_app.gateway.http.timeouts import MAX_RECEIVE_SECONDS, log, within
from requests_app.gateway.precomputed import SECOND, moment, prepare
from requests_app.gateway.rate_limiter import LimitRefusal, RateLimiter
from requests_app.gateway.usage_counter import UsageCounter, call_cell

CHECK, CHECK_BODY, HEALTH = "/gateway/check", "/gateway/check/body", "/gateway/health"
METHODS = {
    CHECK: ("GET", "HEAD", "POST"),
    CHECK_BODY: ("GET", "POST"),  # Traefik asks by GET, with the body
    HEALTH: ("GET", "HEAD"),
}
MAX_ANSWER_SECONDS = 2.5
BODY_SECONDS = MAX_RECEIVE_SECONDS  # the gateway in front has received it completely already
COUNTED_REFUSALS = (REVOKED_KEY, EXPIRED_KEY)

RawHeaders = Iterable[tuple[bytes, bytes]]


class Companion(Protocol):
    """A background task that runs beside the answers."""

    def start(self) -> None: ...
    async def stop(self) -> None: ...


class Gateway:
    """Answer `/gateway/check` and `/gateway/health`; when in doubt, refuse."""

    def __init__(
        self,
        cache: Cache,
        limiter: RateLimiter,
        books: UsageCounter,
        peppers: Mapping[int, bytes],
        site_url: str,
        listener: Companion | None = None,
    ) -> None:
        """Without a `listener` for revocations nothing is ever cached."""
        self.cache = cache
        self.companions = [part for part in (listener, limiter, books) if part is not None]
        self.limiter = limiter
        self.books = books
        self.bodies = request_bodies.BodyReader()
        self.peppers = peppers
        # Rows are cached under this digest, whichever pepper the key was stored with.
        self.digest = key_format.digester(peppers[max(peppers)])
        self.site_url = site_url
        self.clock = time.time_ns

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "http":
            start, end = self._fast_path(scope) or await self._reply(scope, receive)
            await send(start)
            await send(end)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send(WebSocketCloseEvent(type="websocket.close", code=1000, reason=None))

    async def _reply(self, scope: HTTPScope, receive: ASGIReceiveCallable) -> Messages:
        if scope["path"] == CHECK_BODY and scope["method"] in METHODS[CHECK_BODY]:
            if refused := await self._why_not_by_body(scope["headers"], receive):
                return responses.messages(refused, with_body=True)
            scope = {**scope, "path": CHECK}
            if messages := self._fast_path(scope):
                return messages
        return await self._answer(scope)

    async def _why_not_by_body(
        self, headers: RawHeaders, receive: ASGIReceiveCallable
    ) -> Answer | None:
        """Refuse by headers and limits before the body is read, and by the body after.

        Whether the call may pass is decided once the body has been read: an approval from before
        could be older than a revocation whose caller has been answered.
        """
        try:
            call = request_headers.read(headers)
            if isinstance(call, Problem):
                return self._refused(call)
            row = await within(MAX_ANSWER_SECONDS, self._row_with_room(call))
            if isinstance(row, Answer):
                return row
            request_bodies.check_headers(headers)
            return await within(BODY_SECONDS, self._read_body(call, row, receive))
        except request_bodies.BodyError as error:
            return responses.refused(error.problem, self.site_url, error.detail)
        except Exception as error:
            log(error)
            return self._refused(CHECK_UNAVAILABLE)

    async def _read_body(
        self, call: GatewayCall, row: KeyRow, receive: ASGIReceiveCallable
    ) -> Answer | None:
        """Compare the body's model with the gateway's; a refused body is charged like a call."""
        async with self.bodies.place(row.grant):
            # Again: bodies that were read meanwhile may have used the limit up.
            again = await within(MAX_ANSWER_SECONDS, self._row_with_room(call))
            if isinstance(again, Answer):
                return again
            passed = False
            try:
                await self.bodies.check_model(receive, call.model)
                passed = True
            finally:
                # Also when cancelled by the timeout: reading cost as much as a call.
                if not passed:
                    self.limiter.take(again, self.clock() // SECOND)
        return None

    async def _row_with_room(self, call: GatewayCall) -> Answer | KeyRow:
        """Return the key's row, or a refusal that needs no body; takes nothing from a limit."""
        if not key_format.has_prefix(call.key):
            return await self._answer_without_key(call)
        if not key_format.is_well_formed(call.key):
            return self._refused(MALFORMED_KEY)
        digests = key_format.digests(call.key, self.peppers)
        while True:
            row = await self.cache.key(digests)
            if answer := self._no_room(call, row):
                return answer
            assert row is not None
            if self.limiter.has_room(row, self.clock() // SECOND):
                return row
            await self.limiter.refill(row, self.clock() // SECOND)

    def _no_room(self, call: GatewayCall, row: KeyRow | None) -> Answer | None:
        if row is None:
            return self._refused(UNKNOWN_KEY)
        second = (now := self.clock()) // SECOND
        decision = decide(row, moment(now), call.model, call.operation, call.address)
        if isinstance(decision, Problem):
            return self._problem_answer(decision, row, second)
        if refusal := self.limiter.refusal(row, second):
            return responses.over_limit(refusal, self.site_url, second)
        return None

    def _fast_path(self, scope: HTTPScope) -> Messages | None:
        """Allow a call like an earlier one with the same cached key; None if it isn't one.

        Most calls end here, so it does only what can't be prepared. Anything else is left to
        `_answer`, which gives the same answers and is slower.
        """
        if scope["path"] != CHECK or scope["method"] not in METHODS[CHECK]:
            return None
        if (sent := request_headers.quick_read(scope["headers"])) is None:
            return None
        key, question = sent
        # No checksum: only keys that had the right one were ever looked up and cached.
        if len(key) != key_format.LENGTH:
            return None
        entry = self.cache.remembered(self.digest(key))
        if entry is None or (prepared := entry.recall(question)) is None:
            return None
        now = self.clock()
        if not prepared.since <= now < prepared.until:
            return None
        buckets = self.limiter.take_locally(prepared.windows, second := now // SECOND)
        if buckets is None:
            return None
        self.books.counts.count_allowed(prepared.call_cell, second)
        return responses.allowed_headers(prepared.headers, buckets, second)

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

    async def _answer(self, scope: HTTPScope) -> Messages:
        answer = await self._whole_answer(scope["method"], scope["path"], scope["headers"])
        # Already ASGI messages: an allowed call has no body, whatever the method.
        if not isinstance(answer, Answer):
            return answer
        return responses.messages(answer, with_body=scope["method"] != "HEAD")

    async def _whole_answer(self, method: str, path: str, headers: RawHeaders) -> Answer | Messages:
        if path not in METHODS:
            return responses.refused(NOT_FOUND, self.site_url)
        if method not in METHODS[path]:
            allow = (("allow", ", ".join(METHODS[path])),)
            return responses.refused(METHOD_NOT_ALLOWED, self.site_url, more=allow)
        try:
            if path == HEALTH:
                await within(MAX_ANSWER_SECONDS, self.cache.ping())
                return responses.HEALTHY
            call = request_headers.read(headers)
            if isinstance(call, Problem):
                return self._refused(call)
            if answer := self._from_cache(call, request_headers.quick_read(headers)):
                return answer
            return await within(MAX_ANSWER_SECONDS, self._look_up(call))
        except Exception as error:
            log(error)
            return self._refused(CHECK_UNAVAILABLE)

    def _from_cache(self, call: GatewayCall, sent: QuickRead | None) -> Answer | Messages | None:
        """Return the answer if neither database nor ledger is needed for it."""
        if not key_format.has_prefix(call.key):
            return None
        if not key_format.is_well_formed(call.key):
            return self._refused(MALFORMED_KEY)
        entry = self.cache.remembered(self.digest(call.key.encode()))
        if entry is None:
            return None
        if sent and entry.row and (prepared := prepare(entry.row, call, self.clock())):
            entry.keep(sent[1], prepared)
        return self._judge(call, entry.row)

    async def _look_up(self, call: GatewayCall) -> Answer | Messages:
        if not key_format.has_prefix(call.key):
            return await self._answer_without_key(call)
        digests = key_format.digests(call.key, self.peppers)
        while True:
            # Read again after each refill, which may have outlasted the row's time in the cache.
            row = await self.cache.key(digests)
            if answer := self._judge(call, row):
                return answer
            assert row is not None
            await self.limiter.refill(row, self.clock() // SECOND)

    def _judge(self, call: GatewayCall, row: KeyRow | None) -> Answer | Messages | None:
        """Decide and take a call from the limits; None if the ledger has to be asked first."""
        if row is None:
            return self._refused(UNKNOWN_KEY)
        now = self.clock()
        second = now // SECOND
        decision = decide(row, moment(now), call.model, call.operation, call.address)
        if isinstance(decision, Problem):
            return self._problem_answer(decision, row, second)
        outcome = self.limiter.take(row, second)
        if outcome is None:
            return None
        if isinstance(outcome, LimitRefusal):
            return responses.over_limit(outcome, self.site_url, second)
        self.books.counts.count_allowed(call_cell(row, call.model, second), second)
        return responses.allowed_headers(responses.allowed(decision, row), outcome, second)

    def _problem_answer(self, problem: Problem, row: KeyRow, second: int) -> Answer:
        if problem in COUNTED_REFUSALS:
            self.books.counts.refuse(row, second)
        return self._refused(problem)

    async def _answer_without_key(self, call: GatewayCall) -> Answer:
        model = await self.cache.retired(call.model, datetime.now(UTC).date())
        if model is not None:
            return responses.retired(model, self.site_url)
        return self._refused(MALFORMED_KEY if call.key else MISSING_KEY)

    def _refused(self, problem: Problem) -> Answer:
        return responses.refused(problem, self.site_url)
