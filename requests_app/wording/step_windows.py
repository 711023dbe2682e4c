"""How long a step of a review is open, in words."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_countries import countries

from lifecycle.text.durations import DAY, format_duration


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
