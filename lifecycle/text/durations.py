"""Lengths of time in words, in the reader's language: the only place that says so many days."""

import math
from datetime import timedelta

from django.utils.translation import ngettext

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
UNITS = {"day": DAY, "hour": HOUR, "minute": HOUR / 60, "second": HOUR / 3600}


def count_phrase(count: int, unit: str) -> str:
    """`1 day`, `7 days`; a unit of `UNITS`."""
    units = {
        "day": ngettext("%(count)s day", "%(count)s days", count),
        "hour": ngettext("%(count)s hour", "%(count)s hours", count),
        "minute": ngettext("%(count)s minute", "%(count)s minutes", count),
        "second": ngettext("%(count)s second", "%(count)s seconds", count),
    }
    return units[unit] % {"count": count}


def format_duration(time: timedelta) -> str:
    """`7 days`, or `36 hours`: the largest unit of which it is a whole number."""
    unit = next((unit for unit, size in UNITS.items() if not time % size), "second")
    return count_phrase(time // UNITS[unit], unit)


def days_rounded_up(time: timedelta) -> int:
    """In how many days it is over, to the hour, so that “within” is true."""
    return math.ceil(round(time / HOUR) / 24)
