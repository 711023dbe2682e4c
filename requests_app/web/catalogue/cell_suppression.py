"""Which lines of the public numbers say nothing of outcomes, so that subtracting tells nothing.

This is cell suppression, as statistical offices do it: a line of few is held back (primary), and
so is whatever else would give it away (complementary).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Set
from typing import NamedTuple

Line = tuple[str, object]  # a table, and whose line in it
ALL: Line = ("overall", None)


class Cell(NamedTuple):
    """So many requests that are counted in the same lines and had the same outcome."""

    lines: frozenset[Line]
    outcome: str
    size: int


def held_back(cells: Collection[Cell], fewest: int) -> frozenset[Line]:
    """The lines of which only the number of requests may be shown.

    None of their outcomes follows from those that are shown, even for a reader who knows which
    request is counted where. Others are held back until that is so: each time the one after which
    the fewest are given away, and of these the smallest; the line of all comes last.
    """
    sizes: Counter[Line] = Counter()
    for cell in cells:
        sizes.update(dict.fromkeys(cell.lines, cell.size))
    hidden = frozenset(line for line, size in sizes.items() if size < fewest)
    while given_away(cells, hidden):
        shown = sorted(
            sizes.keys() - hidden, key=lambda line: (line == ALL, sizes[line], str(line))
        )
        others = [line for line in shown if line != ALL] or shown
        left = {line: len(given_away(cells, hidden | {line})) for line in others}
        hidden |= {min(others, key=left.__getitem__)}
    return hidden


def given_away(cells: Collection[Cell], hidden: Set[Line]) -> list[tuple[Line, str]]:
    """Hidden lines and outcomes for which no other number would fit what is shown.

    Another number fits when two requests that are counted in the same shown lines, one of them in
    the hidden line and one not, could have had each other's outcome; and where nothing is shown.
    """
    pools: dict[frozenset[Line], list[Cell]] = defaultdict(list)
    for cell in cells:
        pools[cell.lines - hidden].append(cell)
    free = {line for cell in pools.pop(frozenset(), ()) for line in cell.lines}
    return [
        (line, outcome)
        for line in sorted(hidden - free, key=str)
        for outcome in sorted({cell.outcome for cell in cells})
        if not any(_may_differ(pool, line, outcome) for pool in pools.values())
    ]


def _may_differ(pool: Collection[Cell], line: Line, outcome: str) -> bool:
    inside = {cell.outcome for cell in pool if line in cell.lines}
    outside = {cell.outcome for cell in pool if line not in cell.lines}
    fewer = outcome in inside and outside - {outcome}
    more = outcome in outside and inside - {outcome}
    return bool(fewer or more)
