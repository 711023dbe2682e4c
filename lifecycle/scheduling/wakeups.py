"""Wake workers at once for work that the sweeps would find later; messages hold only ids."""

import logging
import time
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from kombu.pools import producers

from lifecycle.config import cache
from lifecycle.config.celery import app

log = logging.getLogger(__name__)

QUIET_SECONDS = 10  # after a failure, so that not every page waits for an unreachable broker
_quiet_until = 0.0


def wake(task: str, calls: Iterable[Sequence[int]] = ((),)) -> None:
    """Queue `task` once for each of `calls`, its arguments; on failure leave it to the sweeps."""
    global _quiet_until
    if time.monotonic() < _quiet_until or not cache.is_available():
        return
    try:
        broker = app.connection_for_write(transport_options=settings.WAKING)
        with producers[broker].acquire(block=True) as producer:
            for arguments in calls:
                app.send_task(task, args=list(arguments), producer=producer)
    except (OperationalError, OSError) as error:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        log.warning("No broker (%s); the sweeps will do it later.", type(error).__name__)


class WakeupMiddleware:
    """A callback that wakes one task when a transaction commits."""

    def __init__(self, task: str) -> None:
        self.task = self.__qualname__ = task  # Django logs the name if it fails

    def __call__(self) -> None:
        wake(self.task)


def once_on_commit(task: str) -> None:
    """Wake a worker once when this transaction commits, however often this is called."""
    waiting = transaction.get_connection().run_on_commit
    if not any(isinstance(call, WakeupMiddleware) and call.task == task for _, call, _ in waiting):
        transaction.on_commit(WakeupMiddleware(task), robust=True)
