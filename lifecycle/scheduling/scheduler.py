"""A Celery beat by the monotonic clock: no state in a file, and nothing expires.

Celery's own uses the wall clock. If that is set back, or its file has a later time, it waits for
the clock to catch up; and a worker whose clock is ahead drops what was sent with `expires`.
"""

import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery.beat import Scheduler

from lifecycle.scheduling import sweep_status

log = logging.getLogger(__name__)
MAX_SLEEP_SECONDS = 5.0
JUMP_SECONDS = 5.0
RETRY_SECONDS = 1.0


class SteadyScheduler(Scheduler):
    """Runs everything at the start, then each entry at its interval.

    The file named by `--schedule` is only touched, to show that beat is alive.
    """

    def __init__(self, *args: Any, schedule_filename: str = "", **kwargs: Any) -> None:
        self.sign_of_life = Path(schedule_filename)
        self.due: dict[str, float] = {}  # by time.monotonic()
        self.offset = time.time() - time.monotonic()
        super().__init__(*args, **kwargs)

    def tick(self, *_: object, **__: object) -> float:
        """Send what is due and return the seconds until the next entry may be."""
        self._look_at_clock()
        with suppress(OSError):
            self.sign_of_life.touch()
        now = time.monotonic()
        ready = [name for name in self.schedule if self.due.get(name, now) <= now]
        for name in ready:
            self.due[name] = now + self._every(name)
        waiting = [name for name in ready if not self._send(name)]
        if waiting:
            log.warning("No worker has taken these since they were last due: %s.", waiting)
        until = min(self.due.values(), default=now) - time.monotonic()
        return min(max(until, 0.01), MAX_SLEEP_SECONDS)

    def _every(self, name: str) -> float:
        every: Any = self.schedule[name].schedule
        return float(every.run_every.total_seconds())

    def _send(self, name: str) -> bool:
        """Send an entry; False if its last run still waits for a worker, which does the same."""
        entry = self.schedule[name]
        if not sweep_status.claim(str(entry.task), seconds=4 * self._every(name)):
            return False
        self.apply_entry(entry, producer=self.producer)
        return True

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Send an entry and retry soon on failure, which Celery only logs."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except Exception:
            log.exception("%s could not be sent; trying again.", entry.name)
            sweep_status.taken(str(entry.task))
            self.due[entry.name] = time.monotonic() + RETRY_SECONDS

    def _look_at_clock(self) -> None:
        sweep_status.compare_clock("beat")
        offset = time.time() - time.monotonic()
        if abs(offset - self.offset) > JUMP_SECONDS:
            log.warning("The clock was set by %+.0f s. Sweeps continue.", offset - self.offset)
        self.offset = offset
