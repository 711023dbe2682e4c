"""Limit the size and the duration of request headers, which uvicorn leaves open.

The limits hold however the bytes arrive: in one write, one by one, or behind another call.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from requests_app.gateway.http.timeouts import MAX_RECEIVE_SECONDS

MAX_HEADER_BYTES = 65_536
MAX_HEADER_SECONDS = MAX_RECEIVE_SECONDS
# Larger data is parsed in slices, so that an endless head is noticed soon after MAX_HEADER_BYTES.
READ_CHUNK_BYTES = 4_096
POLL_SECONDS = 0.02  # while an answer to an earlier call is still to come
# Bytes of each line that the parser doesn't report: "GET  HTTP/1.1\r\n", ": \r\n", "\r\n".
AROUND_URL, AROUND_FIELD, AT_END = 12, 4, 2
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


# Where in a call the last byte was; plain integers, since this is compared often in each call.
BETWEEN, HEAD, BODY = range(3)


class BoundedHttpProtocol(HttpToolsProtocol):
    """Close connections whose head or body is too large or too slow."""

    part = BETWEEN
    size = 0
    begun = 0
    rest_until = 0.0
    refused = False
    too_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if len(data) <= READ_CHUNK_BYTES and not self.refused:
            self._read(data)
            return
        for start in range(0, len(data), READ_CHUNK_BYTES):
            if not (self.refused or self.transport.is_closing()):
                self._read(data[start : start + READ_CHUNK_BYTES])

    def _read(self, data: bytes) -> None:
        before, self.begun = self.part, 0
        if self.timeout_keep_alive_task is not None:
            self.rest_until = self.timeout_keep_alive_task.when()
        HttpToolsProtocol.data_received(self, data)
        if self.part != BETWEEN:
            self._bound(before, len(data))
        elif self.cycle is not None:
            if self.too_late is not None:
                self._stop_waiting()
            if not self.begun:
                self._rest_on()

    def _bound(self, before: int, size: int) -> None:
        """Limit a call that isn't complete yet."""
        if self.part == BODY and before != BODY:
            self._stop_waiting()
        self._wait()
        # The parser doesn't report where in this slice a head began behind another call.
        if self.part == HEAD and (not self.begun or (self.begun == 1 and before == BETWEEN)):
            self.size += size
            if self.size > MAX_HEADER_BYTES:
                self._refuse()

    def on_message_begin(self) -> None:
        HttpToolsProtocol.on_message_begin(self)
        self.part, self.size, self.begun = HEAD, 0, self.begun + 1

    def on_headers_complete(self) -> None:
        self.part = BODY
        if self.size and self._whole_size() > MAX_HEADER_BYTES:
            self._refuse()
        else:
            HttpToolsProtocol.on_headers_complete(self)

    def on_message_complete(self) -> None:
        self.part = BETWEEN
        if not self.refused:
            HttpToolsProtocol.on_message_complete(self)

    def on_body(self, body: bytes) -> None:
        if not self.refused:
            super().on_body(body)

    def _whole_size(self) -> int:
        """Return the size of a complete head, exact apart from spaces around values."""
        fields = sum(len(name) + len(value) + AROUND_FIELD for name, value in self.headers)
        method = len(self.parser.get_method())
        return method + len(self.url) + AROUND_URL + fields + AT_END

    def _refuse(self) -> None:
        """Refuse the call once earlier ones are answered, and read nothing more."""
        if not self.refused:
            self.refused = True
            self._send_refusal()

    def _has_answered(self) -> bool:
        cycle: Any = self.cycle
        return cycle is None or cycle.response_complete

    def _send_refusal(self) -> None:
        if not self._has_answered():
            self.loop.call_later(POLL_SECONDS, self._send_refusal)
        elif not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()

    def _rest_on(self) -> None:
        """Restart uvicorn's keep-alive timer, which bytes that begin no call have stopped."""
        if self._has_answered() and not self.transport.is_closing():
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_at(
                self.rest_until, self.timeout_keep_alive_handler
            )

    def _wait(self) -> None:
        if self.too_late is None:
            self.too_late = self.loop.call_later(MAX_HEADER_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self.too_late is not None:
            self.too_late.cancel()
            self.too_late = None
