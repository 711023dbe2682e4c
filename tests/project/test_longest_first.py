"""Where the long tests stand among the others."""

import pytest

from tests.support.longest_first import dealt, long_first


def test_dealt_begins_each_share_with_a_module_of_long_ones() -> None:
    modules, rest = [["a", "a2"], ["b"], ["c"]], ["1", "2", "3", "4"]
    assert dealt(modules, rest, 2) == ["a", "a2", "c", "1", "b", "2", "3", "4"]
    assert dealt(modules, rest, 1) == ["a", "a2", "b", "c", "1", "2", "3", "4"]


def test_dealt_keeps_every_one_however_few_there_are() -> None:
    assert dealt([["a", "b", "c"], ["d"]], [], 2) == ["a", "b", "c", "d"]
    assert dealt([], ["1", "2", "3"], 2) == ["1", "2", "3"]
    assert dealt([], [], 3) == []


def test_long_first_loses_no_test(request: pytest.FixtureRequest) -> None:
    items = list(request.session.items)
    long_first(items, 3)
    assert sorted(map(id, items)) == sorted(map(id, request.session.items))
