"""The process that runs both servers and stops them after the last user has left.

If one server dies, it stops the other and ends; the next join() starts both again.
"""

import fcntl
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from lifecycle.embedded.embedded import BUSY, READY, is_anyone_left, lock_path, mutex, open_lock
from lifecycle.embedded.paths import (
    EmbeddedError,
    log_path,
    postgres_sockets,
    sockets,
    valkey_socket,
    var,
)
from lifecycle.embedded.postgres import Cluster
from lifecycle.embedded.servers import (
    Valkey,
    end_orphaned_valkey,
    remove,
    shield_from_cleaners,
    wait_until,
)

POLL_SECONDS = 0.2
LOCK_SECONDS = 1.0


class Keeper:
    """Starts, watches and stops both servers, while its process holds the keeper's lock."""

    def __init__(self, lock: int) -> None:
        self.lock = lock
        self.told_to_stop = False
        self.cluster = Cluster()
        self.valkey = Valkey()

    def note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.told_to_stop = True

    def start(self) -> None:
        end_orphaned_valkey()
        self._make_sockets()
        self.valkey.start()
        self.cluster.start()

    def _make_sockets(self) -> None:
        folder = sockets()
        with suppress(FileExistsError):
            folder.mkdir()
        if not is_our_folder(folder):
            raise EmbeddedError(
                f"{folder} is needed for the sockets, and somebody else has put something there. "
                "Have it removed, or set EMERITUS_VAR to another folder."
            )
        # As root, PostgreSQL's account has to pass through to the folder that is its own.
        folder.chmod(0o700 if self.cluster.user is None else 0o711)
        shield_from_cleaners(folder)
        for part in (postgres_sockets(), valkey_socket().parent):
            remove(part)
            part.mkdir(mode=0o700)
        if self.cluster.user is not None and self.cluster.group is not None:
            os.chown(postgres_sockets(), self.cluster.user, self.cluster.group)

    def stop(self) -> None:
        self.valkey.stop()
        self.cluster.stop()
        if self._is_ours():
            self.cluster.settle()
        else:
            self.cluster.abandon()
        if is_our_folder(sockets()) and (self._is_ours() or not var().exists()):
            remove(sockets())

    def serve(self) -> None:
        """Run until both servers are gone."""
        try:
            while self._is_ours() and not self._stop_if_over():
                time.sleep(POLL_SECONDS)
        finally:
            if not self._is_ours():
                self.stop()

    def _stop_if_over(self) -> bool:
        with mutex():
            if not self._is_over():
                return False
            try:
                self.stop()
            finally:
                # Before the mutex is released: the next process to join must find it free.
                fcntl.flock(self.lock, fcntl.LOCK_UN)
            return True

    def _is_over(self) -> bool:
        alive = self.cluster.is_alive() and self.valkey.is_alive()
        return not alive or self.told_to_stop or not is_anyone_left()

    def _is_ours(self) -> bool:
        """Return whether this lock file is still the current one.

        If var/ was deleted and created again, another keeper may have taken over.
        """
        try:
            return os.path.samestat(lock_path("keeper").stat(), os.fstat(self.lock))
        except FileNotFoundError:
            return False


def is_our_folder(path: Path) -> bool:
    """Return whether this is our own folder and no symlink; anybody can make one in /tmp."""
    with suppress(FileNotFoundError):
        info = path.lstat()
        return stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid()
    return False


def take_lock() -> int | None:
    """Return the keeper's lock, or None if another keeper holds it.

    It retries for LOCK_SECONDS, since processes that only look hold it for an instant.
    """
    lock = open_lock("keeper")

    def taken() -> bool:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    if not wait_until(taken, LOCK_SECONDS):
        return None
    os.ftruncate(lock, 0)
    return lock


def answer(text: str) -> None:
    """Send the result to the joining process and close the pipe it reads."""
    with suppress(BrokenPipeError):
        os.write(1, text.encode())
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def run(keeper: Keeper) -> None:
    try:
        keeper.start()
    except (EmbeddedError, OSError, subprocess.SubprocessError) as error:
        sentence = str(error)
        if not isinstance(error, EmbeddedError):
            sentence = f"The embedded servers did not start: {error}. See {log_path('keeper')}."
        try:
            keeper.stop()
        finally:
            answer(sentence)
        return
    os.pwrite(keeper.lock, READY.encode(), 0)
    answer(READY)
    keeper.serve()


def sweep(keeper: Keeper) -> None:
    """Clean up after a killed keeper without starting anything."""
    end_orphaned_valkey()
    keeper.stop()
    answer(READY)


def main() -> None:
    # Detach: the joining process waits for its child, and the keeper has to outlive it.
    if os.fork():
        os._exit(0)
    os.umask(0o077)
    lock = take_lock()
    if lock is None:
        return answer(BUSY)
    keeper = Keeper(lock)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, keeper.note_signal)
    return sweep(keeper) if "--sweep" in sys.argv else run(keeper)


if __name__ == "__main__":
    main()
