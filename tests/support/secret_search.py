"""Looks for a secret, and for parts of it, in everything that was written somewhere."""

import base64
import binascii
import email
import email.policy
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import psycopg
import redis
from django.conf import settings
from django.contrib.sessions.models import Session
from psycopg import sql

from tests.support.worker_processes import database_under_test, wait_until

PART = 12  # characters of a secret that nothing else has in a row by chance
ENCODED = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")

Written = tuple[str, bytes]


def found(secret: str, written: Iterable[Written]) -> list[str]:
    """The places in which `secret`, or any twelve characters of it in a row, can be read."""
    parts = [secret[at : at + PART].encode() for at in range(len(secret) - PART + 1)]
    needles = parts + [part.hex().encode() for part in parts]
    return [
        place
        for place, text in written
        if any(needle in form for form in readings(text) for needle in needles)
    ]


def readings(text: bytes) -> Iterator[bytes]:
    """As it stands, and what each piece of base64 in it says."""
    yield text
    for piece in ENCODED.findall(text):
        padded = piece.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
        try:
            yield base64.b64decode(padded + b"=" * (-len(padded) % 4))
        except binascii.Error:
            continue  # it only looked like it


def database() -> Iterator[Written]:
    """Every row of every table, as COPY writes it; and what the signed sessions hold."""
    with psycopg.connect(database_under_test()) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            query = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
            with connection.cursor().copy(query) as copy:
                yield f"table {table}", b"".join(bytes(chunk) for chunk in copy)
    for session in Session.objects.all():
        yield "session", str(session.get_decoded()).encode()


def files(*paths: Path) -> Iterator[Written]:
    for path in paths:
        yield f"file {path.name}", path.read_bytes()


def mails(messages: Iterable[str]) -> Iterator[Written]:
    """The headers and every part, decoded."""
    for text in messages:
        message = email.message_from_string(text, policy=email.policy.default)
        for part in message.walk():
            payload = part.get_payload(decode=True)
            body = payload if isinstance(payload, bytes) else b""
            yield "mail", str(part.items()).encode() + b"\n" + body


def valkey() -> Iterator[Written]:
    """What is in it now, under every key."""
    server: Any = redis.Redis.from_url(settings.REDIS_URL)
    read = {
        b"string": server.get,
        b"hash": server.hgetall,
        b"set": server.smembers,
        b"list": lambda key: server.lrange(key, 0, -1),
        b"zset": lambda key: server.zrange(key, 0, -1),
        b"none": lambda key: b"",  # taken away since its name was read
    }
    for key in server.scan_iter():
        yield "valkey", key + b"\n" + as_bytes(read[server.type(key)](key))


def as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    pieces = value.items() if isinstance(value, dict) else value or ()
    return b"\n".join(as_bytes(piece) for piece in pieces)


class Overheard:
    """Every command that Valkey was sent while this ran: messages too, which nobody keeps."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self._server = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=None)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def _listen(self) -> None:
        with self._server.monitor() as monitor:  # type: ignore[no-untyped-call]  # no types there
            while not self._over.is_set():
                self.commands.append(monitor.next_command()["command"])

    def __enter__(self) -> Self:
        self._thread.start()
        speak = lambda: self._server.ping() and self.commands  # noqa: E731
        wait_until(speak, what="Valkey's monitor")
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._server.ping()  # one last command, so that it stops waiting
        self._thread.join(10)

    def written(self) -> Iterator[Written]:
        yield "valkey's commands", "\n".join(self.commands).encode()
