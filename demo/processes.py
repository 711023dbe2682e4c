"""The only code that starts, watches and stops the demo's processes; none outlives this one."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from lifecycle.config.env import ROOT
from lifecycle.embedded import embedded
from lifecycle.embedded.paths import log_path, log_tail

READY_SECONDS = 180  # beside other suites of tests it takes its time
STOP_SECONDS = 10
POLL_SECONDS = 0.05
TAIL_LINES = 20
# Ends with its group when the pipe closes, which the kernel does even if this process is killed.
GUARD = ["/bin/sh", "-c", "read _; kill -KILL 0"]


class ProcessDied(RuntimeError):
    """A process ended or doesn't answer; the sentence has the end of its log."""


class ProcessGroup:
    """Processes in a group of their own, out of a terminal's Ctrl-C, led by a guard."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.guard = subprocess.Popen(GUARD, stdin=subprocess.PIPE, process_group=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, name: str, module: str, *arguments: str) -> None:
        """Run `python -m module`, with what it says in var/log/NAME.log."""
        with log_path(name).open("wb") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=self.guard.pid,
            )

    def wait_for(self, name: str, answers: Callable[[], bool]) -> None:
        """Raises Died when it ends, or doesn't answer in READY_SECONDS."""
        deadline = time.monotonic() + READY_SECONDS
        while not answers():
            self.check()
            if time.monotonic() > deadline:
                raise ProcessDied(f"{name} doesn't answer. {log_tail(name, TAIL_LINES)}")
            time.sleep(POLL_SECONDS)

    def check(self) -> None:
        for name, process in self.running.items():
            if process.poll() is not None:
                raise ProcessDied(f"{name} ended by itself. {log_tail(name, TAIL_LINES)}")

    def watch(self) -> None:
        """Returns never; raises Died when one of them ends."""
        while True:
            self.check()
            embedded.join()  # starts the servers again if they are gone
            time.sleep(POLL_SECONDS * 10)

    def stop(self) -> None:
        """Ask all to end, then end what is left of the group. A second Ctrl-C changes nothing."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for process in self.running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0, deadline - time.monotonic()))
        self.guard.communicate()
        for process in self.running.values():
            process.wait()
