"""Retirement dates in words. They are UTC days, whatever the reader's time zone."""

from datetime import UTC, date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lifecycle.catalogue.models import AIModel, Precision
from lifecycle.text import dates

PHRASES = {
    Precision.NOT_SOONER_THAN: gettext_lazy("not before %(day)s"),
    Precision.AT_EARLIEST: gettext_lazy("%(day)s at the earliest"),
}


def date_phrase(day: date | None, precision: str, at: datetime | None = None) -> str:
    """Return a date as firm as it is: “not before 5 January 2027”; `at` is the exact time."""
    if day is None:
        return _("no date yet")
    if at:
        return _("%(moment)s UTC") % {"moment": date_format(at.astimezone(UTC), "DATETIME_FORMAT")}
    named = dates.in_words(day)
    phrase = PHRASES.get(Precision(precision))
    return str(phrase) % {"day": named} if phrase else named


def headline(ai_model: AIModel, day: date, today: date) -> str:
    """Return “Claude Opus 3 retires in 12 days”, for a date that is firm."""
    days = (day - today).days
    named = {"model": ai_model, "days": days}
    if days < 0:
        return _("%(model)s was retired") % named
    if days == 0:
        return _("%(model)s retires today") % named
    if days == 1:
        return _("%(model)s retires tomorrow") % named
    sentence = ngettext(
        "%(model)s retires in %(days)d day", "%(model)s retires in %(days)d days", days
    )
    return sentence % named
