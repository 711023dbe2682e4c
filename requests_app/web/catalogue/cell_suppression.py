"""Which lines of the public numbers say nothing of outcomes, so that subtracting tells nothing.

This is cell suppression, as statistical offices do it: a line of few is held back (primary), and
so is whatever else would give it away (complementary).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Set
from typing import NamedTuple

TableRow = tuple[str, object]  # a table, and whose line in it
TOTAL_ROW: TableRow = ("overall", None)


class Cell(NamedTuple):
    """So many requests that are counted in the same lines and had the same outcome."""

    lines: frozenset[TableRow]
    outcome: str
    size: int


def suppressed_rows(cells: Collection[Cell], min_size: int) -> frozenset[TableRow]:
    """The lines of which only the number of requests may be shown.

    None of their outcomes follows from those that are shown, even for a reader who knows which
    request is counted where. Others are held back until that is so: each time the one after which
    the min_size are given away, and of these the smallest; the line of all comes last.
    """
    sizes: Counter[TableRow] = Counter()
    for cell in cells:
        sizes.update(dict.fromkeys(cell.lines, cell.size))
    hidden = frozenset(line for line, size in sizes.items() if size < min_size)
    while disclosed(cells, hidden):
        shown = sorted(
            sizes.keys() - hidden, key=lambda line: (line == TOTAL_ROW, sizes[line], str(line))
        )
        others = [line for line in shown if line != TOTAL_ROW] or shown
        left = {line: len(disclosed(cells, hidden | {line})) for line in others}
        hidden |= {min(others, key=left.__getitem__)}
    return hidden


def disclosed(cells: Collection[Cell], hidden: Set[TableRow]) -> list[tuple[TableRow, str]]:
    """Hidden lines and outcomes for which no other number would fit what is shown.

    Another number fits when two requests that are counted in the same shown lines, one of them in
    the hidden line and one not, could have had each other's outcome; and where nothing is shown.
    """
    pools: dict[frozenset[TableRow], list[Cell]] = defaultdict(list)
    for cell in cells:
        pools[cell.lines - hidden].append(cell)
    free = {line for cell in pools.pop(frozenset(), ()) for line in cell.lines}
    return [
        (line, outcome)
        for line in sorted(hidden - free, key=str)
        for outcome in sorted({cell.outcome for cell in cells})
        if not any(_may_differ(pool, line, outcome) for pool in pools.values())
    ]


def _may_differ(pool: Collection[Cell], line: TableRow, outcome: str) -> bool:
    inside = {cell.outcome for cell in pool if line in cell.lines}
    outside = {cell.outcome for cell in pool if line not in cell.lines}
    fewer = outcome in inside and outside - {outcome}
    more = outcome in outside and inside - {outcome}
    return bool(fewer or more)
