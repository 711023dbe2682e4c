"""`{% blocktranslate with due=stage.due_at|moment %}`: a time inside a sentence."""

from datetime import date, datetime, timedelta

from django import template
from django.template.loader import render_to_string
from django.utils import timezone

from lifecycle.people import time_zones
from lifecycle.text import durations

register = template.Library()


@register.filter
def local_time(at: datetime) -> str:
    """As on the reader's clock, with UTC on hover."""
    return render_to_string("parts/moment.html", {"at": at})


@register.filter
def is_past(at: datetime) -> bool:
    return at <= timezone.now()


@register.filter
def exact_time(at: datetime) -> str:
    """To the microsecond, in UTC."""
    return render_to_string("parts/exactly.html", {"at": at})


@register.filter
def to_the_minute(at: datetime) -> str:
    """In UTC, for what stands beside times of `exactly`."""
    return render_to_string("parts/to_the_minute.html", {"at": at})


@register.filter
def day(on: date) -> str:
    """The day of a moment is the reader's, and says so; any other stands as it is."""
    if isinstance(on, datetime):
        return render_to_string("parts/day_of.html", {"at": on})
    return render_to_string("parts/day.html", {"day": on})


@register.filter
def in_words(time: timedelta) -> str:
    """`7 days`, or `36 hours`."""
    return durations.format_duration(time)


@register.filter
def in_days(days: int) -> str:
    """`1 day`, `7 days`."""
    return durations.count_phrase(days, "day")


@register.filter
def days_up(time: timedelta) -> int:
    return durations.days_rounded_up(time)


@register.filter(expects_localtime=True)
def zone(at: datetime) -> str:
    """`CEST`, or `-03`. In the hour that comes twice too, where `date:"T"` says nothing."""
    return time_zones.shown(at)
