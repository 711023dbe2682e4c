"""Filters and tags for times and durations in templates."""

from datetime import date, datetime, timedelta

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lifecycle.admin_columns import short
from lifecycle.people import time_zones
from lifecycle.text import dates, durations

register = template.Library()


@register.filter
def local_time(at: datetime) -> str:
    """Show in the reader's time zone, with UTC on hover."""
    return render_to_string("parts/moment.html", {"at": at})


@register.filter
def is_past(at: datetime) -> bool:
    return at <= timezone.now()


@register.filter
def exact_time(at: datetime) -> str:
    """Show to the microsecond, in UTC."""
    return render_to_string("parts/exactly.html", {"at": at})


@register.filter
def to_the_minute(at: datetime) -> str:
    """Show to the minute in UTC, beside exact times."""
    return render_to_string("parts/to_the_minute.html", {"at": at})


@register.filter
def when(at: datetime) -> SafeString:
    """Show on the desk, in UTC and as `2 hours ago`."""
    # No template: a long history has hundreds of times.
    shown = short(at, "%-d %b %Y, %H:%M UTC")
    return format_html('{} <span class="soft">({})</span>', shown, naturaltime(at))


@register.filter
def day(on: date) -> str:
    """Show the day of a time in the reader's zone, with the zone; a date stays as it is."""
    if isinstance(on, datetime):
        return render_to_string("parts/day_of.html", {"at": on})
    # No template: pages have hundreds of days.
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), dates.in_words(on))


@register.filter
def in_words(time: timedelta) -> str:
    """Return `7 days` or `36 hours`."""
    return durations.format_duration(time)


@register.filter
def in_days(days: int) -> str:
    """Return `1 day` or `7 days`."""
    return durations.count_phrase(days, "day")


@register.filter
def days_up(time: timedelta) -> int:
    return durations.days_rounded_up(time)


@register.filter(expects_localtime=True)
def zone(at: datetime) -> str:
    """Return `CEST` or `-03`, also in a repeated hour, where `date:"T"` is empty."""
    return time_zones.shown(at)
