"""A wire to PostgreSQL that can be cut, one way or both, without either end hearing of it."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import quote

from django.db import connection

from tests.support.worker_processes import free_port


class FaultyConnection:
    """Forwards connections. While `cut`, nothing of those that name `who` at the start passes."""

    def __init__(self, who: bytes) -> None:
        self.port = free_port()
        self.cut = threading.Event()
        self.who = who
        self._ways: list[tuple[threading.Event, threading.Event]] = []
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self._ends: list[socket.socket] = [self._listening]

    @property
    def url(self) -> str:
        at = connection.settings_dict
        user, password = quote(at["USER"]), quote(at["PASSWORD"] or "")
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{at['NAME']}"

    def serve(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def close(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def freeze(self, *, forth: bool, back: bool) -> None:
        """From now on, nothing of the present connections passes to PostgreSQL, or back from it."""
        for to_server, to_client in self._ways:
            if forth:
                to_server.set()
            if back:
                to_client.set()

    def _connect(self, client: socket.socket) -> None:
        server = _server()
        self._ends += [client, server]
        start = client.recv(65536)
        # It asks for encryption first, and is told that there is none.
        if start[4:8] in (b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"):
            client.sendall(b"N")
            start = client.recv(65536)
        cuts: list[list[threading.Event]] = [[], []]
        if self.who in start:
            own = threading.Event(), threading.Event()
            self._ways.append(own)
            cuts = [[self.cut, way] for way in own]
        server.sendall(start)
        for way in ((client, server, cuts[0]), (server, client, cuts[1])):
            threading.Thread(target=_pump, args=way, daemon=True).start()


def _pump(here: socket.socket, there: socket.socket, cuts: Sequence[threading.Event]) -> None:
    with suppress(OSError):
        while data := here.recv(65536):
            if not any(cut.is_set() for cut in cuts):
                there.sendall(data)
    if not any(cut.is_set() for cut in cuts):
        with suppress(OSError):
            there.shutdown(socket.SHUT_RDWR)


def _server() -> socket.socket:
    at = connection.settings_dict
    if at["HOST"].startswith("/"):
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{at['HOST']}/.s.PGSQL.{at['PORT'] or 5432}")
        return server
    return socket.create_connection((at["HOST"], int(at["PORT"] or 5432)))


@contextmanager
def faulty_connection(who: bytes) -> Iterator[FaultyConnection]:
    wire = FaultyConnection(who)
    threading.Thread(target=wire.serve, daemon=True).start()
    try:
        yield wire
    finally:
        wire.close()
