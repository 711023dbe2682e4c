"""Usage under a grant, for its holder and reviewers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.http import StreamingHttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lifecycle.text import csv_files
from requests_app import clock
from requests_app.models import Grant, Usage
from requests_app.reports.heat_map import HeatMap, draw
from requests_app.reports.svg_charts import Chart, Series, columns
from requests_app.wording.limits import grouped

DAYS = 30
MILLION = Decimal(1_000_000)
COUNTS = ("requests", "input_tokens", "output_tokens", "cost")
COLUMNS = ("day", "key", "model", "requests", "input_tokens", "output_tokens", "cost_usd")


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
    """Usage of a grant in total, and on each day with any (UTC)."""

    grant: Grant
    today: date
    lines: list[UsageLine]
    days: dict[date, UsageTotals]

    @property
    def total(self) -> UsageTotals:
        return sum((line.numbers for line in self.lines), UsageTotals())

    @property
    def used_today(self) -> UsageTotals:
        return self._of(self.today)

    def _of(self, day: date) -> UsageTotals:
        return self.days.get(day, UsageTotals())

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
        last = [self.today - timedelta(days=ago) for ago in reversed(range(DAYS))]
        calls = [self._of(day).requests for day in last]
        numbers = {"all": grouped(sum(calls)), "days": DAYS, "most": grouped(max(calls))}
        description = _("%(all)s in %(days)s days; busiest day: %(most)s. Days are UTC.") % numbers
        labels = [date_format(day, "MONTH_DAY_FORMAT") for day in last]
        title = _("Requests per day, last %(days)s days") % {"days": DAYS}
        series, slug = [Series(_("requests"), calls)], f"usage-{self.grant}"
        return Chart(slug, title, description, labels, series, unit=_("requests"))

    @property
    def svg(self) -> str:
        return columns(self.chart)

    @cached_property
    def calendar(self) -> HeatMap:
        """Each day from the grant's first to its last, or to the last with usage."""
        first, last = (clock.utc_day(at) if at else self.today for at in self._life)
        first, last = min([first, *self.days]), max([last, *self.days])
        calls = {day: numbers.requests for day, numbers in self.days.items()}
        total, busiest = grouped(sum(calls.values())), grouped(max(calls.values(), default=0))
        description = _("%(all)s requests in all; busiest day: %(most)s. Days are UTC.")
        return HeatMap(
            f"calendar-{self.grant}",
            _("Requests per day, from the first day to the last"),
            description % {"all": total, "most": busiest},
            _("requests"),
            calls,
            first,
            last,
            self.today,
        )

    @property
    def _life(self) -> tuple[datetime | None, datetime | None]:
        return self.grant.activated_at, self.grant.closed_at or self.grant.ends_at

    @property
    def calendar_svg(self) -> str:
        return draw(self.calendar)


def usage_of_grant(grant: Grant, now: datetime) -> GrantUsage:
    """Return the usage, in two queries for any number of keys, models and days."""
    return GrantUsage(grant, clock.utc_day(now), _lines(grant), _days(grant))


def _rows(grant: Grant) -> QuerySet[Usage]:
    return Usage.objects.filter(key__grant=grant)


def _lines(grant: Grant) -> list[UsageLine]:
    names = ("key__public_id", "key__last_four", "ai_model__identifier")
    rows = _summed(_rows(grant), *names).order_by("key__created_at", "ai_model__identifier")
    return [UsageLine(key, four, model, _numbers(sums)) for key, four, model, *sums in rows]


def _days(grant: Grant) -> dict[date, UsageTotals]:
    return {day: _numbers(sums) for day, *sums in _summed(_rows(grant), "day").order_by("day")}


def _summed(rows: QuerySet[Usage], *names: str) -> Any:
    sums: dict[str, Any] = {f"sum_{name}": Sum(name) for name in COUNTS}
    return rows.values_list(*names).annotate(**sums)


def _numbers(sums: Iterable[Any]) -> UsageTotals:
    return UsageTotals(
        *(int(one) for one in sums)
    )  # PostgreSQL's sum of whole numbers is a numeric


def csv_of(grant: Grant) -> StreamingHttpResponse:
    """Return the CSV file, the same for pages, API and desk: a line for each day, key and model."""
    return csv_files.download(f"usage-{grant}.csv", COLUMNS, _csv_rows(grant))


def _csv_rows(grant: Grant) -> Iterator[list[object]]:
    named = _rows(grant).order_by("day", "key_id", "ai_model_id").values_list(
        "day", "key__public_id", "ai_model__identifier", *COUNTS[:3], F("cost")
    )  # fmt: skip
    for *cells, cost in named.iterator(chunk_size=1000):
        yield [*cells, f"{cost / MILLION:.6f}"]
