"""Days in words, in the reader's language."""

from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language


def in_words(day: date) -> str:
    """Return `4 March 2026`."""
    return _written(day, get_language())


@lru_cache(maxsize=10_000)  # formatting takes a third of the time of a page with many days
def _written(day: date, language: str | None) -> str:
    return date_format(day, "DATE_FORMAT")
