"""How long pages take: by the clock, and of the processors' time, ours and PostgreSQL's."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

Ask = Callable[[], Any]  # for one page; gives the answer
KINDS_MORE = 4  # queries for kinds of promises that few models don't have


class Calls(NamedTuple):
    """Milliseconds of each call by the clock, and of CPU: on a busy machine they part."""

    wall: list[float]
    busy: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.wall, n=20)[-1]

    @property
    def busy_p95(self) -> float:
        return statistics.quantiles(self.busy, n=20)[-1]


class PageTimes(NamedTuple):
    """What one page took, its bytes, and its queries with few models and with many."""

    name: str
    warm: Calls
    cold: Calls
    size: int
    queries: int
    queries_of_few: int

    @property
    def busy_p95(self) -> float:
        return max(self.warm.busy_p95, self.cold.busy_p95)

    @property
    def is_of_usual_size(self) -> bool:
        return "200 on a page" not in self.name

    @property
    def is_constant(self) -> bool:
        """Ten times as many models may add other kinds of promises to a page of promises."""
        kinds = KINDS_MORE if "promises" in self.name else 0
        return self.queries <= self.queries_of_few + kinds


def calls(ask: Ask, times: int, *, before: Callable[[], object] = lambda: None) -> Calls:
    """Ask for the page many times, each time after `before`, which isn't counted."""
    found = Calls([], [])
    for _ in range(times):
        before()
        start, begun = time.perf_counter(), _busy()
        ask()
        found.wall.append((time.perf_counter() - start) * 1000)
        found.busy.append(_busy() - begun)
    return found


def _busy() -> float:
    """Milliseconds that this process and its connection's have computed so far."""
    return time.process_time() * 1000 + _database_busy()


def _database_busy() -> float:
    """Linux tells it of other processes; elsewhere PostgreSQL's share is left out."""
    connection.ensure_connection()
    file = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(file.read_text().split()[0]) / 1e6 if file.exists() else 0.0
