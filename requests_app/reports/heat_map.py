"""A heat map in SVG: a square for each day, a column for each week, and a table by month."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby, pairwise

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from requests_app.reports.svg_charts import Series, svg, text
from requests_app.wording.limits import grouped

CELL, STEP = 11, 13
LEFT, TOP, BLOCK = 36, 18, 118  # a block is a year of weeks, with its months above
MAX_WEEKS = 53
LEVELS = 4
NAMED_WEEKDAYS = (0, 2, 4)
MIN_MONTH_GAP = 3  # weeks between the names of two months


@dataclass(frozen=True)
class HeatMap:
    """A number for each day from `first` to `last`; those after `today` are still to come."""

    slug: str
    title: str
    description: str
    unit: str
    numbers: Mapping[date, int]
    first: date
    last: date
    today: date

    @cached_property
    def days(self) -> list[date]:
        return [self.first + timedelta(n) for n in range((self.last - self.first).days + 1)]

    @cached_property
    def most(self) -> int:
        return max((self.numbers.get(day, 0) for day in self.days), default=0)

    def level(self, day: date) -> int:
        """0 for none, then 1 to LEVELS in equal steps up to the busiest day."""
        return -(-self.numbers.get(day, 0) * LEVELS // max(self.most, 1))

    @property
    def legend(self) -> list[tuple[str, str]]:
        """The class of each level that can occur, with the numbers it stands for."""
        ends = [self.most * level // LEVELS for level in range(LEVELS + 1)]
        ranges = [(level, low + 1, high) for level, (low, high) in enumerate(pairwise(ends), 1)]
        named = [
            (f"heat-{level}", grouped(low) if low == high else f"{grouped(low)}–{grouped(high)}")
            for level, low, high in ranges
            if low <= high
        ]
        return [("heat-0", _("none")), *named]

    @property
    def series(self) -> Sequence[Series]:
        return [Series(self.unit, [numbers[0] for _month, numbers in self.rows])]

    @property
    def rows(self) -> list[tuple[str, list[int]]]:
        """The sum of each month, for the table."""
        past = [day for day in self.days if day <= self.today]
        months = groupby(past, key=lambda day: date_format(day, "YEAR_MONTH_FORMAT"))
        return [(month, [sum(self.numbers.get(d, 0) for d in days)]) for month, days in months]


def draw(heat: HeatMap) -> SafeString:
    """Squares at their own size: a narrow page scrolls rather than shrinks them."""
    monday = heat.first - timedelta(heat.first.weekday())
    weeks = (heat.last - monday).days // 7 + 1
    blocks = -(-weeks // MAX_WEEKS)
    width = LEFT + STEP * min(weeks, MAX_WEEKS)
    parts = [*_weekdays(monday, blocks), *_months(heat, monday), *_cells(heat, monday)]
    return svg(heat, max(width, 240), BLOCK * blocks, parts, sized=True)


def _place(day: date, monday: date) -> tuple[int, int]:
    block, week = divmod((day - monday).days // 7, MAX_WEEKS)
    return LEFT + week * STEP, block * BLOCK + TOP + day.weekday() * STEP


def _weekdays(monday: date, blocks: int) -> Iterator[SafeString]:
    for block in range(blocks):
        for weekday in NAMED_WEEKDAYS:
            y = block * BLOCK + TOP + weekday * STEP + CELL - 2
            yield text(0, y, date_format(monday + timedelta(weekday), "D"), "start")


def _months(heat: HeatMap, monday: date) -> Iterator[SafeString]:
    """Above the week in which a month begins, and above the first, where there is room."""
    starts = [day for day in heat.days if day.day == 1]
    if not starts or (starts[0] - monday).days // 7 >= MIN_MONTH_GAP:
        starts.insert(0, heat.first)
    for day in starts:
        x, y = _place(day, monday)
        yield text(x, y - day.weekday() * STEP - 6, date_format(day, "M"), "start")


def _cells(heat: HeatMap, monday: date) -> Iterator[SafeString]:
    """Days with a number have a title each; the others are one path of each kind."""
    used = [day for day in heat.days if heat.level(day)]
    unused = [day for day in heat.days if not heat.level(day)]
    yield _path("heat-0", [_place(day, monday) for day in unused if day <= heat.today])
    yield _path("to-come", [_place(day, monday) for day in unused if day > heat.today])
    for day in used:
        x, y = _place(day, monday)
        name = f"{date_format(day, 'DATE_FORMAT')}: {grouped(heat.numbers[day])} {heat.unit}"
        yield format_html(
            '<rect class="heat-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
            heat.level(day), x, y, CELL, CELL, name,
        )  # fmt: skip


def _path(kind: str, places: Sequence[tuple[int, int]]) -> SafeString:
    squares = format_html_join(
        "", "M{} {}h{}v{}h-{}z", ((x, y, CELL, CELL, CELL) for x, y in places)
    )
    return format_html('<path class="{}" d="{}"/>', kind, squares)
