"""Numbers for the desk: open requests by age, decisions per week, and time to decide."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, QuerySet
from django.db.models.functions import TruncWeek

from lifecycle.people.models import User
from requests_app.models import AccessRequest, PolicyVersion
from requests_app.reports import decision_times
from requests_app.reports.decision_times import DECIDED, Percentile, decision_time
from requests_app.reports.policy_report import request_ages
from requests_app.reports.svg_charts import Chart, Series, bars, columns
from requests_app.rules.desk.visibility import policies_of
from requests_app.states import RequestState

WEEKS = 26
ENDED = (*DECIDED, RequestState.EXPIRED)
MAX_POLICIES = 12


def dashboard_context(who: User, now: datetime) -> dict[str, Any]:
    """Return the numbers of the policies that a person owns or votes under."""
    rows = _requests_of(who)
    open_now, weekly = _open_by_age(rows, now), _by_week(rows, now)
    return {
        "title": "Dashboard",
        "charts": [
            {"chart": open_now, "svg": columns(open_now)},
            {"chart": weekly, "svg": columns(weekly)},
            _speed(rows, now),
        ],
        "open": int(sum(open_now.series[0].values)),
        **_overall(rows, now),
        "weeks": WEEKS,
    }


def _requests_of(who: User) -> QuerySet[AccessRequest]:
    # Its appeal counts instead, so an overturned denial would be counted twice.
    rows = AccessRequest.objects.reviewed().without_overturned()
    rows = rows.exclude(submitted_at=None).order_by()
    if who.is_superuser:
        return rows
    versions = PolicyVersion.objects.filter(policy__in=policies_of(who))
    return rows.filter(policy_version__in=list(versions.values_list("pk", flat=True)))


def _open_by_age(rows: QuerySet[AccessRequest], now: datetime) -> Chart:
    counts = rows.filter(state=RequestState.IN_REVIEW).aggregate(**request_ages.counts(now))
    values, names = [counts[name] for name in request_ages.COLUMNS], request_ages.NAMES
    description = "; ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True))
    series = [Series("open", values)]
    title = "Open requests, by age in days"
    return Chart("open-by-age", title, f"{description}.", names, series, unit="requests")


def _monday(at: datetime) -> datetime:
    return (at - timedelta(days=at.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def _period_start(now: datetime) -> datetime:
    """Return the start of the period of all numbers: WEEKS whole weeks before this one."""
    return _monday(now.astimezone(UTC)) - timedelta(weeks=WEEKS)


def _by_week(rows: QuerySet[AccessRequest], now: datetime) -> Chart:
    first = _period_start(now)
    ended = rows.filter(state__in=ENDED, closed_at__gte=first)
    weekly = ended.annotate(week=TruncWeek("closed_at", tzinfo=UTC))
    grouped = weekly.values_list("week", "state").annotate(Count("pk"))
    found = {(week, state): count for week, state, count in grouped}
    weeks = [first + timedelta(weeks=n) for n in range(WEEKS + 1)]
    series = [
        Series(str(state.label).lower(), [found.get((week, state), 0) for week in weeks])
        for state in ENDED
    ]
    totals = ", ".join(f"{sum(one.values):g} {one.name}" for one in series)
    labels = [f"{week:%-d %b}" for week in weeks]
    description = (
        f"In the last {WEEKS} weeks and this one: {totals}. Each label is a Monday in UTC."
    )
    title = "Decided per week, by its Monday (UTC)"
    return Chart("decided-by-week", title, description, labels, series, unit="requests")


def _decided(rows: QuerySet[AccessRequest], now: datetime) -> QuerySet[AccessRequest]:
    return rows.filter(state__in=DECIDED, closed_at__gte=_period_start(now))


def _duration_aggregates() -> Mapping[str, Any]:
    """Aggregate the time from the last submission to the decision."""
    return {
        "decided": Count("pk"),
        "median": Percentile(decision_time(), fraction="0.5"),
        "slow": Percentile(decision_time(), fraction="0.9"),
    }


def _overall(rows: QuerySet[AccessRequest], now: datetime) -> dict[str, Any]:
    found: dict[str, Any] = _decided(rows, now).aggregate(**_duration_aggregates())
    names = ("median", "slow") if found["decided"] else ()
    return {
        "decided": found["decided"],
        **{name: decision_times.in_words(found[name]) for name in names},
    }


def _speed(rows: QuerySet[AccessRequest], now: datetime) -> dict[str, Any]:
    """Chart the times per policy, in the unit that fits the longest."""
    named = _decided(rows, now).annotate(policy=F("policy_version__policy__name"))
    grouped: Any = named.values("policy").annotate(**_duration_aggregates())
    found = list(grouped.order_by("-decided")[:MAX_POLICIES])
    labels = [row["policy"] for row in found]
    unit = decision_times.unit_for(
        max((row["slow"] for row in found), default=timedelta(weeks=WEEKS))
    )
    series = [
        Series("median", [unit.measure(row["median"]) for row in found]),
        Series("90th percentile", [unit.measure(row["slow"]) for row in found]),
    ]
    description = f"From the last submission to the decision, over {WEEKS} weeks and this one."
    title = f"{unit.name.capitalize()}s to decide, by policy"
    chart = Chart("time-by-policy", title, description, labels, series)
    return {"chart": chart, "svg": bars(chart, unit.in_words)}
