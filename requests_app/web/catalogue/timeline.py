"""A model's retirements as lines: every day, what happened on it, and who says so."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.formats import time_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lifecycle.catalogue.models import (
    AIModel,
    DateChange,
    Precision,
    Retirement,
    ServingState,
    Source,
)
from lifecycle.text import dates

RELATED = (
    "retirements__date_changes__source",
    *(f"retirements__{name}" for name in ("announcement", "source")),
    *(f"retirements__{name}" for name in ("retires_at_source", "after_end_source")),
)


class TimelineLine(NamedTuple):
    """One line; without a `day` the fact has none. A `past` date no longer holds."""

    day: date | None
    sentence: str
    source: Source | None = None
    past: bool = False
    moment: datetime | None = None
    link: str = ""


class PlatformTimeline(NamedTuple):
    """One retirement, with its state on the day of the page."""

    retirement: Retirement
    state: ServingState
    lines: list[TimelineLine]


class Announcement(NamedTuple):
    """One announcement for several platforms."""

    sentence: str
    source: Source | None


def timelines(ai_model: AIModel, today: date) -> list[PlatformTimeline]:
    """Return each retirement; needs `RELATED` prefetched."""
    rows = list(ai_model.retirements.all())
    shared = {row.pk for rows_of_one in _announced_together(rows) for row in rows_of_one}
    targets = _targets(rows)
    return [
        PlatformTimeline(
            row,
            row.state(today),
            list(_lines(row, targets, today, has_own_announcement=row.pk not in shared)),
        )
        for row in rows
    ]


# Announcements ----------------------------------------------------------------------------------


def announcements(ai_model: AIModel) -> list[Announcement]:
    """Return the announcements that cover several platforms, each once."""
    return [_announcement(rows) for rows in _announced_together(ai_model.retirements.all())]


def _announced_together(rows: Iterable[Retirement]) -> list[list[Retirement]]:
    together: dict[tuple[date, int], list[Retirement]] = defaultdict(list)
    for row in rows:
        if row.announced and row.announcement_id:
            together[row.announced, row.announcement_id].append(row)
    return [rows for rows in together.values() if len(rows) > 1]


def _announcement(rows: Sequence[Retirement]) -> Announcement:
    assert rows[0].announced
    names = get_text_list([row.platform for row in rows], _("and"))
    sentence = _("One announcement, on %(day)s, covers %(platforms)s.")
    named = {"day": dates.in_words(rows[0].announced), "platforms": names}
    parts = [sentence % named]
    notices = {row.notice_days for row in rows}
    if len(notices) == 1 and None not in notices:
        parts.append(_notice(rows[0].notice_days or 0))
    return Announcement(" ".join(parts), rows[0].announcement)


def _notice(days: int) -> str:
    sentence = ngettext(
        "Retirement announced with %(days)s day's notice.",
        "Retirement announced with %(days)s days' notice.",
        days,
    )
    return sentence % {"days": days}


def _announced(row: Retirement) -> Iterator[TimelineLine]:
    if row.announced:
        days = row.notice_days
        sentence = _("Retirement announced.") if days is None else _notice(days)
        yield TimelineLine(row.announced, sentence, row.announcement)


# Lines ------------------------------------------------------------------------------------------


def _lines(
    row: Retirement, targets: Mapping[str, AIModel], today: date, *, has_own_announcement: bool
) -> Iterator[TimelineLine]:
    if row.legacy_from:
        yield TimelineLine(row.legacy_from, _("Called legacy from here on."))
    if row.listed_as:
        labels = {"state": row.get_listed_as_display()}
        sentence = _("The provider lists it as “%(state)s” and gives no day.") % labels
        yield TimelineLine(None, sentence, row.source)
    if has_own_announcement:
        yield from _announced(row)
    if row.extended_access_from:
        sentence = _("Existing customers only from here on (extended access).")
        yield TimelineLine(row.extended_access_from, sentence)
    yield from (_change(change) for change in row.date_changes.all())
    yield from _end(row)
    yield from _after_end(row, targets, today)
    if row.reopened:
        yield TimelineLine(row.reopened, _("Served again from here on."), row.source)


def _change(change: DateChange) -> TimelineLine:
    parts = [_what_changed(change)]
    if change.from_date and change.from_precision != change.to_precision:
        labels = {
            "before": change.get_from_precision_display(),
            "after": change.get_to_precision_display(),
        }
        parts.append(_("It was “%(before)s” and became “%(after)s”.") % labels)
    if change.changed_on:
        parts.append(_("Changed on %(day)s.") % {"day": dates.in_words(change.changed_on)})
    if change.reason:
        parts.append(_("Reason: %(reason)s") % {"reason": change.reason})
    return TimelineLine(change.from_date, " ".join(parts), change.source, past=True)


def _what_changed(change: DateChange) -> str:
    if change.to_date is None:
        return _("Originally planned date, later withdrawn without a new one.")
    later = {"at": dates.in_words(change.to_date)}
    if change.from_date is None:
        return _("First without a date, then planned for %(at)s.") % later
    if change.from_date == change.to_date:
        return _("The date stayed; how firm it is changed.")
    return _("Originally planned date, later changed to %(at)s.") % later


def _end(row: Retirement) -> Iterator[TimelineLine]:
    if row.retires is None:
        if not row.listed_as:
            yield TimelineLine(None, _("No retirement date is set."), row.source)
        return
    sentences = {
        Precision.DAY: _("Retirement."),
        Precision.NOT_LATER_THAN: _(
            "Retired by this date at the latest; the exact day isn't known."
        ),
        Precision.NOT_SOONER_THAN: _("Not retired before this date: a promise, not a schedule."),
        Precision.AT_EARLIEST: _("Retired on this date at the earliest; no firm date is set."),
    }
    yield TimelineLine(row.retires, sentences[Precision(row.precision)], row.source)
    if row.retires_at:
        yield _exact_time(row, row.retires_at)


def _exact_time(row: Retirement, moment: datetime) -> TimelineLine:
    sentence = _("The exact time:")
    if row.time_zone:
        there = moment.astimezone(ZoneInfo(row.time_zone))
        named = {"time": time_format(there, "TIME_FORMAT"), "zone": row.time_zone}
        sentence = _("At %(time)s, %(zone)s, the provider's time zone:") % named
    return TimelineLine(None, sentence, row.retires_at_source or row.source, moment=moment)


def _after_end(
    row: Retirement, targets: Mapping[str, AIModel], today: date
) -> Iterator[TimelineLine]:
    if row.after_end == Retirement.AfterEnd.REFUSED:
        yield TimelineLine(None, _("Calls after the end are refused."), row.after_end_source)
    if row.after_end != Retirement.AfterEnd.REDIRECTED:
        return
    target = targets.get(row.redirects_to)
    named = {"model": target.name if target else row.redirects_to}
    sentence = _("Calls after the end are answered by another model: %(model)s.") % named
    if target and target.is_retired(today):
        sentence = " ".join((sentence, _("That model has been retired too.")))
    yield TimelineLine(
        None, sentence, row.after_end_source, link=target.identifier if target else ""
    )


def _targets(rows: Iterable[Retirement]) -> dict[str, AIModel]:
    """Return the models of the catalogue that answer calls after an end."""
    names = {row.redirects_to for row in rows if row.redirects_to}
    if not names:
        return {}
    found = AIModel.objects.filter(identifier__in=names).prefetch_related("retirements")
    return {target.identifier: target for target in found}
