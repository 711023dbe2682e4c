"""What a feed is about: everything, or one model, provider or platform."""

from typing import NamedTuple

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from lifecycle.catalogue.models import AIModel, Provider, Retirement
from requests_app.models import Event, RetirementWatch
from requests_app.wording.catalogue_changes import CHANGE_KINDS

CATALOGUE = Q(ai_model__isnull=False) | Q(provider__isnull=False)


class Scope(NamedTuple):
    """A selection of the catalogue; `path` is its part of a feed's address."""

    name: str  # empty for everything
    path: tuple[str, ...]
    page: str
    changes: QuerySet[Event]
    watches: QuerySet[RetirementWatch]

    def address_of(self, file: str) -> str:
        name = "feed_of" if self.path else "feed"
        return f"{settings.SITE_URL}{reverse(name, args=[*self.path, file])}"


def find(kind: str, value: str) -> Scope:
    """Return the scope that an address names. Raises Http404."""
    if not kind:
        return _scope("", (), reverse("models"), Q(), Q())
    finders = {"models": _of_model, "providers": _of_provider, "platforms": _of_platform}
    if kind not in finders:
        raise Http404
    return finders[kind](value)


def _of_model(identifier: str) -> Scope:
    row = get_object_or_404(AIModel, identifier=identifier)
    page = reverse("model", args=[identifier])
    of_it = Q(retirement__ai_model=row)
    return _scope(row.name, ("models", identifier), page, Q(ai_model=row), of_it)


def _of_provider(slug: str) -> Scope:
    row = get_object_or_404(Provider, slug=slug)
    models = AIModel.objects.filter(provider=row).values("pk")
    changes = Q(ai_model__in=models) | Q(provider=row)
    of_it = Q(retirement__ai_model__provider=row)
    page = f"{reverse('models')}?provider={slug}"
    return _scope(row.name, ("providers", slug), page, changes, of_it)


def _of_platform(platform: str) -> Scope:
    if not Retirement.objects.filter(platform=platform).exists():
        raise Http404
    changes, of_it = (
        Q(details__platforms__contains=[platform]),
        Q(retirement__platform=platform),
    )
    return _scope(platform, ("platforms", platform), reverse("models"), changes, of_it)


def _scope(name: str, path: tuple[str, ...], page: str, changes: Q, watches: Q) -> Scope:
    # By both conditions the partial index of the catalogue's events serves it.
    events = Event.objects.filter(CATALOGUE, changes, kind__in=CHANGE_KINDS)
    return Scope(
        name,
        path,
        f"{settings.SITE_URL}{page}",
        events.prefetch_related("ai_model", "provider"),  # joins would be made for all, then cut
        RetirementWatch.objects.filter(watches).select_related("retirement__ai_model"),
    )
