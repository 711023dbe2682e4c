"""The earlier requests and grants of a requester, for the review page."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count

from requests_app.models import AccessRequest, Grant
from requests_app.reports.review.page import ReviewPage
from requests_app.states import GrantState, RequestState


def history(page: ReviewPage) -> dict[str, Any]:
    """Return how many earlier requests and grants the requester has, by state.

    The counts include requests that the reader may not see.
    """
    access_request = page.access_request
    own = AccessRequest.objects.of(access_request.requester_id).reviewed()
    others = own.exclude(submitted_at=None).exclude(pk=access_request.pk)
    grants = _grants_by_state(access_request)
    return {
        "asked_before": _phrases(_by_state(others.without_overturned()), RequestState),
        "granted_before": _phrases(((s, n - standing) for s, n, standing in grants), GrantState),
        "standing_before": _phrases(((s, standing) for s, _, standing in grants), GrantState),
    }


def _by_state(rows: Any) -> Any:
    return rows.order_by("state").values_list("state").annotate(Count("pk"))


def _grants_by_state(access_request: AccessRequest) -> list[tuple[str, int, int]]:
    """Return each state with the requester's grants in it, and how many a standing rule gave."""
    grants = Grant.objects.filter(holder=access_request.requester_id)
    return list(_by_state(grants).annotate(standing=Count("access_request__standing_rule")))


def _phrases(counts: Iterable[tuple[str, int]], states: Any) -> list[str]:
    return [f"{count} {states(state).label.lower()}" for state, count in counts if count]
