"""What is asked at a large size, or of everything, is so in `make soak`, and small in `make test`.

`size` is for how long, how many and how often. `some` is for cases that ask one question of
everything there is: every page, every call, every mail. A test marked `soak` runs in `make soak`
alone: a long walk whose subject a quicker test shows too. A case that alone shows a rule, or what
was once mended, is none of these.
"""

import os
from collections.abc import Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")

SOAK = os.environ.get("SOAK") == "1"


def size(small: T, large: T) -> T:
    return large if SOAK else small


def some(cases: Iterable[T], few: int = 3) -> list[T]:
    """All in `make soak`; otherwise so few, spread evenly from the first on, always the same."""
    every = list(cases)
    count = size(min(few, len(every)), len(every))
    return [every[number * len(every) // count] for number in range(count)]


def without_long_walks(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Those that run, and those that wait for `make soak`."""
    waiting = [item for item in items if not SOAK and item.get_closest_marker("soak")]
    ids = {id(item) for item in waiting}
    return [item for item in items if id(item) not in ids], waiting
