"""Usage under a grant, for its holder and reviewers."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.http import StreamingHttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from requests_app.models import Grant, Usage
from requests_app.reports.svg_charts import Chart, Series, columns
from requests_app.wording.limits import grouped

DAYS = 30
MILLION = Decimal(1_000_000)
COUNTS = ("requests", "input_tokens", "output_tokens", "cost")
COLUMNS = ("day", "key", "model", "requests", "input_tokens", "output_tokens", "cost_usd")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class UsageTotals:
    """Sums of usage; `cost` is in millionths of a USD."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def cost_usd(self) -> Decimal:
        return self.cost / MILLION

    def __add__(self, other: "UsageTotals") -> "UsageTotals":
        return UsageTotals(*(getattr(self, name) + getattr(other, name) for name in COUNTS))


@dataclass(frozen=True)
class UsageLine:
    """Usage of one model by one key over the whole grant."""

    key: str
    last_four: str
    model: str
    numbers: UsageTotals


@dataclass(frozen=True)
class Quota:
    """A limit and what is left of it, never below zero."""

    name: str
    limit: int
    used: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.used, Decimal(0))

    @property
    def high(self) -> Decimal:
        """Whether it is nearly used up."""
        return self.limit * Decimal("0.8")


@dataclass(frozen=True)
class GrantUsage:
    """Usage of a grant in total, and daily over the last `DAYS` days (UTC)."""

    grant: Grant
    today: date
    lines: list[UsageLine]
    days: dict[date, UsageTotals]

    @property
    def total(self) -> UsageTotals:
        return sum((line.numbers for line in self.lines), UsageTotals())

    @property
    def used_today(self) -> UsageTotals:
        return self.days[self.today]

    @property
    def quotas(self) -> list[Quota]:
        """The quotas of all limits that are set."""
        limits, today = self.grant.limits(), self.used_today
        found = (
            (_("Requests today (UTC)"), limits.requests_per_day, Decimal(today.requests)),
            (_("Tokens today (UTC)"), limits.tokens_per_day, Decimal(today.tokens)),
            (_("US dollars in total"), limits.spend_cap, self.total.cost_usd),
        )
        return [Quota(name, limit, used) for name, limit, used in found if limit is not None]

    @property
    def chart(self) -> Chart:
        calls = [numbers.requests for numbers in self.days.values()]
        numbers = {"all": grouped(sum(calls)), "days": DAYS, "most": grouped(max(calls))}
        description = _("%(all)s in %(days)s days; busiest day: %(most)s. Days are UTC.") % numbers
        labels = [date_format(day, "MONTH_DAY_FORMAT") for day in self.days]
        title = _("Requests per day, last %(days)s days") % {"days": DAYS}
        return Chart(
            f"usage-{self.grant}", title, description, labels, [Series(_("requests"), calls)]
        )

    @property
    def svg(self) -> str:
        return columns(self.chart)


def usage_of_grant(grant: Grant, now: datetime) -> GrantUsage:
    """Return the usage, in two queries for any number of keys, models and days."""
    today = now.astimezone(UTC).date()
    return GrantUsage(grant, today, _lines(grant), _days(grant, today))


def _rows(grant: Grant) -> QuerySet[Usage]:
    return Usage.objects.filter(key__grant=grant)


def _lines(grant: Grant) -> list[UsageLine]:
    names = ("key__public_id", "key__last_four", "ai_model__identifier")
    rows = _summed(_rows(grant), *names).order_by("key__created_at", "ai_model__identifier")
    return [UsageLine(key, four, model, _numbers(sums)) for key, four, model, *sums in rows]


def _days(grant: Grant, today: date) -> dict[date, UsageTotals]:
    first = today - timedelta(days=DAYS - 1)
    rows = _summed(_rows(grant).filter(day__range=(first, today)), "day").order_by("day")
    found = {day: _numbers(sums) for day, *sums in rows}
    days = (first + timedelta(days=n) for n in range(DAYS))
    return {day: found.get(day, UsageTotals()) for day in days}


def _summed(rows: QuerySet[Usage], *names: str) -> Any:
    sums: dict[str, Any] = {f"sum_{name}": Sum(name) for name in COUNTS}
    return rows.values_list(*names).annotate(**sums)


def _numbers(sums: Iterable[Any]) -> UsageTotals:
    return UsageTotals(
        *(int(one) for one in sums)
    )  # PostgreSQL's sum of whole numbers is a numeric


def csv_of(grant: Grant) -> StreamingHttpResponse:
    """Return the CSV file, the same for pages, API and desk."""
    named = {"Content-Disposition": f'attachment; filename="usage-{grant}.csv"'}
    kept = {"Cache-Control": "private, no-store"}
    return StreamingHttpResponse(
        as_csv(grant), content_type="text/csv; charset=utf-8", headers=named | kept
    )


class _Echo:
    """A file for csv.writer that returns each line instead of storing it."""

    def write(self, line: str) -> str:
        return line


def as_csv(grant: Grant) -> Iterator[str]:
    """Yield a header and a line for each day, key and model, streamed from the database."""
    write = csv.writer(_Echo()).writerow
    yield write(COLUMNS)
    named = _rows(grant).order_by("day", "key_id", "ai_model_id").values_list(
        "day", "key__public_id", "ai_model__identifier", *COUNTS[:3], F("cost")
    )  # fmt: skip
    for *cells, cost in named.iterator(chunk_size=1000):
        yield write(_harmless([*cells, f"{cost / MILLION:.6f}"]))


def _harmless(cells: Iterable[object]) -> list[str]:
    """Escape a cell that a spreadsheet would run as a formula (OWASP, CSV injection)."""
    texts = (str(cell) for cell in cells)
    return [f"'{text}" if text.startswith(FORMULA_STARTS) else text for text in texts]
