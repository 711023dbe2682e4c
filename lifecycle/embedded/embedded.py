"""Start, share and stop the private PostgreSQL and Valkey of the demo and the tests.

Kernel locks record who uses them, so nothing has to be cleaned up after a crash. Every process that
joined holds `users` shared. supervisor.py holds `keeper`, and ends when it gets `users`
exclusively. Whoever joins, leaves or decides to stop holds `mutex` meanwhile.
"""

import atexit
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from lifecycle.config.env_reader import ROOT
from lifecycle.embedded.paths import (
    EmbeddedError,
    log_path,
    log_tail,
    make_folder,
    postgres_sockets,
    sockets,
    valkey_socket,
    var,
)

__all__ = ["EmbeddedError", "database_url", "join", "leave", "redis_url", "var"]

READY, BUSY = "ready", "busy"
START_SECONDS = 150
STOP_SECONDS = 20
POLL_SECONDS = 0.02

# By pid, as a forked child inherits this dict but hasn't joined.
_holds: dict[int, int] = {}


def database_url() -> str:
    folder = quote(os.fsencode(postgres_sockets()), safe="")
    return f"postgresql://emeritus@{folder}/emeritus"


def redis_url() -> str:
    return f"unix://{quote(os.fsencode(valkey_socket()))}?db=0"


def join() -> None:
    """Start both servers if they aren't running, and keep them until this process ends.

    Later calls start them again if they have gone. Raises EmbeddedError.
    """
    try:
        _make_folders()
        with mutex():
            _hold()
            try:
                _ensure_keeper()
            except BaseException:
                os.close(_holds.pop(os.getpid()))
                raise
    except OSError as error:
        raise EmbeddedError(
            f"The embedded servers can't use {var()}: {error}. "
            "Set EMERITUS_VAR to a folder of your own, or set DATABASE_URL and REDIS_URL."
        ) from error


def leave() -> None:
    """Release the servers; the last process waits for them to stop, at most STOP_SECONDS.

    A forked child that never joined does nothing here and holds its parent's lock until it ends.
    """
    users = _holds.pop(os.getpid(), None)
    if users is None:
        return
    os.close(users)
    # Without a lock file var/ has been deleted; the keeper notices and stops by itself.
    with suppress(FileNotFoundError):
        with mutex():
            last = not is_anyone_left()
            if last and not is_keeper_alive() and sockets().exists():
                _run_keeper("--sweep")
        if last:
            _wait_for_the_stop()


# Locks ----------------------------------------------------------------------------------------


def lock_path(name: str) -> Path:
    return var() / "locks" / name


def open_lock(name: str) -> int:
    return os.open(lock_path(name), os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def mutex() -> Iterator[None]:
    """Let one process at a time join, leave or stop the servers."""
    lock = open_lock("mutex")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        # Closing alone wouldn't unlock if another thread has forked: the child holds a copy.
        fcntl.flock(lock, fcntl.LOCK_UN)
        os.close(lock)


def is_anyone_left() -> bool:
    """Return whether a process uses the servers; call it under the mutex only.

    Two processes that ask at once would take each other for a user.
    """
    return not _can_lock("users", fcntl.LOCK_EX)


def is_keeper_alive() -> bool:
    # Shared, so that two processes that ask at once don't take each other for the keeper.
    return not _can_lock("keeper", fcntl.LOCK_SH)


def _can_lock(name: str, how: int) -> bool:
    lock = open_lock(name)
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _hold() -> None:
    if os.getpid() not in _holds:
        users = open_lock("users")
        fcntl.flock(users, fcntl.LOCK_SH)
        _holds[os.getpid()] = users
        atexit.register(leave)


# The keeper -----------------------------------------------------------------------------------


def _ensure_keeper() -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_keeper_alive() or lock_path("keeper").read_text() != READY:
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"The embedded servers are still starting; see {log_path('keeper')}."
            )
        if not is_keeper_alive():
            _run_keeper()
        else:  # it was started for a process that has ended since
            time.sleep(POLL_SECONDS)


def _run_keeper(*arguments: str) -> None:
    """Run the supervisor until it has answered; it continues in the background.

    Raises EmbeddedError with its message.
    """
    command = [sys.executable, "-m", "lifecycle.embedded.supervisor", *arguments]
    with log_path("keeper").open("ab") as log:
        try:
            answer = subprocess.run(  # noqa: S603 - our own module, no shell
                command,
                cwd=ROOT,
                env=os.environ | {"EMERITUS_VAR": str(var())},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal must not stop the servers
                timeout=START_SECONDS,
                check=False,
            ).stdout.decode()
        except subprocess.TimeoutExpired:
            answer = ""
    if answer not in (READY, BUSY):
        raise EmbeddedError(
            answer or f"The embedded servers did not start. Try again. {log_tail('keeper')}"
        )


def _wait_for_the_stop() -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        # The keeper holds the mutex while it stops the servers.
        with mutex():
            if not is_keeper_alive() or is_anyone_left():
                return
        time.sleep(POLL_SECONDS)


def _make_folders() -> None:
    var().parent.mkdir(parents=True, exist_ok=True)
    make_folder(var(), 0o755)
    owner = var().stat().st_uid
    if owner != os.geteuid():
        raise EmbeddedError(
            f"{var()} belongs to the user with id {owner}, and you are {os.geteuid()}. Run as that "
            "user, set EMERITUS_VAR to a folder of your own, or remove it if its data may go."
        )
    make_folder(var() / "locks", 0o700)
    make_folder(var() / "log", 0o700)
