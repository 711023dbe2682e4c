"""What uvicorn leaves open: how large the head of a call may grow, and how long it may take.

What is promised holds however the bytes arrive: in one write, one by one, behind another call.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from requests_app.gateway.http.timeouts import MAX_RECEIVE_SECONDS

MAX_HEADER_BYTES = 65_536
MAX_HEADER_SECONDS = MAX_RECEIVE_SECONDS
# More isn't parsed at once, so that of a head that never ends little more than MAX_HEADER_BYTES is.
READ_CHUNK_BYTES = 4_096
POLL_SECONDS = 0.02  # while an answer to an earlier call is still to come
# Of a line, beside what the parser says of it: "GET  HTTP/1.1\r\n", ": \r\n", "\r\n".
AROUND_URL, AROUND_FIELD, AT_END = 12, 4, 2
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


# Where in a call the last byte was; plain numbers, since each call asks several times.
BETWEEN, HEAD, BODY = range(3)


class BoundedHttpProtocol(HttpToolsProtocol):
    """Closes a connection whose head, or the body behind it, doesn't come to an end."""

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
        """A call that isn't whole yet."""
        if self.part == BODY and before != BODY:
            self._stop_waiting()
        self._wait()
        # Where in this slice a head began behind another call, the parser doesn't say.
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
        """Of a head that is complete, to the byte but for blanks around values."""
        fields = sum(len(name) + len(value) + AROUND_FIELD for name, value in self.headers)
        method = len(self.parser.get_method())
        return method + len(self.url) + AROUND_URL + fields + AT_END

    def _refuse(self) -> None:
        """Once what came before is answered; nothing more is read."""
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
        """What comes after an answer and begins no call: uvicorn stops its clock for that."""
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
