"""Numbers and durations in words, and parsing durations."""

import re
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_countries import countries

from lifecycle.text.durations import DAY, UNITS, format_duration

NUMBERS = (
    gettext_lazy("no"),
    gettext_lazy("one"),
    gettext_lazy("two"),
    gettext_lazy("three"),
    gettext_lazy("four"),
    gettext_lazy("five"),
    gettext_lazy("six"),
    gettext_lazy("seven"),
    gettext_lazy("eight"),
    gettext_lazy("nine"),
    gettext_lazy("ten"),
)
LENGTH = re.compile(rf"([0-9]{{1,7}}) ?({'|'.join(UNITS)})s?")


def number(count: int) -> str:
    """Return the number, in words up to ten."""
    return str(NUMBERS[count]) if count < len(NUMBERS) else str(count)


def parse_duration(written: str) -> timedelta:
    """Parse the output of `format_duration`. Raises ValueError with a sentence."""
    found = LENGTH.fullmatch(" ".join(written.lower().split()))
    if found is None:
        raise ValueError(_("Enter a number and a unit: 7 days or 36 hours."))
    return int(found[1]) * UNITS[found[2]]


def window(time: timedelta, country: str = "") -> str:
    """Return how long a step is open, in working days if a country is given."""
    if not country or time < DAY:
        return format_duration(time)
    days = ngettext("%(count)s working day", "%(count)s working days", time.days)
    sentences = {"days": days % {"count": time.days}, "country": countries.name(country) or country}
    if not (rest := time - time.days * DAY):
        return _("%(days)s (%(country)s, UTC)") % sentences
    return _("%(days)s and %(rest)s (%(country)s, UTC)") % {
        **sentences,
        "rest": format_duration(rest),
    }
