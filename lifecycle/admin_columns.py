"""Date and time columns for the desk's lists, short and on one line."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString


def short(at: date, told: str = "") -> SafeString:
    """Format as `28 Nov 2026`, or `28 Nov 2026, 00:35` for a time in UTC.

    `told` is another format.
    """
    usual = "%-d %b %Y, %H:%M" if isinstance(at, datetime) else "%-d %b %Y"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), at.strftime(told or usual))


def column(name: str, title: str = "") -> Callable[[Any], str]:
    """Return a column for `list_display` that shows this date or time field in UTC."""
    title_text = title or name.replace("_", " ")

    @admin.display(description=f"{title_text} (UTC)", ordering=name)
    def shown(row: Any) -> str:
        at = getattr(row, name)
        return short(at) if at else "-"

    shown.__name__ = name
    return shown
