"""Suppress rows of the public numbers whose outcomes could be derived by subtraction.

This is cell suppression as in official statistics: rows of few are hidden (primary suppression),
and so is whatever else would reveal them (complementary suppression).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

TableRow = tuple[str, object]  # a table, and the subject of a row in it
TOTAL_ROW: TableRow = ("overall", None)
Rows = frozenset[TableRow]
HiddenNumber = tuple[TableRow, str]  # a hidden row and the outcome it counts


class Cell(NamedTuple):
    """The number of requests counted in the same rows with the same outcome."""

    lines: Rows
    outcome: str
    size: int


def suppressed_rows(cells: Collection[Cell], min_size: int) -> Rows:
    """Return the rows of which only the number of requests may be shown.

    None of their outcomes follows from the rows shown, even for a reader who knows which request is
    counted where. To reach that, further rows are hidden one by one: each time one that leaves the
    fewest outcomes derivable, among these the smallest; the total comes last.
    """
    sizes: Counter[TableRow] = Counter()
    for cell in cells:
        sizes.update(dict.fromkeys(cell.lines, cell.size))
    table = _Table(cells)
    for line in [line for line, size in sizes.items() if size < min_size]:
        table.hide(line)
    in_order = sorted(sizes, key=lambda line: (line == TOTAL_ROW, sizes[line], str(line)))
    while table.disclosed:
        shown = [line for line in in_order if line not in table.hidden]
        others = [line for line in shown if line != TOTAL_ROW] or shown
        table.hide(min(others, key=table.disclosed_after))
    return frozenset(table.hidden)


class _Pool(NamedTuple):
    """Cells counted in the same shown rows, which a reader can't tell apart."""

    outcomes: frozenset[str]
    # For each hidden row that counts some of these cells: the outcomes inside and outside it.
    split_by: dict[TableRow, tuple[frozenset[str], frozenset[str]]]


NONE: frozenset[str] = frozenset()
EMPTY_POOL = _Pool(NONE, {})


class _Table:
    """All rows, shown and hidden, and the hidden numbers that follow from the shown ones.

    Hiding a row only merges the pools that it counts. So what could vary still can, and of the
    other rows only those next to a merged pool are checked again.
    """

    def __init__(self, cells: Collection[Cell]) -> None:
        self.outcomes = frozenset(cell.outcome for cell in cells)
        self.hidden: set[TableRow] = set()
        self.disclosed: set[HiddenNumber] = set()  # derivable: no other number would fit
        self.pools: dict[Rows, _Pool] = {}  # by their shown rows
        self.pools_of: dict[TableRow, set[Rows]] = defaultdict(set)
        self.one_more: dict[Rows, set[TableRow]] = defaultdict(set)
        self.gains: dict[TableRow, dict[Rows, frozenset[HiddenNumber]]] = defaultdict(dict)
        self.gain: dict[TableRow, set[HiddenNumber]] = {}
        outcomes: dict[Rows, set[str]] = defaultdict(set)
        for cell in cells:
            outcomes[cell.lines].add(cell.outcome)
        for lines, found in outcomes.items():
            self._put(lines, _Pool(frozenset(found), {}))

    def hide(self, line: TableRow) -> None:
        self.hidden.add(line)
        self.disclosed |= self._numbers(line)
        for lines in list(self.pools_of[line]):
            merged = self._without(lines, line)
            self._take(lines)
            self._put(lines - {line}, merged)
            self.disclosed.difference_update(self._undetermined(lines - {line}, merged))

    def disclosed_after(self, line: TableRow) -> int:
        """Return how many hidden numbers would still be derivable if this row were hidden too."""
        if line not in self.gain:
            gains = (self._gain_of(lines, line) for lines in self.pools_of[line])
            self.gain[line] = set().union(*gains)
        numbers = self._numbers(line)
        still = len(self.disclosed) - len(self.disclosed & self.gain[line])
        return still + len(numbers - self.gain[line])

    def _numbers(self, line: TableRow) -> set[HiddenNumber]:
        return {(line, outcome) for outcome in self.outcomes}

    def _gain_of(self, lines: Rows, line: TableRow) -> frozenset[HiddenNumber]:
        """Return what could vary in this pool if the row were hidden."""
        if lines not in self.gains[line]:
            merged = self._without(lines, line)
            self.gains[line][lines] = frozenset(self._undetermined(lines - {line}, merged))
        return self.gains[line][lines]

    def _without(self, lines: Rows, line: TableRow) -> _Pool:
        """Return this pool merged with the one that only this row tells it apart from."""
        pool = self.pools[lines]
        other = self.pools.get(lines - {line}, EMPTY_POOL)
        split_by = {line: (pool.outcomes, other.outcomes)}
        for each in self._open(pool.split_by.keys() | other.split_by.keys()):
            inside, outside = pool.split_by.get(each, (NONE, pool.outcomes))
            inside_other, outside_other = other.split_by.get(each, (NONE, other.outcomes))
            split_by[each] = (inside | inside_other, outside | outside_other)
        return _Pool(pool.outcomes | other.outcomes, split_by)

    def _open(self, hidden: Iterable[TableRow]) -> Iterator[TableRow]:
        """Return rows with a derivable number; the others never get one again."""
        for line in hidden:
            if not self.disclosed.isdisjoint(self._numbers(line)):
                yield line

    def _undetermined(self, lines: Rows, pool: _Pool) -> Iterator[HiddenNumber]:
        """Return numbers that could be others with everything shown unchanged.

        They change when two cells of a pool, one inside and one outside, swap outcomes; in a pool
        that no shown row counts, all of them can.
        """
        for line, (inside, outside) in pool.split_by.items():
            outcomes = inside | outside if lines else self.outcomes
            if not lines or inside and outside and len(outcomes) > 1:
                yield from ((line, outcome) for outcome in outcomes)

    def _put(self, lines: Rows, pool: _Pool) -> None:
        self.pools[lines] = pool
        for line in lines:
            self.pools_of[line].add(lines)
            self.one_more[lines - {line}].add(line)
            self._judge_again(line, lines)
        for line in self.one_more[lines]:
            self._judge_again(line, lines | {line})

    def _take(self, lines: Rows) -> None:
        del self.pools[lines]
        for line in lines:
            self.pools_of[line].discard(lines)
            self._judge_again(line, lines)

    def _judge_again(self, line: TableRow, lines: Rows) -> None:
        self.gains[line].pop(lines, None)
        self.gain.pop(line, None)
