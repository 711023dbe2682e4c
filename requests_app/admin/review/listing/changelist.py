"""The list of requests: prefetched rows, and links to dates without scanning the table."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from itertools import takewhile
from typing import Any, NamedTuple

from django.db.models import Prefetch, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import MONTHS

from requests_app.admin.pagination import UncountedList
from requests_app.models import AccessRequest, Revision, Stage
from requests_app.wording import titles

LEVELS = ("created_at__year", "created_at__month", "created_at__day")


class DateLink(NamedTuple):
    """One link of the date hierarchy; the current date has no URL."""

    title: str
    address: str = ""


class RequestList(UncountedList):
    """A list with date links that come from the calendar, not from a query over all rows."""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        rows = super().get_queryset(request, *args, **kwargs).filter(standing_rule=None)
        open_stages = Prefetch(
            "stages", Stage.objects.open().select_related("step"), to_attr="open_stages"
        )
        sent = Revision.objects.exclude(submitted_at=None).only(*titles.COLUMNS)
        texts = Prefetch("revisions", sent.prefetch_related("ai_models"))
        return rows.prefetch_related(open_stages, texts)

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[str | Combinable]:
        """Sort a single day by time; larger lists use the key, which follows the dates."""
        by_key = super().get_ordering(request, queryset)
        return ["-created_at", *by_key] if LEVELS[-1] in self.params else by_key

    @property
    def date_links(self) -> list[DateLink]:
        """Links back to wider dates, then to narrower ones."""
        named = takewhile(self.params.__contains__, LEVELS)
        chosen = [int(self.params[level]) for level in named]
        links = self._back(chosen)
        if len(chosen) == 3:
            return [*links, DateLink(f"{date(*chosen):%-d %B}")]
        return [*links, *(self._link(title, *chosen, n) for n, title in self._choices(chosen))]

    def _link(self, title: str, *chosen: int) -> DateLink:
        params = dict(zip(LEVELS, map(str, chosen), strict=False))
        return DateLink(title, self.get_query_string(params, remove=["created_at__"]))

    def _back(self, chosen: list[int]) -> list[DateLink]:
        titles = ["All dates", *(str(chosen[0]) for _ in chosen[1:2])]
        if len(chosen) == 3:
            titles.append(f"{MONTHS[chosen[1]]} {chosen[0]}")
        return [self._link(f"‹ {t}", *chosen[:n]) for n, t in enumerate(titles) if chosen]

    def _choices(self, chosen: list[int]) -> Iterator[tuple[int, str]]:
        if len(chosen) == 2:
            last = monthrange(*chosen)[1]
            return ((day, f"{day} {MONTHS[chosen[1]]}") for day in range(1, last + 1))
        if chosen:
            return ((month, str(MONTHS[month])) for month in range(1, 13))
        first = AccessRequest.objects.order_by("pk").values_list("created_at", flat=True).first()
        this_year = timezone.now().year
        return ((y, str(y)) for y in range(first.year if first else this_year, this_year + 1))
