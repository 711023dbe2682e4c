"""Record what changed in a model's retirements since it was last told, and remind of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from lifecycle.catalogue.models import AIModel, DateChange, Precision, Retirement
from lifecycle.people.models import User
from requests_app import clock
from requests_app.models import RetirementWatch
from requests_app.models.register.retirement_watch import TOLD
from requests_app.transitions.register_locks import lock_model
from requests_app.transitions.transition import record_event

ANNOUNCED, MOVED = "retirement.announced", "retirement.date_moved"
REOPENED, COMING = "retirement.reopened", "retirement.coming"
CORRECTED = "model.corrected"


class Change(NamedTuple):
    """A retirement that differs from what was last told of it; `before` is None if it is new."""

    before: RetirementWatch | None
    now: Retirement


def record_changes(
    ai_model: AIModel,
    *,
    by: User | None,
    at: datetime,
    details: Mapping[str, Any] | None = None,
    of_new_rows: Collection[str] = (ANNOUNCED, CORRECTED),
) -> list[str]:
    """Record what changed in the dates of a locked model; return the kinds of its events.

    What changed on several platforms in the same way is one event, so that everybody is told
    once. A retirement that was never told has only events `of_new_rows`.
    """
    changes: dict[str, list[Change]] = defaultdict(list)
    found = _changes(ai_model)
    for change in found:
        kind = _kind(change, clock.utc_day(at))
        if change.before or kind in of_new_rows:
            changes[kind].append(change)
    for kind, rows in changes.items():
        told = {**_details(rows), **_stated(kind, rows), **(details or {})}
        record_event(ai_model, kind, by=by, at=at, details=told)
    for change in found:
        _watch(change, at)
    return list(changes)


def _changes(ai_model: AIModel) -> list[Change]:
    rows = Retirement.objects.filter(ai_model=ai_model).select_related("watch", "announcement")
    found = [Change(getattr(row, "watch", None), row) for row in rows.order_by("pk")]
    return [each for each in found if each.before is None or _differs(each.before, each.now)]


def _differs(before: RetirementWatch, now: Retirement) -> bool:
    return any(getattr(before, name) != getattr(now, name) for name in TOLD)


def _kind(change: Change, today: date) -> str:
    before, now = change
    was_ended = before is not None and _is_ended(before, today)
    if before and now.reopened and before.reopened != now.reopened:
        return REOPENED
    if _is_ended(now, today) and (before is None or was_ended):
        return CORRECTED  # of the past
    if _is_ending(now) and not (before and _is_ending(before)):
        return ANNOUNCED
    if before and (before.retires, before.precision) != (now.retires, now.precision):
        return MOVED
    return CORRECTED


def _is_ended(row: RetirementWatch | Retirement, today: date) -> bool:
    return row.precision == Precision.DAY and row.retires is not None and row.retires <= today


def _is_ending(row: RetirementWatch | Retirement) -> bool:
    return row.precision == Precision.DAY or row.announced is not None


def _watch(change: Change, at: datetime) -> None:
    """Note what is told by now, and when to remind of it."""
    before, now = change
    watch = before or RetirementWatch(retirement=now)
    for name in TOLD:
        setattr(watch, name, getattr(now, name))
    watch.revision += before is not None
    watch.changed_at, watch.remind_at = at, _next_reminder(now, at)
    watch.save()


def _next_reminder(row: RetirementWatch | Retirement, after: datetime) -> datetime | None:
    if row.precision != Precision.DAY or row.retires is None or row.reopened:
        return None
    return clock.next_retirement_notice(row.retires, after)


def _details(changes: list[Change]) -> dict[str, list[str] | list[int]]:
    """Return what is told, in lists of the same order."""
    before = [change.before for change in changes]
    now = [change.now for change in changes]
    return {
        "retirements": [row.pk for row in now],
        "platforms": [row.platform for row in now],
        "dates": [_written(row.retires) for row in now],
        "precisions": [row.precision for row in now],
        "from_dates": [_written(row.retires if row else None) for row in before],
        "from_precisions": [row.precision if row else "" for row in before],
        "reopened": [_written(row.reopened) for row in now],
    }


def _stated(kind: str, changes: list[Change]) -> dict[str, str]:
    """Return the public reasons and sources of moved dates, and the sources of announcements."""
    rows = [change.now for change in changes]
    sources = [row.announcement for row in rows if kind == ANNOUNCED]
    reasons: list[str] = []
    for change in _last_moves(rows) if kind == MOVED else ():
        reasons.append(change.reason)
        sources.append(change.source)
    told = {
        "stated_reason": "\n".join(dict.fromkeys(filter(None, reasons))),
        "source": " ".join(dict.fromkeys(source.url for source in sources if source)),
    }
    return {name: text for name, text in told.items() if text}


def _last_moves(rows: list[Retirement]) -> list[DateChange]:
    """Return the change that led to each retirement's date."""
    changes = DateChange.objects.filter(retirement__in=rows).select_related("source")
    last = {change.retirement_id: change for change in changes.order_by("position")}
    return [
        last[row.pk]
        for row in rows
        if row.pk in last and last[row.pk].to_end == (row.retires, row.precision)
    ]


def _written(day: date | None) -> str:
    return day.isoformat() if day else ""


@transaction.atomic
def tell(ai_model_id: int, *, now: datetime) -> bool:
    """Record changes that weren't told yet, and remind of what is due; False if there is nothing.

    The dates are compared first, so a date that moved unnoticed isn't reminded of.
    """
    ai_model = lock_model(AIModel(pk=ai_model_id))
    kinds = record_changes(ai_model, by=None, at=now, of_new_rows=())
    watches = RetirementWatch.objects.due(now).filter(retirement__ai_model=ai_model)
    by_day: dict[date | None, list[Change]] = defaultdict(list)
    for watch in watches.select_related("retirement").order_by("pk"):
        watch.remind_at = _next_reminder(watch, now)
        watch.save(update_fields=["remind_at"])
        by_day[watch.retires].append(Change(watch, watch.retirement))
    for day, changes in by_day.items():
        assert day  # only dates have reminders
        days = max((day - clock.utc_day(now)).days, 0)
        record_event(ai_model, COMING, by=None, at=now, details={**_details(changes), "days": days})
    return bool(kinds or by_day)
