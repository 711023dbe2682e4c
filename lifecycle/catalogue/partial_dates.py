"""Dates that are known to the day, the month or the year only."""

from datetime import date


def first_day(text: str) -> date | None:
    """Return the first day of “2024”, “2024-03” or “2024-03-04”; None if it isn't a date."""
    try:
        return date.fromisoformat(f"{text}-01-01"[:10]) if text else None
    except ValueError:
        return None
