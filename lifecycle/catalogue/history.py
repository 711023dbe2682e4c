"""How dates and rounds of retirements fit together: pure functions for files and rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol, TypeVar


class EndDate(NamedTuple):
    """A retirement date as announced: the day, if there is one, and how firm it is."""

    day: date | None
    precision: str

    def __str__(self) -> str:
        firmness = "" if self.precision == "day" else f" ({self.precision.replace('_', ' ')})"
        return f"{self.day or 'no date'}{firmness}"


class Round(Protocol):
    """One end of serving a model on a platform, in a file or in the database."""

    @property
    def announced(self) -> date | None: ...
    @property
    def retires(self) -> date | None: ...
    @property
    def precision(self) -> str: ...


class Dated(Round, Protocol):
    """A round with all that follows from its dates."""

    @property
    def legacy_from(self) -> date | None: ...
    @property
    def extended_access_from(self) -> date | None: ...
    @property
    def retires_at(self) -> datetime | None: ...
    @property
    def reopened(self) -> date | None: ...
    @property
    def after_end(self) -> str: ...
    @property
    def redirects_to(self) -> str: ...


ENDS = ("day", "not_later_than")  # the precisions of dates on which something has ended

Contradiction = tuple[str, str]


def contradictions(entry: Dated) -> Iterator[Contradiction]:
    """Yield fields that don't fit each other, each with the reason."""
    if (entry.retires is None) != (entry.precision == "none_yet"):
        yield "precision", "says that there is no date yet, or needs one; correct one of them"
    if entry.legacy_from and entry.announced and entry.legacy_from > entry.announced:
        yield "legacy_from", f"is after the announcement on {entry.announced}; correct one of them"
    yield from _redirection(entry)
    yield from _reopening(entry)
    if entry.retires is not None:
        yield from _around(entry, entry.retires)


def _redirection(entry: Dated) -> Iterator[Contradiction]:
    if entry.after_end == "redirected" and not entry.redirects_to:
        yield "redirects_to", "is missing; name the model that answers calls after the end"
    if entry.redirects_to and entry.after_end != "redirected":
        yield "redirects_to", 'needs "redirected" in after_end; correct one of them'


def _reopening(entry: Dated) -> Iterator[Contradiction]:
    if entry.reopened is None:
        return
    if entry.precision not in ENDS or entry.retires is None:
        yield "reopened", "needs a date on which the model was retired; correct one of them"
    elif entry.reopened <= entry.retires:
        yield "reopened", f"isn't after the retirement on {entry.retires}; correct one of them"


def _around(entry: Dated, retires: date) -> Iterator[Contradiction]:
    too_late = f"is after the retirement on {retires}; correct one of them"
    for name in ("announced", "legacy_from", "extended_access_from"):
        day: date | None = getattr(entry, name)
        if day and day > retires:
            yield name, too_late
    if entry.retires_at is None:
        return
    if entry.precision != "day":
        yield "retires_at", "needs a retirement on a day; correct one of them"
    if abs((entry.retires_at.date() - retires).days) > 1:
        yield "retires_at", f"isn't on {retires} in any time zone; correct one of them"


Listed = TypeVar("Listed", bound=Round)
Known = TypeVar("Known", bound=Round)


def came_back(earlier: Round, later: Round) -> bool:
    """Return whether `later` was announced after `earlier` had ended, so they are two rounds."""
    ended = earlier.precision in ENDS
    return (
        ended
        and later.announced is not None
        and earlier.retires is not None
        and later.announced > earlier.retires
    )


def pair(listed: Iterable[Listed], known: Iterable[Known]) -> list[tuple[Listed, Known | None]]:
    """Match each listed round of one platform with the known round it describes, if any.

    They are matched by dates, not by number: a file may leave a round out or add an earlier one.
    """
    found: dict[int, Known] = {}
    left, rounds = list(known), list(listed)
    for is_same in (_same_date, _not_two_rounds):
        for place, entry in enumerate(rounds):
            match = next((row for row in left if is_same(entry, row)), None)
            if place not in found and match is not None:
                left.remove(match)
                found[place] = match
    return [(entry, found.get(place)) for place, entry in enumerate(rounds)]


def _same_date(one: Round, other: Round) -> bool:
    return one.retires == other.retires


def _not_two_rounds(one: Round, other: Round) -> bool:
    return not came_back(one, other) and not came_back(other, one)


def new_dates(
    known: Sequence[EndDate], listed: Sequence[EndDate]
) -> tuple[list[EndDate], list[EndDate]]:
    """Return the dates that `listed` adds before and after the `known` ones of a retirement.

    Both end with the current date. No known date is dropped, and a different last date is added
    even if the file doesn't explain the change.
    """
    at = position_of(known, listed)
    if at is not None:
        return list(listed[:at]), list(listed[at + len(known) :])
    if known[-1] == listed[-1]:
        return [], []
    shared = range(min(len(known), len(listed)), 0, -1)
    overlap = next((size for size in shared if known[-size:] == listed[:size]), None)
    return [], list(listed[overlap:] if overlap else listed[-1:])


def position_of(run: Sequence[EndDate], dates: Sequence[EndDate]) -> int | None:
    """Return the index at which `dates` contains all of `run` in sequence, or None."""
    places = range(len(dates) - len(run) + 1)
    return next((at for at in places if list(dates[at : at + len(run)]) == list(run)), None)
