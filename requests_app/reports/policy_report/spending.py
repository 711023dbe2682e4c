"""Spending under a policy by model and by institution, against budgets and caps, in USD."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import Coalesce

from lifecycle.people.models import Institution
from requests_app.models import Capacity, RequestInstitution, Usage
from requests_app.reports.policy_report.use import GrantLine, PolicyUse, UseLine
from requests_app.reports.svg_charts import Chart, Series
from requests_app.reports.usage import MILLION

GRANT_COLUMNS = ("live_grants", "live_grants_usd", "spend_caps_usd", "live_grants_without_cap")
MODEL_COLUMNS = (
    *("model", "this_month_usd", *GRANT_COLUMNS),
    *("monthly_budget_usd", "monthly_budget_used_usd"),
)
INSTITUTION_COLUMNS = ("institution", "this_month_usd", *GRANT_COLUMNS)
NO_INSTITUTION = "No institution on record"
MAX_BARS = 8


@dataclass
class Spending:
    """What was spent this month, and by live grants so far; `caps` is what these may spend.

    The model's `budget` is for each month, and `budget_used` what all policies have spent of it.
    """

    name: str
    month: Decimal = Decimal(0)
    grants: int = 0
    live: Decimal = Decimal(0)
    caps: int = 0
    without_cap: int = 0
    budget: int | None = None
    budget_used: Decimal | None = None

    def add(self, line: UseLine, grant: GrantLine) -> None:
        self.month += line.month.cost_usd
        self.live += line.total.cost_usd if grant.is_live else 0

    def hold(self, grant: GrantLine) -> None:
        """Count a live grant."""
        self.grants += 1
        self.caps += grant.cap or 0
        self.without_cap += grant.cap is None


def by_model(use: PolicyUse) -> list[Spending]:
    """Return the spending of each model; a grant of several models counts under each of them."""
    found = {ai_model.pk: Spending(str(ai_model)) for ai_model in use.models}
    for line in use.lines:
        found[line.ai_model].add(line, use.grants[line.grant])
    for grant, ai_model in use.granted:
        found[ai_model].hold(use.grants[grant])
    for capacity in _budgets(use):
        found[capacity.ai_model_id].budget = capacity.monthly_budget
        found[capacity.ai_model_id].budget_used = Decimal(0)
    for ai_model, cost in _spent_of_budgets(use):
        found[ai_model].budget_used = cost / MILLION
    return _sorted(found.values())


def _budgets(use: PolicyUse) -> list[Capacity]:
    return [
        ai_model.capacity
        for ai_model in use.models
        if hasattr(ai_model, "capacity") and ai_model.capacity.monthly_budget is not None
    ]


def _spent_of_budgets(use: PolicyUse) -> Iterable[tuple[int, int]]:
    """Return what counts towards the budgets: use under every policy since the first (UTC)."""
    models = [capacity.ai_model_id for capacity in _budgets(use)]
    rows = Usage.objects.filter(ai_model__in=models, day__gte=use.first).order_by()
    return rows.values_list("ai_model").annotate(Sum("cost"))


def by_institution(use: PolicyUse) -> list[Spending]:
    """Return the spending of each curated institution that a request named when it was first sent.

    A grant of a request that names two counts under both.
    """
    named = _institutions(use)
    found: dict[str, Spending] = {}
    for pk, grant in use.grants.items():
        for name in named.get(grant.access_request, (NO_INSTITUTION,)):
            spending = found.setdefault(name, Spending(name))
            if grant.is_live:
                spending.hold(grant)
            for line in use.of_grant(pk):
                spending.add(line, grant)
    return _sorted(found.values())


def _institutions(use: PolicyUse) -> Mapping[int, set[str]]:
    rows = RequestInstitution.objects.filter(
        access_request__policy_version__policy=use.policy,
        institution__in=Institution.objects.curated(),
    )
    found: dict[int, set[str]] = {}
    standing = Coalesce("institution__merged_into__name", "institution__name")
    for access_request, name in rows.values_list("access_request", standing):
        found.setdefault(access_request, set()).add(name)
    return found


def _sorted(found: Iterable[Spending]) -> list[Spending]:
    return sorted(found, key=lambda each: (-each.month, -each.live, each.name))


def chart_of(lines: list[Spending], *, slug: str, title: str) -> Chart:
    """Chart the first few: this month and, where there is one, the monthly budget."""
    shown = lines[:MAX_BARS]
    series = [Series("this month", [float(line.month) for line in shown])]
    if any(line.budget is not None for line in shown):
        series.append(Series("monthly budget", [float(line.budget or 0) for line in shown]))
    else:
        series.append(Series("by live grants so far", [float(line.live) for line in shown]))
    total = sum(line.month for line in lines)
    description = f"{total:,.2f} USD this month (UTC)."
    names = [line.name for line in shown]
    return Chart(slug, title, description, names, series, "USD")


def model_rows(use: PolicyUse) -> Iterator[list[object]]:
    for line in by_model(use):
        used = "" if line.budget_used is None else f"{line.budget_used:.6f}"
        yield [*_cells(line), line.budget, used]


def institution_rows(use: PolicyUse) -> Iterator[list[object]]:
    return (_cells(line) for line in by_institution(use))


def _cells(line: Spending) -> list[object]:
    money = [f"{line.month:.6f}", line.grants, f"{line.live:.6f}"]
    return [line.name, *money, line.caps, line.without_cap]
