"""A clock that tests set, for themselves and for a Celery worker of theirs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone

from tests.support.forked_programs import Program
from tests.support.worker_processes import process, wait_until

QUICK = ("--without-mingle", "--without-gossip", "--without-heartbeat")  # it is alone
CELERY = ("celery", "-A", "lifecycle.config.celery", "worker", "-c2", *QUICK)
# Only the time by which our own code acts: leases of the broker and timeouts stay real.
WORKER = """
import sys
from datetime import datetime
from pathlib import Path
from django.utils import timezone
timezone.now = lambda: datetime.fromisoformat(Path({file!r}).read_text())
sys.argv = {arguments!r}
from celery.__main__ import main
main()
"""


class SimulatedClock:
    """Stands still until it is set."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self._folder, self._file = folder, folder / "now"
        self.set(now)

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self._file.read_text())

    def set(self, now: datetime) -> None:
        """Replace the file as one, since the worker may read it at any time."""
        new = self._file.with_suffix(".new")
        new.write_text(now.isoformat())
        new.rename(self._file)

    @contextmanager
    def followed_here(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timezone, "now", lambda: self.now)
            yield

    @contextmanager
    def worker(self, **more: str) -> Iterator[Program]:
        """A worker by this clock, without beat: sweeps are run when they are asked for."""
        program = WORKER.format(file=str(self._file), arguments=list(CELERY))
        (self._folder / "clocked_worker.py").write_text(program)
        log = self._folder / f"worker-{len(list(self._folder.glob('*.log')))}.log"
        more["PYTHONPATH"] = str(self._folder)
        with process("clocked_worker", log=log, **more) as running:
            wait_until(lambda: b" ready." in log.read_bytes(), what=f"the worker, see {log}")
            yield running
