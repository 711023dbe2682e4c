"""Run a WSGI application under an ASGI server, so slow connections don't occupy threads.

The event loop reads bodies completely, and can wait for any number of them. Only then does one of a
few threads run Django, and the event loop sends its response.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote, unquote_to_bytes

from lifecycle.serving.rejected_requests import (
    DISK_FULL,
    FAILED,
    TOO_LARGE,
    TOO_MUCH,
    TOO_SLOW,
    RejectedRequest,
)
from lifecycle.serving.upload_budget import UploadBudget, UploadDeadline, UploadPace, sender_of

log = logging.getLogger(__name__)
Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Message], Any]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MAX_IN_MEMORY_BYTES = 65_536
CHUNK_BYTES = 65_536
SEND_SECONDS = 60.0  # for one chunk of an answer
TAKES_FILES = "/files/"  # how paths that accept large bodies end
UPLOAD_PACE = UploadPace()


class BufferedResponse:
    """The response of a WSGI application, kept until the client has received it."""

    def __init__(self) -> None:
        self.status, self.headers = 500, list[tuple[str, str]]()
        self.body = SpooledTemporaryFile(MAX_IN_MEMORY_BYTES)  # noqa: SIM115 - closed when sent

    def start(self, status: str, headers: list[tuple[str, str]], _: object = None) -> None:
        """WSGI's start_response (PEP 3333), without the unused write() callable."""
        self.status, self.headers = int(status.split(" ", 1)[0]), headers

    async def send(self, send: Send) -> None:
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        self.body.seek(0)
        while part := self.body.read(CHUNK_BYTES):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def rejection(refusal: RejectedRequest, environ: dict[str, Any]) -> BufferedResponse:
    answer = BufferedResponse()
    headers, body = refusal.answer(environ)
    answer.start(refusal.status_line, headers)
    answer.body.write(body)
    return answer


class ClientDisconnected(Exception):
    """The client left before its body was complete, or doesn't receive the response."""


class WaitingBody:
    """A request's body, which returns its share of the budget in any case."""

    open: Callable[[int], IO[bytes]] = SpooledTemporaryFile

    def __init__(self, budget: UploadBudget, sender: str, max_bytes: int) -> None:
        self.budget, self.sender, self.max_bytes = budget, sender, max_bytes
        self.file = self.open(MAX_IN_MEMORY_BYTES)
        self.received = self.held = 0

    def add(self, part: bytes) -> None:
        """Add a part. Raises RejectedRequest. Up to MAX_IN_MEMORY_BYTES it needs no budget."""
        self.received += len(part)
        if self.received > self.max_bytes:
            raise TOO_LARGE
        more = self.received - self.held if self.received > MAX_IN_MEMORY_BYTES else 0
        if not self.budget.take(self.sender, more):
            raise TOO_MUCH
        self.held += more
        with disk_errors_as_rejections():
            self.file.write(part)

    def rewind(self) -> IO[bytes]:
        with disk_errors_as_rejections():
            self.file.seek(0)
        return self.file

    def close(self) -> None:
        self.budget.give_back(self.sender, self.held)
        with suppress(OSError):  # closing flushes, which fails again on a full disk
            self.file.close()


@contextmanager
def disk_errors_as_rejections() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        log.warning("The body of a request could not be kept: %s.", error)
        raise DISK_FULL from None


class BufferingApplication:
    """The ASGI application around a WSGI one.

    Only URLs that accept files accept bodies over `max_form_bytes`.
    """

    def __init__(
        self,
        application: Application,
        *,
        threads: int,
        max_body_bytes: int,
        max_form_bytes: int | None = None,
        trusted_proxies: int = 0,
        pace: UploadPace = UPLOAD_PACE,
        send_seconds: float = SEND_SECONDS,
        max_waiting_bytes: int | None = None,
    ) -> None:
        self.application, self.pace, self.send_seconds = application, pace, send_seconds
        self.threads = ThreadPoolExecutor(threads, "site")
        self.max_body_bytes = max_body_bytes
        self.max_form_bytes = max_form_bytes or max_body_bytes
        self.trusted_proxies = trusted_proxies
        self.waiting = UploadBudget(max_body_bytes, max_waiting_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            with suppress(ClientDisconnected):
                await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await run_lifespan(receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        takes_files = environ["PATH_INFO"].endswith(TAKES_FILES)
        max_bytes = self.max_body_bytes if takes_files else self.max_form_bytes
        body = WaitingBody(self.waiting, sender_of(environ, self.trusted_proxies), max_bytes)
        try:
            # A body that declares too large a size isn't read; the site refuses it by that size.
            if int(environ.get("CONTENT_LENGTH") or 0) <= max_bytes:
                await self._take(receive, body)
                environ["CONTENT_LENGTH"] = str(body.received)
            environ["wsgi.input"] = body.rewind()
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self.threads, self._answer, environ)
        except RejectedRequest as refusal:
            answer = rejection(refusal, environ)
        finally:
            body.close()
        with answer.body:
            await answer.send(self._within_time(send))

    async def _take(self, receive: Receive, body: WaitingBody) -> None:
        """Read the whole body. Raises RejectedRequest or ClientDisconnected."""
        loop, more = asyncio.get_running_loop(), True
        deadline = UploadDeadline(self.pace, loop.time())
        while more:
            try:
                async with asyncio.timeout_at(deadline.at):
                    message = await receive()
            except TimeoutError:
                raise TOO_SLOW from None
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            part, more = message.get("body", b""), message.get("more_body", False)
            deadline.extend(len(part), loop.time())
            body.add(part)

    def _within_time(self, send: Send) -> Send:
        """Stop sending to a client that receives nothing for `send_seconds`."""

        async def send_or_leave(message: Message) -> None:
            try:
                async with asyncio.timeout(self.send_seconds):
                    await send(message)
            except TimeoutError:
                raise ClientDisconnected from None

        return send_or_leave

    def _answer(self, environ: dict[str, Any]) -> BufferedResponse:
        """Run the application in a thread, and answer failures that Django doesn't."""
        answer = BufferedResponse()
        try:
            parts = self.application(environ, answer.start)
            try:
                answer.body.writelines(parts)
            finally:
                getattr(parts, "close", lambda: None)()
        except Exception:
            log.exception("%s could not be answered.", environ["PATH_INFO"])
            with suppress(OSError):
                answer.body.close()
            return rejection(FAILED, environ)
        return answer


async def run_lifespan(receive: Receive, send: Send) -> None:
    """Acknowledge the server's start and end."""
    for part in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{part}.complete"})


def environ_of(scope: Scope) -> dict[str, Any]:
    """Return the WSGI environ (PEP 3333) of an ASGI scope.

    Headers with an underscore are left out, since they could pass for another header.
    """
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
