"""Other requests beside one under review: of the same person, institution and models."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib.postgres.search import (
    SearchQuery,
    SearchQueryField,
    SearchRank,
    SearchVector,
)
from django.db.models import Max, Prefetch, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Replace
from django.urls import reverse

from lifecycle.people.models import Institution
from requests_app.models import AccessRequest, Revision
from requests_app.reports.review.page import ReviewPage
from requests_app.wording import titles

MAX_SHOWN = 10
MAX_COMPARED = 100  # the newest; comparing texts takes time
DICTIONARY = "english"  # leaves out words like “the” and compares stems; others by the whole word
BY_LENGTH = Value(1)  # or the longest text would be the most similar


class RelatedRequest(NamedTuple):
    """One line: the request, and what it is called."""

    access_request: AccessRequest
    title: str


class RelatedRequests(NamedTuple):
    """One folded list; `all_of_them` are links to longer ones."""

    heading: str
    rows: list[RelatedRequest]
    all_of_them: list[tuple[str, str]]


def related(page: ReviewPage) -> list[RelatedRequests]:
    """Return the lists that aren't empty, of requests that the reader may open."""
    own = AccessRequest.objects.reviewed().exclude(submitted_at=None).filter(page.visible)
    others = own.exclude(pk=page.access_request.pk).order_by("-pk")
    found = (_same_person(page, others), _same_institution(page, others), _similar(page, others))
    rows = _with_titles({pk for pks, *_ in found for pk in pks})
    return [
        RelatedRequests(heading, [rows[pk] for pk in pks], links)
        for pks, heading, links in found
        if pks
    ]


Found = tuple[Sequence[int], str, list[tuple[str, str]]]


def _same_person(page: ReviewPage, others: QuerySet[AccessRequest]) -> Found:
    requester = page.access_request.requester
    # As their index is, or PostgreSQL might look for them in all requests by key.
    own = others.filter(requester=requester).order_by("-created_at")
    pks = own.values_list("pk", flat=True)[:MAX_SHOWN]
    return list(pks), "By the same person", [(f"All by {requester}", _list(q=requester.email))]


def _same_institution(page: ReviewPage, others: QuerySet[AccessRequest]) -> Found:
    """By others of a curated institution that was recorded when this request was first sent."""
    recorded = [row.institution_id for row in page.institutions]
    named = list(Institution.objects.curated().filter(pk__in=recorded)) if recorded else []
    if not named:
        return [], "", []
    rows = others.exclude(requester=page.access_request.requester_id)
    everywhere = Institution.objects.same_as(named)
    pks = rows.filter(institutions__institution__in=everywhere).values_list("pk", flat=True)
    links = [(f"All from {each.name}", _list(q=each.name)) for each in named]
    return list(pks.distinct()[:MAX_SHOWN]), "From the same institution", links


def _similar(page: ReviewPage, others: QuerySet[AccessRequest]) -> Found:
    """By others for a model of these, those first whose purposes share most words with this one."""
    ai_models = list(page.revision.ai_models.all())
    rows = others.exclude(requester=page.access_request.requester_id)
    newest = rows.filter(requested_models__ai_model__in=ai_models).distinct()
    texts = Revision.objects.filter(access_request__in=newest.values("pk")[:MAX_COMPARED])
    rank = SearchRank(
        SearchVector("purpose", config=DICTIONARY),
        _any_word_of(page.revision.purpose),
        normalization=BY_LENGTH,
    )
    sent = texts.exclude(submitted_at=None).order_by().values("access_request")
    best = sent.annotate(rank=Max(rank)).filter(rank__gt=0).order_by("-rank", "-access_request")
    pks = best.values_list("access_request", flat=True)[:MAX_SHOWN]
    links = [(f"All for {each}", _list(model=each.identifier)) for each in ai_models]
    return list(pks), "For the same models, with similar purposes first", links


def _any_word_of(text: str) -> Combinable:
    """Build a query that one common word satisfies; Django's own wants all or a phrase."""
    every = Cast(SearchQuery(text, config=DICTIONARY), TextField())
    return Cast(Replace(every, Value("&"), Value("|")), SearchQueryField())


def _with_titles(pks: set[int]) -> dict[int, RelatedRequest]:
    texts = Revision.objects.exclude(submitted_at=None).only(*titles.COLUMNS)
    rows = AccessRequest.objects.filter(pk__in=pks).prefetch_related(
        Prefetch("revisions", texts.prefetch_related("ai_models"))
    )
    return {row.pk: RelatedRequest(row, titles.of_request(row)) for row in rows}


def _list(**query: str) -> str:
    return f"{reverse('admin:requests_app_accessrequest_changelist')}?{urlencode(query)}"
