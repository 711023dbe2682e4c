"""The public numbers: what was requested and decided, about nobody in particular."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import cache
from django.db.models import Count, OuterRef, Q, QuerySet

from requests_app.models import AccessRequest, RequestedModel
from requests_app.reports import decision_times
from requests_app.reports.public_numbers import cell_suppression
from requests_app.reports.standing_access import StandingCounts, public_counts
from requests_app.states import UNDECIDED, RequestState


class RequestCounts(NamedTuple):
    """One row; `median` is None with too few decisions."""

    name: str
    asked: int
    open: int
    granted: int
    denied: int
    expired: int
    withdrawn: int
    median: timedelta | None
    identifier: str = ""
    shows_outcomes: bool = (
        True  # whether outcomes are shown; those of very few requests would reveal individuals
    )


class StatisticsTables(NamedTuple):
    """All published tables, each row with or without its outcomes."""

    overall: RequestCounts
    by_policy: list[RequestCounts]
    by_model: list[RequestCounts]
    standing: StandingCounts | None = None


COLUMNS: Mapping[str, tuple[RequestState, ...]] = {
    "open": UNDECIDED,
    "granted": (RequestState.APPROVED,),
    "denied": (RequestState.DENIED,),
    "expired": (RequestState.EXPIRED,),
    "withdrawn": (RequestState.WITHDRAWN,),
}
PUBLISHED_SECONDS = 300
OUTCOME = {str(state): name for name, states in COLUMNS.items() for state in states}


def _counts() -> Mapping[str, Any]:
    counts = {name: Count("pk", filter=Q(state__in=states)) for name, states in COLUMNS.items()}
    return {"asked": Count("pk"), **counts, **decision_times.decisions()}


def _request_counts(name: str, found: Mapping[str, Any], identifier: str = "") -> RequestCounts:
    counted = {key: found[key] for key in RequestCounts._fields if key in found and key != "median"}
    return RequestCounts(
        name=name, **counted, median=decision_times.reliable_median(found), identifier=identifier
    )


def _submitted() -> QuerySet[AccessRequest]:
    rows = AccessRequest.objects.reviewed().without_overturned()
    return rows.exclude(submitted_at=None).order_by()


def published_tables() -> StatisticsTables:
    """Return the tables cached for some minutes, since anybody may open the page at any rate."""
    tables = cache.get_or_set("public_numbers", statistics_tables, PUBLISHED_SECONDS)
    return cast(StatisticsTables, tables)


def published_median(policy: str) -> timedelta | None:
    """Return the median under all versions of a policy as the page of statistics shows it."""
    rows = (row for row in published_tables().by_policy if row.name == policy)
    return next((row.median for row in rows if row.shows_outcomes), None)


def statistics_tables() -> StatisticsTables:
    """Build the tables, suppressing whatever would reveal a row of another one."""
    policies, ai_models = _by_policy(), _by_model()
    total = _request_counts("", _submitted().aggregate(**_counts()))
    # Over all tables at once: a row of one can be derived from those of another.
    hidden = cell_suppression.suppressed_rows(_cells(), decision_times.MIN_DECISIONS)
    return StatisticsTables(
        total._replace(
            shows_outcomes=total.asked >= decision_times.MIN_DECISIONS
            and cell_suppression.TOTAL_ROW not in hidden
        ),
        [row._replace(shows_outcomes=("policy", row.name) not in hidden) for row in policies],
        [row._replace(shows_outcomes=("model", row.identifier) not in hidden) for row in ai_models],
        public_counts(),
    )


def _cells() -> list[cell_suppression.Cell]:
    """Count requests by the rows that count them and by outcome."""
    models = RequestedModel.objects.filter(access_request=OuterRef("pk")).order_by("ai_model")
    named = _submitted().annotate(models=ArraySubquery(models.values("ai_model__identifier")))
    rows: Any = named.values("policy_version__policy__name", "models", "state")
    return [
        cell_suppression.Cell(_lines(row), OUTCOME[row["state"]], row["count"])
        for row in rows.annotate(count=Count("pk"))
    ]


def _lines(row: Mapping[str, Any]) -> frozenset[cell_suppression.TableRow]:
    named = {("model", identifier) for identifier in row["models"]}
    return frozenset(
        {cell_suppression.TOTAL_ROW, ("policy", row["policy_version__policy__name"]), *named}
    )


def _by_policy() -> list[RequestCounts]:
    name = "policy_version__policy__name"
    rows: Any = _submitted().values(name).annotate(**_counts()).order_by(name)
    return [_request_counts(row[name], row) for row in rows]


def _by_model() -> list[RequestCounts]:
    """Count requests per model; one for two models counts for each."""
    name, identifier = ("requested_models__ai_model__" + part for part in ("name", "identifier"))
    rows: Any = _submitted().values(name, identifier).annotate(**_counts()).order_by(name)
    return [_request_counts(row[name], row, row[identifier]) for row in rows if row[identifier]]
