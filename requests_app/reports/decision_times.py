"""How long decisions take, from the last submission of a request."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Aggregate, Case, Count, DurationField, ExpressionWrapper, F, Q, When

from requests_app.states import RequestState

DECIDED = (RequestState.APPROVED, RequestState.DENIED)
MIN_DECISIONS = 5  # decisions needed for a meaningful median


class TimeUnit(NamedTuple):
    """A unit for durations."""

    name: str
    size: timedelta

    def measure(self, time: timedelta) -> float:
        return round(time / self.size, 1)

    def in_words(self, count: float) -> str:
        """Return `5.5 days`; below one of the smallest unit, “less than one”."""
        if self == UNITS[-1] and count < 1:
            return f"under a {self.name}"
        return f"{count:g} {self.name}{'s' * (count != 1)}"


UNITS = (
    TimeUnit("day", timedelta(days=1)),
    TimeUnit("hour", timedelta(hours=1)),
    TimeUnit("minute", timedelta(minutes=1)),
)


def unit_for(time: timedelta) -> TimeUnit:
    """Return the largest unit of which the duration has at least two."""
    return next((unit for unit in UNITS if time >= 2 * unit.size), UNITS[-1])


def in_words(time: timedelta) -> str:
    """Return `5.5 days`, `36 hours` or `8 minutes`."""
    unit = unit_for(time)
    return unit.in_words(unit.measure(time))


class Percentile(Aggregate):
    """PostgreSQL's PERCENTILE_CONT (documentation 18, 9.21), interpolated between rows."""

    template = "PERCENTILE_CONT(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def decision_time() -> ExpressionWrapper[Any]:
    return ExpressionWrapper(F("closed_at") - F("submitted_at"), DurationField())


def decisions() -> Mapping[str, Any]:
    """Return the number of decisions and their median time."""
    decided = Q(state__in=DECIDED)
    return {
        "decided": Count("pk", filter=decided),
        # Not by `filter`, whose SQL template differs between versions of Django. Undecided requests
        # are NULL here, which percentiles ignore.
        "median": Percentile(Case(When(decided, then=decision_time())), fraction="0.5"),
    }


def reliable_median(found: Mapping[str, Any]) -> timedelta | None:
    """Return the median if there are enough decisions."""
    median: timedelta | None = found["median"]
    return median if found["decided"] >= MIN_DECISIONS else None
