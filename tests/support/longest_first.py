"""What takes long is begun first, so that in the end no worker waits for another's last test."""

from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

import pytest

T = TypeVar("T")


def long_first(items: list[pytest.Item], workers: int) -> None:
    """Those that start processes; within them, and within the others, the order stays."""
    long = [item for item in items if item.get_closest_marker("stack")]
    rest = [item for item in items if not item.get_closest_marker("stack")]
    modules = [list(module) for _, module in groupby(long, key=lambda item: item.path)]
    items[:] = dealt(modules, rest, workers)


def dealt(modules: Sequence[Sequence[T]], rest: Sequence[T], workers: int) -> list[T]:
    """As many shares of one size, as pytest-xdist's worksteal cuts them, each with its modules."""
    left = list(rest)
    shares: list[list[T]] = [[] for _ in range(workers)]
    for number, module in enumerate(modules):
        shares[number % workers].extend(module)
    size = -(-(len(rest) + sum(map(len, modules))) // workers)
    for share in shares:
        missing = max(0, size - len(share))
        share += left[:missing]
        del left[:missing]
    return [item for share in shares for item in share]
