"""Real processes for tests: a Celery worker with beat on the test database, and a mail server."""

import asyncio
import base64
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connection

from lifecycle.embedded import embedded
from tests.support.forked_programs import Program


def wait_until(
    condition: Callable[[], object], seconds: float = 120, what: str = "it", pause: float = 0.02
) -> None:
    """Poll until `condition()` is true; fail with `what` when it never is, however busy."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(pause)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_under_test() -> str:
    at = connection.settings_dict
    user, password = quote(at["USER"]), quote(at["PASSWORD"] or "")
    host = quote(at["HOST"], safe="") + (f":{at['PORT']}" if at["PORT"] else "")
    return f"postgresql://{user}{':' if password else ''}{password}@{host}/{at['NAME']}"


def environment(**more: str) -> dict[str, str]:
    """What a process needs to work on the test's database and broker."""
    peppers = ",".join(
        f"{number}:{base64.b64encode(pepper).decode()}"
        for number, pepper in settings.KEY_PEPPERS.items()
    )
    return {
        **os.environ,
        "DATABASE_URL": database_under_test(),
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "KEY_PEPPERS": peppers,
        "TMPDIR": str(embedded.var()),
        **more,
    }


@contextmanager
def process(*command: str, log: Path, **more: str) -> Iterator[Program]:
    """A process of ours in a group of its own; killed with all its children in the end."""
    running = Program(command, environment(**more), log)
    try:
        yield running
    finally:
        kill(running)


def kill(running: Program | subprocess.Popen[bytes]) -> None:
    """SIGKILL to the process and all its children."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.kill()  # it may have no group of its own yet
    running.wait()


@contextmanager
def worker(folder: Path, **more: str) -> Iterator[Program]:
    """A worker with beat, sweeping every second."""
    command = ("celery", "-A", "lifecycle.config.celery", "worker", "-B", "-c2")
    schedule = f"--schedule={folder / 'beat'}"
    log = folder / "worker.log"
    with process(*command, schedule, log=log, SWEEP_SECONDS="1", **more) as running:
        wait_until(lambda: b" ready." in log.read_bytes(), what=f"the worker, see {log}")
        yield running


def kill_with_mails_in_hand(
    running: Program, mailbox: "Mailbox", act: Callable[[], object], mails: int
) -> None:
    """Kill a worker once it is handing over so many mails of `act`, none of which is taken.

    With nothing else to send, all that the server took before is marked as sent by then.
    """
    begun = mailbox.started
    mailbox.held.set()
    act()
    wait_until(lambda: mailbox.started >= begun + mails, what="mails in hand")
    kill(running)
    mailbox.held.clear()


class Mailbox:
    """A mail server on a free port. While `held`, it takes no message to its end."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.started = 0
        self.held = threading.Event()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.started += 1
        if self.held.is_set():
            while self.held.is_set():  # the client is killed meanwhile
                await asyncio.sleep(0.02)
            return "451 not taken"
        content = envelope.content
        assert isinstance(content, bytes)
        self.messages.append(content.decode())
        return "250 OK"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> "Mailbox":
        self._controller.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._controller.stop()
