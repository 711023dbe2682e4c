"""Draw a model's dates as a line per platform; the page lists the same in words."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from lifecycle.catalogue.models import Precision, Retirement
from lifecycle.text import dates

ROW, TOP, AXIS = 58, 6, 30
FIRST, LAST = 2.0, 97.0  # percent of the width
MAX_TICKS = 6


class ChartMark(NamedTuple):
    """One date on a line; `kind` is its appearance."""

    day: date
    kind: str
    label: str


_END_MARKS = {
    Precision.DAY: ("end", gettext_lazy("retires on %(day)s")),
    Precision.NOT_LATER_THAN: ("end", gettext_lazy("retires by %(day)s")),
    Precision.NOT_SOONER_THAN: ("promise", gettext_lazy("not before %(day)s")),
    Precision.AT_EARLIEST: ("promise", gettext_lazy("on %(day)s at the earliest")),
}
LEGEND = {
    "legacy": gettext_lazy("legacy"),
    "announced": gettext_lazy("announced"),
    "extended": gettext_lazy("existing customers only from then on"),
    "moved": gettext_lazy("changed date"),
    "end": gettext_lazy("retirement"),
    "promise": gettext_lazy("promised at least until then"),
    "reopened": gettext_lazy("served again"),
}


def legend(retirements: Sequence[Retirement]) -> dict[str, StrOrPromise]:
    """Return the meaning of the marks in the chart; needs date changes prefetched."""
    drawn = {mark.kind for one in retirements for mark in _marks(one)}
    return {kind: label for kind, label in LEGEND.items() if kind in drawn}


def draw_chart(retirements: Sequence[Retirement], released: date | None, today: date) -> SafeString:
    """Return the chart, empty without dates; needs date changes prefetched."""
    rows = [(one, list(_marks(one))) for one in retirements]
    days = [mark.day for _one, marks in rows for mark in marks]
    if not days:
        return SafeString("")
    scale = _Scale(min([released or today, today, *days]), max([today, *days]))
    height = TOP + ROW * len(rows) + AXIS
    parts = [*_axis(scale, height, today)]
    for at, (one, marks) in enumerate(rows):
        parts += _line(scale, TOP + ROW * at, one, marks, released, today)
    label = "; ".join(f"{one.platform}: {_description(marks)}" for one, marks in rows)
    return format_html(
        '<svg class="retirement-chart" role="img" height="{}" '
        'aria-labelledby="line-title line-desc">'
        '<title id="line-title">{}</title><desc id="line-desc">{}</desc>{}</svg>',
        height,
        _("Timeline of this model"),
        label,
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def _description(marks: Sequence[ChartMark]) -> str:
    return ", ".join(mark.label for mark in marks)


def _marks(one: Retirement) -> Iterator[ChartMark]:
    if one.legacy_from:
        yield _mark(one.legacy_from, "legacy", _("legacy from %(day)s"))
    if one.announced:
        yield _mark(one.announced, "announced", _("announced on %(day)s"))
    if one.extended_access_from:
        yield _mark(one.extended_access_from, "extended", _("existing customers only from %(day)s"))
    for change in one.date_changes.all():
        if change.from_date and change.from_date != change.to_date:
            yield _mark(change.from_date, "moved", _("originally planned for %(day)s"))
    if one.retires:
        kind, label = _END_MARKS[Precision(one.precision)]
        yield _mark(one.retires, kind, str(label))
    if one.reopened:
        yield _mark(one.reopened, "reopened", _("served again from %(day)s"))


def _mark(day: date, kind: str, label: str) -> ChartMark:
    return ChartMark(day, kind, label % {"day": dates.in_words(day)})


class _Scale(NamedTuple):
    """Converts days to percent of the width."""

    first: date
    last: date

    def at(self, day: date) -> str:
        length = max((self.last - self.first).days, 1)
        return f"{FIRST + (LAST - FIRST) * (day - self.first).days / length:.2f}%"


def _axis(scale: _Scale, height: int, today: date) -> Iterator[SafeString]:
    years = range(scale.first.year + 1, scale.last.year + 1)
    for year in years[:: max(1, -(-len(years) // MAX_TICKS))]:
        x = scale.at(date(year, 1, 1))
        yield _vertical_line("grid", x, height)
        yield _text(x, height - 8, str(year), "middle")
    yield _vertical_line("today", scale.at(today), height)


def _line(
    scale: _Scale,
    y: int,
    one: Retirement,
    marks: Sequence[ChartMark],
    starts_on: date | None,
    today: date,
) -> Iterator[SafeString]:
    name = f"{one.platform} ({one.round})" if one.round > 1 else one.platform
    yield _text("0%", y + 16, name, "start")
    line, start = y + 36, starts_on or min((mark.day for mark in marks), default=today)
    end = one.retires if one.retires and one.has_end else max(one.retires or today, today)
    yield _stroke("serving", scale.at(start), scale.at(end), line)
    if one.reopened and one.reopened < today:
        yield _stroke("serving", scale.at(one.reopened), scale.at(today), line)
    for mark in marks:
        yield format_html(
            '<circle class="{}" cx="{}" cy="{}" r="6"><title>{}</title></circle>',
            mark.kind, scale.at(mark.day), line, mark.label,
        )  # fmt: skip


def _stroke(kind: str, start: str, end: str, y: int) -> SafeString:
    shape = '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>'
    return format_html(shape, kind, start, end, y, y)


def _vertical_line(kind: str, x: str, height: int) -> SafeString:
    shape = '<line class="{}" x1="{}" x2="{}" y1="0" y2="{}"/>'
    return format_html(shape, kind, x, x, height - AXIS + 6)


def _text(x: str, y: int, words: str, anchor: str) -> SafeString:
    shape = '<text x="{}" y="{}" text-anchor="{}">{}</text>'
    return format_html(shape, x, y, anchor, words)
