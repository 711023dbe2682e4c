"""Times and days in the reader's time zone."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from lifecycle.people import time_zones


def moment(at: datetime) -> str:
    """Return the time with its zone, the reader's, or UTC if unknown, as in the API."""
    here = timezone.localtime(at)
    return f"{date_format(here, 'DATETIME_FORMAT')} {time_zones.shown(here)}"


def day(at: datetime) -> str:
    """Return the day of `at` in the reader's time zone, with its zone."""
    here = timezone.localtime(at)
    return f"{date_format(here)} ({time_zones.shown(here)})"
