"""Announce a model's retirement on a platform, move its date, or reopen it.

Only catalogue editors do this, so its refusals are in the desk's language, English.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue import editing
from lifecycle.catalogue.models import AIModel, DateChange, Precision, Retirement, Source
from lifecycle.catalogue.retirements import lock
from lifecycle.people.models import User
from lifecycle.text.normalization import canonical
from requests_app import clock
from requests_app.actions.catalogue.retirement_events import record_changes
from requests_app.refusals import Invalid, WrongState
from requests_app.rules.catalogue import check_editor
from requests_app.rules.permissions import checked_reason
from requests_app.transitions.locks import lock_model


@dataclass(frozen=True)
class End:
    """The end of serving as a provider named it; without a day the precision is `none_yet`."""

    retires: date | None
    precision: str = Precision.DAY
    retires_at: datetime | None = None
    time_zone: str = ""


@transaction.atomic
def announce(
    ai_model: AIModel,
    platform: str,
    end: End,
    *,
    by: User,
    announced: date,
    source: Source | None = None,
) -> Retirement:
    """Record that a provider announced the end of a model on a platform."""
    ai_model, now = _lock(ai_model, by)
    row = _served(ai_model, platform, clock.utc_day(now))
    if row.announced:
        raise WrongState("This retirement was already announced. Change its date instead.")
    if announced > clock.utc_day(now):
        raise Invalid({"announced": "Choose today or a day in the past."})
    row.announced, row.announcement = announced, source
    _set_end(row, end)
    _save(row)
    record_changes(ai_model, by=by, at=now, details=_because("", source))
    return row


@transaction.atomic
def move_date(
    retirement: Retirement,
    end: End,
    *,
    by: User,
    reason: str = "",
    changed_on: date | None = None,
    source: Source | None = None,
) -> Retirement:
    """Move the date of a retirement, or say how firm it is; the old one is kept."""
    ai_model, now = _lock(retirement.ai_model, by)
    row = Retirement.objects.get(pk=retirement.pk)
    if row.is_effective(clock.utc_day(now)) or row.reopened:
        raise WrongState("This retirement is over. If it is served again, reopen it.")
    if (row.retires, row.precision) == (end.retires, end.precision):
        raise Invalid({"retires": "This is its date already."})
    _set_end(row, end)
    _save(row)
    reason = checked_reason(reason)
    last = DateChange.objects.filter(retirement=row).latest("position")
    last.reason, last.changed_on, last.source = reason, changed_on, source
    last.save(update_fields=["reason", "changed_on", "source"])
    record_changes(ai_model, by=by, at=now, details=_because(reason, source))
    return row


@transaction.atomic
def reopen(retirement: Retirement, *, by: User, on: date, reason: str = "") -> Retirement:
    """Record that a retired model is served again on its platform, from a day on."""
    ai_model, now = _lock(retirement.ai_model, by)
    row = Retirement.objects.get(pk=retirement.pk)
    if row.reopened:
        raise WrongState("It was already reopened.")
    if not row.is_effective(clock.utc_day(now)):
        raise WrongState("It isn't retired yet. Change its date instead.")
    if row.retires and on <= row.retires:
        raise Invalid({"reopened": "Choose a day after the retirement."})
    row.reopened = on
    _save(row)
    record_changes(ai_model, by=by, at=now, details=_because(checked_reason(reason), None))
    return row


def _lock(ai_model: AIModel, by: User) -> tuple[AIModel, datetime]:
    """Lock the catalogue before the model, as loading a file does."""
    lock()
    ai_model = lock_model(ai_model)
    check_editor(by)
    now = timezone.now()
    # What changed before is told as it was, and not as a part of this change.
    record_changes(ai_model, by=None, at=now, of_new_rows=())
    return ai_model, now


def _served(ai_model: AIModel, platform: str, today: date) -> Retirement:
    """Return the row of a platform that serves the model, or a new one."""
    platform = canonical(platform)
    rows = Retirement.objects.filter(ai_model=ai_model, platform=platform).order_by("round")
    served = [row for row in rows if not row.is_effective(today) and not row.reopened]
    return served[-1] if served else Retirement(ai_model=ai_model, platform=platform)


def _set_end(row: Retirement, end: End) -> None:
    row.retires, row.precision = end.retires, end.precision
    row.retires_at, row.time_zone = end.retires_at, end.time_zone


def _save(row: Retirement) -> None:
    """Save a retirement as a person set it. Raises Invalid."""
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise Invalid({field: said[0] for field, said in error.message_dict.items()}) from None
    editing.save_edited(row)


def _because(reason: str, source: Source | None) -> Mapping[str, str]:
    """Return what is published of a change; an editor's own reason, as `editing` has, isn't."""
    said = {"stated_reason": reason, "source": source.url if source else ""}
    return {name: text for name, text in said.items() if text}
