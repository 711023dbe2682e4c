"""When sweeps last ran and how far clocks are off, shared through Valkey and its clock."""

import logging
import math
import time
from typing import Any, cast

from django.core.cache import cache as default_cache

from lifecycle.config.cache import FallbackCache

cache = cast(FallbackCache, default_cache)
log = logging.getLogger(__name__)
KEPT_SECONDS = 86_400
COMPARED_EVERY_SECONDS = 60
HEARD_SECONDS = 5 * COMPARED_EVERY_SECONDS
TOLERATED_SECONDS = 5.0
_compared: dict[str, float] = {}


def claim(task: str, *, seconds: float) -> bool:
    """Return whether no such task waits for a worker; assumed lost after `seconds`."""
    return bool(cache.add(f"sweep-waits:{task}", 1, math.ceil(seconds)))


def taken(task: str) -> None:
    cache.delete(f"sweep-waits:{task}")


def done(task: str) -> None:
    cache.set(f"sweep-done:{task}", 1, KEPT_SECONDS)


def age(task: str) -> float:
    """Return the seconds since a worker last completed the task; infinite if unknown."""
    left = cache.seconds_left(f"sweep-done:{task}")
    return float("inf") if left is None else KEPT_SECONDS - left


def compare_clock(process: str) -> None:
    """Record once a minute how far this process's clock is ahead of Valkey's."""
    now = time.monotonic()
    if now - _compared.get(process, -COMPARED_EVERY_SECONDS) < COMPARED_EVERY_SECONDS:
        return
    _compared[process] = now
    there = cache.time()
    if there is None:
        return
    ahead = time.time() - there
    cache.set(f"clock-ahead:{process}", ahead, HEARD_SECONDS)
    if abs(ahead) > TOLERATED_SECONDS:
        log.warning("The clock of %s is %+.0f s off Valkey's. Synchronise them.", process, ahead)


def heartbeat_age(process: str) -> float:
    """Return the seconds since beat or a worker compared its clock; infinite after five minutes."""
    left = cache.seconds_left(f"clock-ahead:{process}")
    return float("inf") if left is None else HEARD_SECONDS - left


def clocks() -> dict[str, float]:
    """Return by process how many seconds its clock is ahead."""
    found = {process: cache.get(f"clock-ahead:{process}") for process in ("beat", "worker")}
    return {process: ahead for process, ahead in found.items() if ahead is not None}


def task_begins(task: Any = None, **_: object) -> None:
    taken(task.name)
    compare_clock("worker")


def task_succeeded(sender: Any = None, **_: object) -> None:
    done(sender.name)
