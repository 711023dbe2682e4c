"""Requests under a policy by state and age."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery

from requests_app.models import AccessRequest, Policy, RequestedModel, Revision
from requests_app.reports.policy_report import request_ages
from requests_app.reports.svg_charts import Chart, Series
from requests_app.states import UNDECIDED, RequestState

STATES = (
    *UNDECIDED,
    *(RequestState.APPROVED, RequestState.DENIED, RequestState.EXPIRED, RequestState.WITHDRAWN),
)
COLUMNS = (
    *("request", "state", "sent_at", "closed_at", "age_days"),
    *("requester", "email", "organisation", "models"),
)


class StateLine(NamedTuple):
    """How many requests are in a state, by the ages that `request_ages` names."""

    state: str
    ages: list[int]

    @property
    def by_age(self) -> list[tuple[str, int]]:
        return list(zip(request_ages.IN_WORDS, self.ages, strict=True))

    @property
    def total(self) -> int:
        return sum(self.ages)


def of_policy(policy: Policy) -> QuerySet[AccessRequest]:
    """Select requests that were sent; drafts are their authors' own."""
    rows = AccessRequest.objects.reviewed().exclude(submitted_at=None)
    return rows.filter(policy_version__policy=policy)


def by_state_and_age(policy: Policy, now: datetime) -> list[StateLine]:
    rows = of_policy(policy).order_by().values_list("state").annotate(**request_ages.counts(now))
    found = {state: counts for state, *counts in rows}
    nothing = [0] * len(request_ages.COLUMNS)
    return [StateLine(str(state.label), found.get(state, nothing)) for state in STATES]


def chart_of(lines: list[StateLine]) -> Chart:
    """Chart the open ones."""
    shown = lines[: len(UNDECIDED)]
    description = "; ".join(f"{line.state.lower()}: {line.total}" for line in shown)
    series = [Series(line.state.lower(), line.ages) for line in shown]
    title = "Open requests, by age in days"
    return Chart("open-by-age", title, f"{description}.", request_ages.NAMES, series, "requests")


def csv_rows(policy: Policy, now: datetime) -> Iterator[list[object]]:
    """Yield a row for each request, newest first. `age_days` is that of a request still open."""
    sent = Revision.objects.filter(access_request=OuterRef("pk"), submitted_at__isnull=False)
    named = RequestedModel.objects.filter(access_request=OuterRef("pk")).order_by("pk")
    rows = of_policy(policy).select_related("requester").order_by("-submitted_at", "-pk")
    annotated = rows.annotate(
        organisation=Subquery(sent.order_by("-number").values("organisation")[:1]),
        identifiers=ArraySubquery(named.values("ai_model__identifier")),
    )
    for row in annotated.iterator(chunk_size=1000):
        age = (now - row.submitted_at).days if row.submitted_at and row.state in UNDECIDED else None
        closed = row.closed_at and row.closed_at.isoformat()
        sent_at = row.submitted_at and row.submitted_at.isoformat()
        who = [row.requester.full_name, row.requester.email]
        models = " ".join(row.identifiers)
        yield [row, row.state, sent_at, closed, age, *who, row.organisation, models]
