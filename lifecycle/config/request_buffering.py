"""Runs a WSGI application under an ASGI server: nobody's slow line holds one of its threads.

Bodies are taken in whole by the event loop, which can wait for any number of them; only then does
one of a few threads run Django, and what it answers is sent by the event loop again.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes

log = logging.getLogger(__name__)
Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Message], Any]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MAX_IN_MEMORY_BYTES = 65_536
CHUNK_BYTES = 65_536


class UploadPace(NamedTuple):
    """How slowly a body may come: 10 MB in half an hour, on the slowest line there is."""

    grace_seconds: float = 10
    bytes_per_second: int = 4096
    max_seconds: float = 1800

    def deadline(self, received: int) -> float:
        """Seconds after the start by which more has to come."""
        return min(self.grace_seconds + received / self.bytes_per_second, self.max_seconds)


UPLOAD_PACE = UploadPace()


class BufferedResponse:
    """What a WSGI application says, kept until the client has taken it."""

    def __init__(self) -> None:
        self.status, self.headers = 500, list[tuple[str, str]]()
        self.body = SpooledTemporaryFile(MAX_IN_MEMORY_BYTES)  # noqa: SIM115 - closed when sent

    def start(self, status: str, headers: list[tuple[str, str]], _: object = None) -> None:
        """WSGI's start_response (PEP 3333), without the callable that nothing uses."""
        self.status, self.headers = int(status.split(" ", 1)[0]), headers

    async def send(self, send: Send) -> None:
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        self.body.seek(0)
        while part := self.body.read(CHUNK_BYTES):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class RejectedRequest(Exception):
    """A body that isn't taken: the status, and what to say."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        self.status, self.sentence = status, sentence

    def answer(self) -> "BufferedResponse":
        answer = BufferedResponse()
        sentence = self.sentence.encode()
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(sentence))),
            ("Connection", "close"),
        ]
        answer.start(f"{self.status.value} {self.status.phrase}", headers)
        answer.body.write(sentence)
        return answer


TOO_SLOW = RejectedRequest(
    HTTPStatus.REQUEST_TIMEOUT, "Your data came too slowly. Try again on a faster connection.\n"
)
TOO_LARGE = RejectedRequest(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is too large. Nothing was saved.\n"
)
TOO_MUCH = RejectedRequest(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Too many files are being sent at once. Try again in a minute.\n",
)
FAILED = RejectedRequest(
    HTTPStatus.INTERNAL_SERVER_ERROR, "Something failed here. Try again later.\n"
)


class ClientDisconnected(Exception):
    """The client left before its body was here."""


class BufferingApplication:
    """The ASGI application around a WSGI one."""

    def __init__(
        self,
        application: Application,
        *,
        threads: int,
        max_body_bytes: int,
        pace: UploadPace = UPLOAD_PACE,
        max_waiting_bytes: int = 128 * 1024**2,
    ) -> None:
        self.application, self.pace = application, pace
        self.threads = ThreadPoolExecutor(threads, "site")
        self.max_body_bytes, self.max_waiting_bytes = max_body_bytes, max_waiting_bytes
        self.waiting_bytes = 0  # of all bodies that aren't here in whole, or wait for a thread

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            with suppress(ClientDisconnected):
                await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await run_lifespan(receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        body = SpooledTemporaryFile(MAX_IN_MEMORY_BYTES)  # noqa: SIM115 - closed below
        try:
            if int(environ.get("CONTENT_LENGTH") or 0) <= self.max_body_bytes:
                await self._take(receive, body)
                environ["CONTENT_LENGTH"] = str(body.tell())
            body.seek(0)
            environ["wsgi.input"] = body
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self.threads, self._answer, environ)
        except RejectedRequest as refusal:
            answer = refusal.answer()
        finally:
            self._let_go(body)
        with answer.body:
            await answer.send(send)

    async def _take(self, receive: Receive, body: IO[bytes]) -> None:
        """All of the body into `body`. Raises Refused, and Gone."""
        loop, more = asyncio.get_running_loop(), True
        started, received = loop.time(), 0
        while more:
            try:
                async with asyncio.timeout_at(started + self.pace.deadline(received)):
                    message = await receive()
            except TimeoutError:
                raise TOO_SLOW from None
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            part, more = message.get("body", b""), message.get("more_body", False)
            received += len(part)
            if received > self.max_body_bytes:
                raise TOO_LARGE
            self._hold(body, part)

    def _hold(self, body: IO[bytes], part: bytes) -> None:
        if self.waiting_bytes + len(part) > self.max_waiting_bytes:
            raise TOO_MUCH
        body.write(part)
        self.waiting_bytes += len(part)

    def _let_go(self, body: IO[bytes]) -> None:
        self.waiting_bytes -= body.seek(0, 2)
        body.close()

    def _answer(self, environ: dict[str, Any]) -> BufferedResponse:
        """In a thread. Django answers its own failures; others are told here."""
        answer = BufferedResponse()
        try:
            parts = self.application(environ, answer.start)
            try:
                answer.body.writelines(parts)
            finally:
                getattr(parts, "close", lambda: None)()
        except Exception:
            log.exception("%s could not be answered.", environ["PATH_INFO"])
            answer.body.close()
            return FAILED.answer()
        return answer


async def run_lifespan(receive: Receive, send: Send) -> None:
    """The server's start and end: there is nothing to do."""
    for part in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{part}.complete"})


def environ_of(scope: Scope) -> dict[str, Any]:
    """WSGI's (PEP 3333), of an ASGI scope. Names with an underscore are left out: they could pass
    for another header."""
    path = unquote_to_bytes(scope.get("raw_path") or quote(scope["path"]))
    host, port = scope.get("server") or ("localhost", 80)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 80),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("", 0))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        add_header(environ, name.decode("latin-1"), value.decode("latin-1"))
    return environ


def add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if "_" in name:
        return
    key = name.upper().replace("-", "_")
    key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
    if key in environ:
        value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
    environ[key] = value
