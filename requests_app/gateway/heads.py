"""What uvicorn leaves open: how large the head of a call may grow, and how long it may take."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES = 65_536
LONGEST_SECONDS = 10.0
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class Bounded(HttpToolsProtocol):
    """Closes a connection whose head doesn't come to an end."""

    size = 0
    too_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # uvicorn knows the path once the head is whole.
        scope: Any = self.scope
        if scope is not None and "path" in scope:
            if self.too_late is not None:
                self._stop_waiting()
            self._rest_on()
            return
        self._wait()
        self.size += len(data)
        if self.size > MOST_BYTES and not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()

    def _rest_on(self) -> None:
        """What comes after an answer and begins no call: uvicorn stops its clock for that."""
        cycle: Any = self.cycle
        if cycle is not None and cycle.response_complete:
            rest = self.timeout_keep_alive
            self.timeout_keep_alive_task = self.loop.call_later(
                rest, self.timeout_keep_alive_handler
            )

    def _wait(self) -> None:
        if self.too_late is None:
            self.too_late = self.loop.call_later(LONGEST_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        self.size = 0
        if self.too_late is not None:
            self.too_late.cancel()
            self.too_late = None
