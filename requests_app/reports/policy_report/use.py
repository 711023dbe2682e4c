"""What the grants under a policy used, read once for all tables of its report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Sum
from django.utils.formats import date_format

from lifecycle.catalogue.models import AIModel
from lifecycle.text.durations import count_phrase
from requests_app import clock
from requests_app.models import Grant, GrantedModel, Policy, Usage
from requests_app.reports.svg_charts import Chart, Series
from requests_app.reports.usage import COUNTS, MILLION, UsageTotals
from requests_app.states import GRANT

DAYS = 30
COLUMNS = ("day", "model", "requests", "input_tokens", "output_tokens", "cost_usd")
OF_POLICY = "key__grant__access_request__policy_version__policy"


class GrantLine(NamedTuple):
    """A grant under the policy; `cap` is in whole USD."""

    access_request: int
    is_live: bool
    cap: int | None


class UseLine(NamedTuple):
    """Use of one model under one grant: this month (UTC), and since the grant began."""

    grant: int
    ai_model: int
    month: UsageTotals
    total: UsageTotals


@dataclass(frozen=True)
class ModelUse:
    """Use of one model under all grants of the policy."""

    name: str
    month: UsageTotals
    total: UsageTotals


@dataclass
class PolicyUse:
    """The grants of a policy and what they used; each part is one query.

    A grant that was made after the first of them isn't in this report.
    """

    policy: Policy
    now: datetime

    @property
    def today(self) -> date:
        return clock.utc_day(self.now)

    @property
    def first(self) -> date:
        """The first day of this month (UTC)."""
        return self.today.replace(day=1)

    @cached_property
    def grants(self) -> Mapping[int, GrantLine]:
        rows = Grant.objects.filter(access_request__policy_version__policy=self.policy)
        columns = rows.values_list("pk", "access_request", "state", "spend_cap")
        live = set(GRANT.live)  # read once: it is worked out from the table of states
        return {pk: GrantLine(of, state in live, cap) for pk, of, state, cap in columns}

    @property
    def live(self) -> int:
        return sum(grant.is_live for grant in self.grants.values())

    @cached_property
    def lines(self) -> list[UseLine]:
        sums: dict[str, Any] = {
            **{f"month_{name}": Sum(name, filter=Q(day__gte=self.first)) for name in COUNTS},
            **{f"total_{name}": Sum(name) for name in COUNTS},
        }
        rows = usage_of(self.policy).values_list("key__grant", "ai_model").annotate(**sums)
        half = len(COUNTS)
        return [
            UseLine(grant, ai_model, _totals(numbers[:half]), _totals(numbers[half:]))
            for grant, ai_model, *numbers in rows
            if grant in self.grants
        ]

    @cached_property
    def _lines_by_grant(self) -> Mapping[int, list[UseLine]]:
        found: dict[int, list[UseLine]] = {}
        for line in self.lines:
            found.setdefault(line.grant, []).append(line)
        return found

    def of_grant(self, grant: int) -> list[UseLine]:
        return self._lines_by_grant.get(grant, [])

    @cached_property
    def granted(self) -> list[tuple[int, int]]:
        """The models of live grants, as pairs of both ids."""
        live = Grant.objects.live().filter(access_request__policy_version__policy=self.policy)
        rows = GrantedModel.objects.filter(grant__in=live)
        pairs = rows.order_by().values_list("grant", "ai_model")
        return [(grant, ai_model) for grant, ai_model in pairs if grant in self.grants]

    @cached_property
    def models(self) -> list[AIModel]:
        """All models under the policy, or granted or used under it, by name."""
        known = {line.ai_model for line in self.lines} | {each for _, each in self.granted}
        rows = AIModel.objects.filter(Q(pk__in=known) | Q(policies=self.policy))
        return list(rows.select_related("capacity").order_by("name", "pk").distinct())

    @property
    def by_model(self) -> Iterator[ModelUse]:
        for ai_model in self.models:
            lines = [line for line in self.lines if line.ai_model == ai_model.pk]
            yield ModelUse(
                str(ai_model),
                sum((line.month for line in lines), UsageTotals()),
                sum((line.total for line in lines), UsageTotals()),
            )

    @property
    def month(self) -> UsageTotals:
        return sum((line.month for line in self.lines), UsageTotals())


def usage_of(policy: Policy) -> QuerySet[Usage]:
    return Usage.objects.filter(**{OF_POLICY: policy}).order_by()


def _totals(numbers: list[Any]) -> UsageTotals:
    return UsageTotals(*(int(number or 0) for number in numbers))


def chart_of(use: PolicyUse) -> Chart:
    """Chart the calls of each of the last days."""
    first = use.today - timedelta(days=DAYS - 1)
    rows = usage_of(use.policy).filter(day__range=(first, use.today))
    found = dict(rows.values_list("day").annotate(Sum("requests")))
    days = [first + timedelta(days=number) for number in range(DAYS)]
    calls = [int(found.get(day, 0)) for day in days]
    period = count_phrase(DAYS, "day")
    description = f"{sum(calls):,} in {period}; busiest day: {max(calls):,}. Days are UTC."
    labels = [date_format(day, "MONTH_DAY_FORMAT") for day in days]
    title = f"Calls per day, last {period}"
    series = [Series("calls", calls)]
    return Chart("calls-by-day", title, description, labels, series, "calls")


def csv_rows(policy: Policy, now: datetime) -> Iterator[list[object]]:
    """Yield a row for each day and model, older days first."""
    sums: dict[str, Any] = {f"sum_{name}": Sum(name) for name in COUNTS}
    rows = usage_of(policy).values_list("day", "ai_model__identifier").annotate(**sums)
    for *cells, cost in rows.order_by("day", "ai_model__identifier").iterator(chunk_size=1000):
        yield [*cells, f"{cost / MILLION:.6f}"]
