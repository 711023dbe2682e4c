"""What beat and workers tell each other, and /metrics, by way of Valkey; its clock is the judge."""

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
TOLERATED_SECONDS = 5.0
_compared: dict[str, float] = {}


def claim(task: str, *, seconds: float) -> bool:
    """Whether none of these waits for a worker; for so long at most, since one may get lost."""
    return bool(cache.add(f"sweep-waits:{task}", 1, math.ceil(seconds)))


def taken(task: str) -> None:
    cache.delete(f"sweep-waits:{task}")


def done(task: str) -> None:
    cache.set(f"sweep-done:{task}", 1, KEPT_SECONDS)


def age(task: str) -> float:
    """Seconds since a worker last did it; infinite when nobody knows."""
    left = cache.seconds_left(f"sweep-done:{task}")
    return float("inf") if left is None else KEPT_SECONDS - left


def compare_clock(process: str) -> None:
    """Once a minute: how far this process's clock is ahead of Valkey's."""
    now = time.monotonic()
    if now - _compared.get(process, -COMPARED_EVERY_SECONDS) < COMPARED_EVERY_SECONDS:
        return
    _compared[process] = now
    there = cache.time()
    if there is None:
        return
    ahead = time.time() - there
    cache.set(f"clock-ahead:{process}", ahead, 5 * COMPARED_EVERY_SECONDS)
    if abs(ahead) > TOLERATED_SECONDS:
        log.warning("The clock of %s is %+.0f s off Valkey's. Set them right.", process, ahead)


def clocks() -> dict[str, float]:
    """By process, the seconds by which its clock is ahead."""
    found = {process: cache.get(f"clock-ahead:{process}") for process in ("beat", "worker")}
    return {process: ahead for process, ahead in found.items() if ahead is not None}


def task_begins(task: Any = None, **_: object) -> None:
    taken(task.name)
    compare_clock("worker")


def task_succeeded(sender: Any = None, **_: object) -> None:
    done(sender.name)
