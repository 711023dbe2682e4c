"""A moment, or its day, on the clock of whoever reads it."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from lifecycle.people import time_zones


def moment(at: datetime) -> str:
    """On the reader's clock, with the name of its zone; UTC where none is known, as in the API."""
    here = timezone.localtime(at)
    return f"{date_format(here, 'DATETIME_FORMAT')} {time_zones.shown(here)}"


def day(at: datetime) -> str:
    """That of `at` on the reader's clock, with the name of its zone."""
    here = timezone.localtime(at)
    return f"{date_format(here)} ({time_zones.shown(here)})"
