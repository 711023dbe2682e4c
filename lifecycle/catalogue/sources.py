"""Which sources are due to be read again, and which models cite one."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

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
