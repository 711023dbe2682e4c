"""Who has opened a request, an essay or a report on the desk, for those who oversee it."""

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from requests_app.models import ReadLogEntry


def by_person(entries: QuerySet[ReadLogEntry]) -> list[Any]:
    """Return how often each person looked, when first and last, and which files they opened."""
    people = entries.values("person__full_name", "person__email")
    opened = ArrayAgg(
        Coalesce("file__name", "report"),
        filter=~Q(file=None) | ~Q(report=""),
        distinct=True,
        default=Value([]),
    )
    told = people.annotate(times=Count("pk"), first=Min("at"), last=Max("at"), opened=opened)
    return list(told.order_by("-last"))
