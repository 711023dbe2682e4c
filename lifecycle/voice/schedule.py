"""The weeks of a series: which were kept, which were missed, which are to come. Days are UTC."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from lifecycle.voice.models import Essay, EssaySeries
from lifecycle.voice.states import EssayState

WEEK = timedelta(days=7)


class WeekState(TextChoices):
    KEPT = "kept", _("Published")
    MISSED = "missed", _("Missed")
    RUNNING = "running", _("This week")
    COMING = "coming", _("To come")


@dataclass
class Week:
    """Seven days of a series, and the essays that were published or refused in them."""

    number: int
    starts_on: date
    state: WeekState
    published: list[Essay] = field(default_factory=list)
    refused: list[Essay] = field(default_factory=list)


def weeks(series: EssaySeries, essays: Iterable[Essay], today: date) -> list[Week]:
    """Return the promised weeks, and later ones in which an essay was published.

    A promised week is missed once it is over without an essay, whatever was vetoed in it. Of a
    series that is published elsewhere nothing is known here, so it has no weeks.
    """
    if series.channel:
        return []
    ended: dict[int, list[Essay]] = {}
    for essay in essays:
        if essay.closed_at:
            number = week_of(series, essay.closed_at.astimezone(UTC).date())
            ended.setdefault(number, []).append(essay)
    promised = range(1, (series.promised_weeks or 0) + 1)
    rows = (_week(series, n, ended.get(n, []), today) for n in sorted({*promised, *ended}))
    return [row for row in rows if row.number in promised or row.published]


def week_of(series: EssaySeries, day: date) -> int:
    """Return the number of the week that `day` is in; what came earlier counts for the first."""
    return max(1, (day - series.starts_on) // WEEK + 1)


def _week(series: EssaySeries, number: int, essays: list[Essay], today: date) -> Week:
    starts_on = series.starts_on + (number - 1) * WEEK
    published = [essay for essay in essays if essay.state == EssayState.PUBLISHED]
    refused = [essay for essay in essays if essay.state != EssayState.PUBLISHED]
    return Week(number, starts_on, _state(starts_on, today, bool(published)), published, refused)


def _state(starts_on: date, today: date, is_kept: bool) -> WeekState:
    if is_kept:
        return WeekState.KEPT
    if today >= starts_on + WEEK:
        return WeekState.MISSED
    return WeekState.RUNNING if today >= starts_on else WeekState.COMING


def missed(series: EssaySeries, essays: Iterable[Essay], today: date) -> list[Week]:
    """Return the promised weeks that went by without an essay."""
    promised = series.promised_weeks or 0
    rows = weeks(series, essays, today)
    return [row for row in rows if row.state == WeekState.MISSED and row.number <= promised]
