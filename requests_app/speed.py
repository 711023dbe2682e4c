"""How long decisions take: from the last submission of a request to its decision."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q

from requests_app.models import AccessRequest
from requests_app.states import RequestState

DECIDED = (RequestState.APPROVED, RequestState.DENIED)
FEWEST = 5  # decisions, before a median says anything


class Percentile(Aggregate):
    """PERCENTILE_CONT of PostgreSQL (documentation 18, 9.21): interpolated between rows."""

    template = "PERCENTILE_CONT(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def taken() -> ExpressionWrapper[Any]:
    return ExpressionWrapper(F("closed_at") - F("submitted_at"), DurationField())


def decisions() -> Mapping[str, Any]:
    """How many requests were decided, and in what time half of them were."""
    decided = Q(state__in=DECIDED)
    return {
        "decided": Count("pk", filter=decided),
        "median": Percentile(taken(), fraction="0.5", filter=decided),
    }


def typical(policy_id: int) -> timedelta | None:
    """The median under this policy, in all its versions; None while there are too few to say."""
    rows = AccessRequest.objects.filter(policy_version__policy=policy_id).order_by()
    found = rows.filter(state__in=DECIDED).aggregate(**decisions())
    return enough(found)


def enough(found: Mapping[str, Any]) -> timedelta | None:
    """The median, if it is of enough decisions."""
    median: timedelta | None = found["median"]
    return median if found["decided"] >= FEWEST else None
