"""Retirements as a calendar (RFC 5545, with the names of RFC 7986)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import Precision
from lifecycle.text.calendar_lines import day, join, moment, text
from requests_app.web.feeds.entries import BEGINNING, host
from requests_app.web.feeds.scopes import Scope
from requests_app.web.feeds.texts import title_of_calendar
from requests_app.wording.retirements import date_phrase

CONTENT_TYPE = "text/calendar; charset=utf-8"
MAX_EVENTS = 1_000  # Google Calendar takes 1 MB; an event has about 600 bytes
KEPT = timedelta(days=366)
REFRESHED_EVERY = "PT12H"


class DatedRetirement(NamedTuple):
    """What its event says: plain values, as a calendar has a thousand."""

    pk: int
    platform: str
    name: str
    identifier: str
    retires: date
    retires_at: datetime | None
    precision: str
    reopened: date | None
    revision: int
    changed_at: datetime


RELATED = ("retirement", *(f"retirement__{name}" for name in ("platform", "ai_model__name")))
COLUMNS = (*RELATED, "retirement__ai_model__identifier", *DatedRetirement._fields[4:])


def dated(scope: Scope, today: date) -> list[DatedRetirement]:
    """Return retirements with a date, from a year ago on; the earliest ones if they are many."""
    rows = scope.watches.filter(retires__gte=today - KEPT).order_by("retires", "pk")
    return [DatedRetirement._make(row) for row in rows.values_list(*COLUMNS)[:MAX_EVENTS]]


def updated(rows: list[DatedRetirement]) -> datetime:
    return max((row.changed_at for row in rows), default=BEGINNING)


def write(scope: Scope, rows: list[DatedRetirement], file: str) -> bytes:
    return join(_lines(scope, rows, file))


def _lines(scope: Scope, rows: list[DatedRetirement], file: str) -> Iterator[str]:
    name, about = text(title_of_calendar(scope.name)), text(_about())
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//Emeritus//Retirements//EN"
    yield "CALSCALE:GREGORIAN"
    yield f"UID:calendar-{'-'.join(scope.path) or 'all'}@{host()}"
    yield f"LAST-MODIFIED:{moment(updated(rows))}"
    for title in ("NAME", "X-WR-CALNAME"):  # the second one for programs from before RFC 7986
        yield f"{title}:{name}"
    for description in ("DESCRIPTION", "X-WR-CALDESC"):
        yield f"{description}:{about}"
    yield f"URL:{scope.page}"
    yield f"SOURCE;VALUE=URI:{scope.address_of(file)}"
    yield f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESHED_EVERY}"
    yield f"X-PUBLISHED-TTL:{REFRESHED_EVERY}"
    words, domain = _Words.translated(), host()
    for row in rows:
        yield from _event(row, words, domain)
    yield "END:VCALENDAR"


def _about() -> str:
    sentence = _("Retirements of the past year and to come, at most %(number)d. Days are UTC days.")
    return sentence % {"number": MAX_EVENTS}


class _Words(NamedTuple):
    """The sentences of events, looked up once for all of them."""

    firm: str
    open_end: str
    date: str
    reopened: str
    in_utc: str

    @classmethod
    def translated(cls) -> "_Words":
        return cls(
            _("%(model)s retires from %(platform)s"),
            _("%(model)s: retirement from %(platform)s %(date)s"),
            _("Retirement: %(date)s"),
            _("Served again from %(day)s."),
            _("Dates are in UTC."),
        )


def _event(row: DatedRetirement, words: _Words, domain: str) -> Iterator[str]:
    is_firm = row.precision == Precision.DAY
    phrase = date_phrase(row.retires, row.precision, row.retires_at)
    named = {"model": row.name, "platform": row.platform, "date": phrase}
    changed_at = moment(row.changed_at)
    yield "BEGIN:VEVENT"
    yield f"UID:retirement-{row.pk}@{domain}"
    yield f"DTSTAMP:{changed_at}"
    yield f"LAST-MODIFIED:{changed_at}"
    yield f"SEQUENCE:{row.revision}"
    yield from _when(row)
    yield f"SUMMARY:{text((words.firm if is_firm else words.open_end) % named)}"
    yield f"DESCRIPTION:{text(_description(row, words, phrase))}"
    yield f"URL:{settings.SITE_URL}{_path_of(row.identifier)}"
    yield f"STATUS:{'CONFIRMED' if is_firm else 'TENTATIVE'}"
    yield "TRANSP:TRANSPARENT"  # it keeps nobody from other appointments
    yield "CATEGORIES:RETIREMENT"
    yield "END:VEVENT"


@lru_cache(maxsize=4_096)  # else a third of the time that a large calendar takes
def _path_of(identifier: str) -> str:
    return reverse("model", args=[identifier])


def _when(row: DatedRetirement) -> Iterator[str]:
    """Yield the exact time if the provider named one, else the whole UTC day."""
    if row.retires_at:
        yield f"DTSTART:{moment(row.retires_at)}"
        return
    yield f"DTSTART;VALUE=DATE:{day(row.retires)}"
    yield f"DTEND;VALUE=DATE:{day(row.retires + timedelta(days=1))}"


def _description(row: DatedRetirement, words: _Words, phrase: str) -> str:
    lines = [words.date % {"date": phrase}]
    if row.reopened:
        lines.append(words.reopened % {"day": date_phrase(row.reopened, Precision.DAY)})
    return "\n".join([*lines, words.in_utc])
