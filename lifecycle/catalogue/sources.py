"""Which sources are due to be read again, which models cite one, and the sources of many facts."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from lifecycle.catalogue.models import AIModel, Provider, Source

# From a model to the sources of its facts.
CITATIONS = (
    "retirements__source",
    "retirements__announcement",
    "retirements__retires_at_source",
    "retirements__after_end_source",
    "retirements__date_changes__source",
    "replacements__source",
    "aliases__source",
    "feature_ends__source",
    "access_routes__source",
    "access_routes__price_source",
    "sdk_versions__source",
    "weights__source",
    "promises__source",
)
PROVIDER_CITATIONS = ("feature_ends__source", "promises__source")


def due(today: date) -> QuerySet[Source]:
    """Return the sources in use that nobody has read for too long, the longest unread first."""
    limit = today - timedelta(days=settings.SOURCE_CHECK_DAYS)
    unread = Q(verified_on=None) | Q(verified_on__lte=limit)
    rows = Source.objects.filter(unread).filter(Exists(_cited()) | Exists(_cited_by_provider()))
    return rows.order_by(F("verified_on").asc(nulls_first=True), "url")


def _cited() -> QuerySet[AIModel]:
    return AIModel.objects.filter(_any_of(CITATIONS) | Q(sources__contains=[OuterRef("url")]))


def _cited_by_provider() -> QuerySet[Provider]:
    return Provider.objects.filter(_any_of(PROVIDER_CITATIONS))


def _any_of(citations: Iterable[str]) -> Q:
    found = Q()
    for citation in citations:
        found |= Q(**{citation: OuterRef("pk")})
    return found


def citing(source: Source) -> QuerySet[AIModel]:
    """Return the models that take a fact from this source."""
    found = Q(sources__contains=[source.url])
    for citation in CITATIONS:
        found |= Q(**{citation: source})
    return AIModel.objects.filter(found).order_by("identifier").distinct()


def providers_of(source: Source) -> QuerySet[Provider]:
    """Return the providers about which, or about whose models, this source states facts."""
    own = Q()
    for citation in PROVIDER_CITATIONS:
        own |= Q(**{citation: source})
    return Provider.objects.filter(own | Q(ai_models__in=citing(source))).order_by("pk").distinct()


def fetch(facts: Iterable[Model]) -> None:
    """Give rows the sources that they name, in one query for all their columns and tables."""
    named = [
        (row, column, pk)
        for row in facts
        for column in _columns_of(type(row))
        if (pk := getattr(row, column.attname))
    ]
    found = Source.objects.in_bulk({pk for _, _, pk in named})
    for row, column, pk in named:
        column.set_cached_value(row, found[pk])


@cache
def _columns_of(table: type[Model]) -> list[Any]:
    """Return the columns that name a source."""
    return [column for column in table._meta.concrete_fields if column.related_model is Source]
