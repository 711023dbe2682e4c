"""Small SVG charts in the page's colours, each with a title, a description and a table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 480, 240
LEFT, TOP, BOTTOM = 40, 12, 28
ROW, NAMES, WORDS = 46, 150, 110
MAX_LABELS = 7  # that fit under the columns
MAX_LABEL_LENGTH = 18  # letters that fit beside a bar


@dataclass(frozen=True)
class Series:
    """A number for each label; its position decides its colour."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True)
class Chart:
    """The data of a chart; `slug` identifies it on the page."""

    slug: str
    title: str
    description: str
    labels: Sequence[str]
    series: Sequence[Series]

    @property
    def rows(self) -> list[tuple[str, list[float]]]:
        """The same numbers as table rows."""
        columns = [one.values for one in self.series]
        return [(label, [c[n] for c in columns]) for n, label in enumerate(self.labels)]


def columns(chart: Chart) -> SafeString:
    """Draw stacked columns."""
    totals = [sum(values) for _, values in chart.rows]
    top = _round_up(max(totals, default=0))
    step = (WIDTH - LEFT) / max(len(chart.labels), 1)
    unit = (HEIGHT - TOP - BOTTOM) / top
    parts = [*_grid(top, unit), *_column_labels(chart, step)]
    for at, (label, values) in enumerate(chart.rows):
        for tone, (value, end) in enumerate(zip(values, accumulate(values), strict=True)):
            x, y = LEFT + at * step + step * 0.12, HEIGHT - BOTTOM - end * unit
            name = f"{label}: {chart.series[tone].name} {value:g}"
            parts.append(_rect((x, y, step * 0.76, value * unit), tone, name))
    return _svg(chart, HEIGHT, parts)


def bars(chart: Chart, say: Callable[[float], str]) -> SafeString:
    """Draw grouped horizontal bars; `say` formats a number."""
    longest = max((v for one in chart.series for v in one.values), default=0) or 1
    scale = (WIDTH - NAMES - WORDS) / longest
    parts, thick = [], (ROW - 14) / len(chart.series)
    for at, (label, values) in enumerate(chart.rows):
        y = TOP + at * ROW
        parts.append(_text(NAMES - 8, y + ROW / 2 - 3, _short(label), "end"))
        for tone, value in enumerate(values):
            place = (NAMES, y + tone * thick, max(value * scale, 1), thick - 2)
            parts.append(_rect(place, tone, f"{label}: {chart.series[tone].name} {say(value)}"))
            words = (place[0] + place[2] + 6, place[1] + thick / 2 + 4)
            parts.append(_text(*words, say(value), "start"))
    return _svg(chart, TOP + ROW * max(len(chart.labels), 1), parts)


def _round_up(value: float) -> int:
    """Return four steps of 1, 2, 3, 4, 5, 10, 20, … that reach `value`."""
    steps = (digit * int("1".ljust(zeros + 1, "0")) for zeros in count() for digit in range(1, 6))
    return next(4 * step for step in steps if 4 * step >= value)


def _grid(top: int, unit: float) -> Iterator[SafeString]:
    for value in range(0, top + 1, top // 4):
        y = HEIGHT - BOTTOM - value * unit
        yield format_html('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>',
                          LEFT, WIDTH, f"{y:.1f}", f"{y:.1f}")  # fmt: skip
        yield _text(LEFT - 6, y + 4, number_format(value, force_grouping=True), "end")


def _column_labels(chart: Chart, step: float) -> Iterator[SafeString]:
    every = -(-len(chart.labels) // MAX_LABELS)
    for at, label in enumerate(chart.labels):
        if at % every == 0:
            yield _text(LEFT + (at + 0.5) * step, HEIGHT - 8, label, "middle")


def _rect(place: tuple[float, float, float, float], tone: int, name: str) -> SafeString:
    x, y, width, height = (f"{number:.1f}" for number in place)
    return format_html(
        '<rect class="tone-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        tone, x, y, width, height, name,
    )  # fmt: skip


def _text(x: float, y: float, words: str, anchor: str) -> SafeString:
    shape = '<text x="{}" y="{}" text-anchor="{}">{}</text>'
    return format_html(shape, f"{x:.1f}", f"{y:.1f}", anchor, words)


def _short(label: str) -> str:
    return label if len(label) <= MAX_LABEL_LENGTH else f"{label[: MAX_LABEL_LENGTH - 1]}…"


def _svg(chart: Chart, height: float, parts: Sequence[SafeString]) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>',
        WIDTH, height, chart.slug, chart.slug,
        chart.slug, chart.title, chart.slug, chart.description,
        format_html_join("", "{}", ((part,) for part in parts)),
    )  # fmt: skip
