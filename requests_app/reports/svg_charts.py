"""Small SVG charts in the page's colours, each with a title, a description and a table."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from textwrap import wrap
from typing import Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from requests_app.wording.limits import grouped

WIDTH, HEIGHT = 480, 256
TOP, BOTTOM, GAP = 28, 28, 8
LINE, THICK, WORDS = 16, 16, 110  # of a name, of a bar, beside a bar
DIGIT = 7  # about as wide as one of the numbers beside the axis
MAX_LABELS = 7  # that fit under the columns
MAX_NAME_LENGTH = 72  # letters that fit on a line above a bar


@dataclass(frozen=True)
class Series:
    """A number for each label; its position decides its colour."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True)
class Chart:
    """The data of a chart; `slug` identifies it on the page, `unit` is that of the numbers."""

    slug: str
    title: str
    description: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""

    @property
    def legend(self) -> list[tuple[str, str]]:
        """The class of each series' colour, with its name."""
        return [(f"tone-{tone}", one.name) for tone, one in enumerate(self.series)]

    @property
    def rows(self) -> list[tuple[str, list[float]]]:
        """The same numbers as table rows."""
        columns = [one.values for one in self.series]
        return [(label, [c[n] for c in columns]) for n, label in enumerate(self.labels)]


def columns(chart: Chart) -> SafeString:
    """Draw stacked columns."""
    totals = [sum(values) for _, values in chart.rows]
    top = _round_up(max(totals, default=0))
    left = DIGIT * len(grouped(top)) + GAP
    step = (WIDTH - left) / max(len(chart.labels), 1)
    unit = (HEIGHT - TOP - BOTTOM) / top
    parts = [*_grid(top, unit, left), *_column_labels(chart, step, left)]
    parts.append(text(0, 12, chart.unit, "start"))
    for at, (label, values) in enumerate(chart.rows):
        for tone, (value, end) in enumerate(zip(values, accumulate(values), strict=True)):
            x, y = left + at * step + step * 0.12, HEIGHT - BOTTOM - end * unit
            name = f"{label}: {chart.series[tone].name} {value:g}"
            parts.append(_rect((x, y, step * 0.76, value * unit), tone, name))
    return svg(chart, WIDTH, HEIGHT, parts)


def bars(chart: Chart, say: Callable[[float], str]) -> SafeString:
    """Draw grouped horizontal bars under their names; `say` formats a number with its unit."""
    longest = max((v for one in chart.series for v in one.values), default=0) or 1
    scale = (WIDTH - WORDS) / longest
    parts, y = [], 0
    for label, values in chart.rows:
        for line in wrap(label, MAX_NAME_LENGTH):
            y += LINE
            parts.append(text(0, y - 4, line, "start"))
        for tone, value in enumerate(values):
            length = max(value * scale, 1)
            name = f"{label}: {chart.series[tone].name} {say(value)}"
            parts.append(_rect((0, y, length, THICK - 2), tone, name))
            parts.append(text(length + 6, y + THICK / 2 + 3, say(value), "start"))
            y += THICK
        y += GAP
    return svg(chart, WIDTH, max(y, LINE), parts)


def _round_up(value: float) -> int:
    """Return four steps of 1, 2, 3, 4, 5, 10, 20, … that reach `value`."""
    steps = (digit * int("1".ljust(zeros + 1, "0")) for zeros in count() for digit in range(1, 6))
    return next(4 * step for step in steps if 4 * step >= value)


def _grid(top: int, unit: float, left: int) -> Iterator[SafeString]:
    """A line for each of the four steps; the lowest is the axis."""
    for value in range(0, top + 1, top // 4):
        y = HEIGHT - BOTTOM - value * unit
        yield format_html(
            '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>',
            "grid" if value else "axis", left, WIDTH, f"{y:.1f}", f"{y:.1f}",
        )  # fmt: skip
        yield text(left - 6, y + 4, grouped(value), "end")


def _column_labels(chart: Chart, step: float, left: int) -> Iterator[SafeString]:
    """Under every column, or under so many that they don't run into each other."""
    every = -(-len(chart.labels) // MAX_LABELS)
    for at, label in enumerate(chart.labels):
        if at % every == 0:
            yield text(left + (at + 0.5) * step, HEIGHT - 8, label, "middle")


def _rect(place: tuple[float, float, float, float], tone: int, name: str) -> SafeString:
    x, y, width, height = (f"{number:.1f}" for number in place)
    return format_html(
        '<rect class="tone-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        tone, x, y, width, height, name,
    )  # fmt: skip


def text(x: float, y: float, words: str, anchor: str) -> SafeString:
    shape = '<text x="{}" y="{}" text-anchor="{}">{}</text>'
    return format_html(shape, f"{x:.1f}", f"{y:.1f}", anchor, words)


class Described(Protocol):
    """What has a title and a description, by which a picture is named."""

    @property
    def slug(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...


def svg(
    chart: Described,
    width: float,
    height: float,
    parts: Iterable[SafeString],
    *,
    sized: bool = False,
) -> SafeString:
    """A picture that fills its column, or, when `sized`, has a size of its own."""
    return format_html(
        '<svg viewBox="0 0 {} {}"{} role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>',
        width, height, format_html(' width="{}"', width) if sized else "",
        chart.slug, chart.slug, chart.slug, chart.title, chart.slug, chart.description,
        format_html_join("", "{}", ((part,) for part in parts)),
    )  # fmt: skip
