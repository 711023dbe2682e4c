"""Durations in words, in the reader's language, and parsing them."""

import math
import re
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
UNITS = {"day": DAY, "hour": HOUR, "minute": HOUR / 60, "second": HOUR / 3600}
LENGTH = re.compile(rf"([0-9]{{1,7}}) ?({'|'.join(UNITS)})s?")


def count_phrase(count: int, unit: str) -> str:
    """Return `1 day`, `7 days`; `unit` is one of UNITS."""
    units = {
        "day": ngettext("%(count)s day", "%(count)s days", count),
        "hour": ngettext("%(count)s hour", "%(count)s hours", count),
        "minute": ngettext("%(count)s minute", "%(count)s minutes", count),
        "second": ngettext("%(count)s second", "%(count)s seconds", count),
    }
    return units[unit] % {"count": count}


def format_duration(time: timedelta) -> str:
    """Return `7 days` or `36 hours`, in the largest unit that divides the duration."""
    unit = next((unit for unit, size in UNITS.items() if not time % size), "second")
    return count_phrase(time // UNITS[unit], unit)


def parse_duration(written: str) -> timedelta:
    """Parse the output of `format_duration`. Raises ValueError with a sentence."""
    found = LENGTH.fullmatch(" ".join(written.lower().split()))
    if found is None:
        raise ValueError(_("Enter a number and a unit: 7 days or 36 hours."))
    return int(found[1]) * UNITS[found[2]]


def days_rounded_up(time: timedelta) -> int:
    """Return in how many days it is over, rounded to the hour, so that “within” is true."""
    return math.ceil(round(time / HOUR) / 24)
