"""Time zones to choose from, by their IANA names."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def known() -> frozenset[str]:
    """Return all names, cached: each is a file on disk."""
    return frozenset(available_timezones())


class Zone(ZoneInfo):
    """A time zone that can also convert the first and last hours of datetime's range."""

    def fromutc(self, at: datetime) -> datetime:
        try:
            return super().fromutc(at)
        except OverflowError:
            return at  # a page with an odd time is better than none


def named(name: str) -> Zone | None:
    return Zone(name) if name in known() else None


def shown(at: datetime) -> str:
    """Return `CEST` or `-03`; the offset in a doubled hour whose two zones have the same name."""
    twin = at.replace(fold=1 - at.fold)
    name = at.tzname() or ""
    if at.utcoffset() == twin.utcoffset() or name != twin.tzname():
        return name
    return f"UTC{at.isoformat()[-6:]}"


def validate(name: str) -> None:
    if name not in known():
        raise ValidationError(_("Choose a time zone from the list."), code="time_zone")


def choices() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield places by area, for a grouped select."""
    places = sorted(name for name in known() if name.partition("/")[0] in AREAS)
    for area, names in groupby(places, lambda name: name.partition("/")[0]):
        yield area, [(name, _place(name)) for name in names]


def _place(name: str) -> str:
    return name.partition("/")[2].replace("_", " ")
