"""How long decisions take: from the last submission of a request to its decision."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Aggregate, Case, Count, DurationField, ExpressionWrapper, F, Q, When

from requests_app.models import AccessRequest
from requests_app.states import RequestState

DECIDED = (RequestState.APPROVED, RequestState.DENIED)
MIN_DECISIONS = 5  # decisions, before a median says anything


class TimeUnit(NamedTuple):
    """What lengths of time are counted in."""

    name: str
    size: timedelta

    def measure(self, time: timedelta) -> float:
        return round(time / self.size, 1)

    def in_words(self, count: float) -> str:
        """`5.5 days`; of the smallest unit also that it is less than one."""
        if self == UNITS[-1] and count < 1:
            return f"under a {self.name}"
        return f"{count:g} {self.name}{'s' * (count != 1)}"


UNITS = (
    TimeUnit("day", timedelta(days=1)),
    TimeUnit("hour", timedelta(hours=1)),
    TimeUnit("minute", timedelta(minutes=1)),
)


def unit_for(time: timedelta) -> TimeUnit:
    """The largest of which it is two at least."""
    return next((unit for unit in UNITS if time >= 2 * unit.size), UNITS[-1])


def in_words(time: timedelta) -> str:
    """`5.5 days`, `36 hours`, or `8 minutes`."""
    unit = unit_for(time)
    return unit.in_words(unit.measure(time))


class Percentile(Aggregate):
    """PERCENTILE_CONT of PostgreSQL (documentation 18, 9.21): interpolated between rows."""

    template = "PERCENTILE_CONT(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def decision_time() -> ExpressionWrapper[Any]:
    return ExpressionWrapper(F("closed_at") - F("submitted_at"), DurationField())


def decisions() -> Mapping[str, Any]:
    """How many requests were decided, and in what time half of them were."""
    decided = Q(state__in=DECIDED)
    return {
        "decided": Count("pk", filter=decided),
        # Not by `filter`, whose place in a template isn't the same in all versions of Django. What
        # isn't decided is NULL here, which a percentile leaves out.
        "median": Percentile(Case(When(decided, then=decision_time())), fraction="0.5"),
    }


def typical(policy_id: int) -> timedelta | None:
    """The median under this policy, in all its versions; None while there are not enough data."""
    rows = AccessRequest.objects.without_overturned().order_by()
    rows = rows.filter(policy_version__policy=policy_id)
    found = rows.filter(state__in=DECIDED).aggregate(**decisions())
    return reliable_median(found)


def reliable_median(found: Mapping[str, Any]) -> timedelta | None:
    """The median, if it is of enough decisions."""
    median: timedelta | None = found["median"]
    return median if found["decided"] >= MIN_DECISIONS else None
