"""What `make test` leaves to `make soak`, and that it always leaves the same."""

from typing import Any

import pytest

from tests.support import soak_sizes
from tests.support.soak_sizes import some, without_long_walks


def test_some_are_spread_evenly_and_all_in_a_soak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak_sizes, "SOAK", False)
    assert some(range(10)) == [0, 3, 6]
    assert some({"a": 1, "b": 2}, 5) == ["a", "b"]
    assert some([]) == []
    monkeypatch.setattr(soak_sizes, "SOAK", True)
    assert some(range(10)) == list(range(10))


class Item:
    """As much of a test as tells whether it is marked."""

    def __init__(self, *marks: str) -> None:
        self.marks = marks

    def get_closest_marker(self, name: str) -> bool:
        return name in self.marks


def test_long_walks_wait_for_a_soak(monkeypatch: pytest.MonkeyPatch) -> None:
    items: list[Any] = [Item("soak"), Item(), Item("stack", "soak"), Item("stack")]
    long, quick, longer, other = items
    monkeypatch.setattr(soak_sizes, "SOAK", False)
    assert without_long_walks(items) == ([quick, other], [long, longer])
    monkeypatch.setattr(soak_sizes, "SOAK", True)
    assert without_long_walks(items) == (items, [])
