"""Save a retirement with every change of its date, and lock the catalogue."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from django.db import connection, transaction
from django.db.models import F, Max

from lifecycle.catalogue.history import EndDate, new_dates
from lifecycle.catalogue.models import DateChange, Retirement

LOCK = 0x656D6572  # a number that nothing else locks
ASIDE = 1000  # places are unique, so rows step aside before they change places


def lock() -> None:
    """Lock the catalogue against other writers until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@transaction.atomic
def save_retirement(retirement: Retirement, *, earlier: Sequence[EndDate] = ()) -> None:
    """Save a retirement, record a moved date, and number the platform's rounds.

    `earlier` are dates that a file says it had before.
    """
    lock()
    stored = Retirement.objects.filter(pk=retirement.pk).first()
    retirement.round = _free_round(retirement, stored)
    retirement.save()
    dates = [*earlier, end_date(retirement)]
    _keep_dates(retirement, dates_of(stored) if stored else dates[:1], dates)
    _number_rounds(retirement.ai_model_id)


def end_date(retirement: Retirement) -> EndDate:
    return EndDate(retirement.retires, retirement.precision)


def dates_of(retirement: Retirement) -> list[EndDate]:
    """Return all dates it has had, the current one last."""
    changes = retirement.date_changes.all()
    earlier = (EndDate(change.from_date, change.from_precision) for change in changes)
    return [*earlier, end_date(retirement)]


def _free_round(retirement: Retirement, stored: Retirement | None) -> int:
    if stored and stored.platform == retirement.platform:
        return stored.round
    rounds = Retirement.objects.filter(
        ai_model=retirement.ai_model_id, platform=retirement.platform
    )
    last: int | None = rounds.aggregate(last=Max("round"))["last"]
    return (last or 0) + 1


def _keep_dates(retirement: Retirement, known: list[EndDate], listed: list[EndDate]) -> None:
    before, after = new_dates(known, listed)
    if before:
        changes = DateChange.objects.filter(retirement=retirement)
        changes.update(position=F("position") + ASIDE)
        changes.update(position=F("position") - ASIDE + len(before))
    _add_changes(retirement, [*before, known[0]], first=1)
    _add_changes(retirement, [known[-1], *after], first=len(before) + len(known))


def _add_changes(retirement: Retirement, dates: list[EndDate], *, first: int) -> None:
    DateChange.objects.bulk_create(
        DateChange(
            retirement=retirement,
            position=position,
            from_date=old.day,
            from_precision=old.precision,
            to_date=new.day,
            to_precision=new.precision,
        )
        for position, (old, new) in enumerate(pairwise(dates), first)
    )


def _number_rounds(ai_model_id: int) -> None:
    """Number the rounds of each platform in the order of their ends."""
    platforms: dict[str, list[Retirement]] = defaultdict(list)
    for row in Retirement.objects.filter(ai_model=ai_model_id).order_by("retires", "round"):
        platforms[row.platform].append(row)
    for platform, rows in platforms.items():
        numbers = list(range(1, len(rows) + 1))
        if [row.round for row in rows] == numbers:
            continue
        Retirement.objects.filter(ai_model=ai_model_id, platform=platform).update(
            round=F("round") + ASIDE
        )
        for number, row in zip(numbers, rows, strict=True):
            Retirement.objects.filter(pk=row.pk).update(round=number)
