"""The “Use it today” card of a model's page, and its citations as files."""

from datetime import date
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.catalogue.models import AccessRoute, AIModel
from requests_app.reports import citations, use_today
from requests_app.reports.citations import FORMATS, Citation


class CitationFile(NamedTuple):
    """A citation on the page: to copy and to download."""

    name: str
    suffix: str
    text: str
    address: str


def card(ai_model: AIModel, today: date, platform: str) -> dict[str, Any]:
    """Return the card's context; without a known `platform`, one that serves it is cited."""
    known = use_today.of_model(ai_model, today)
    platforms = use_today.platforms(ai_model)
    likely = [*(place.name for place in known.places if place.name), *platforms, ""]
    chosen = platform if platform in platforms else likely[0]
    return {
        "use": known,
        "places": [_place(place) for place in known.places],
        "platforms": platforms,
        "cited_platform": chosen,
        "accessed": today,
        "citations": [_file(Citation(ai_model, chosen, today), form) for form in FORMATS],
    }


def _place(place: use_today.Place) -> dict[str, Any]:
    sentences = {
        use_today.SERVING: _("in service"),
        AccessRoute.Kind.PRODUCT: _("in a paid product"),
        AccessRoute.Kind.INVITATION: _("by invitation"),
        AccessRoute.Kind.REQUEST: _("by request"),
    }
    return {**place._asdict(), "how": sentences[place.how]}


def _file(citation: Citation, form: citations.CitationFormat) -> CitationFile:
    address = reverse("model_citation", args=[citation.ai_model.identifier, form.suffix])
    query = f"?{urlencode({'platform': citation.platform})}" if citation.platform else ""
    return CitationFile(form.name, form.suffix, form.write(citation), address + query)


@require_safe
def citation(request: HttpRequest, identifier: str, suffix: str) -> HttpResponse:
    """Return one citation as a file, accessed on today's UTC day."""
    form = next((form for form in FORMATS if form.suffix == suffix), None)
    rows = AIModel.objects.select_related("provider").prefetch_related(
        "retirements", "access_routes", "aliases"
    )
    ai_model = get_object_or_404(rows, identifier=identifier)
    platform = request.GET.get("platform", "")
    if form is None or (platform and platform not in use_today.platforms(ai_model)):
        raise Http404
    cited = Citation(ai_model, platform, timezone.now().date())
    response = HttpResponse(form.write(cited), content_type=f"{form.media_type}; charset=utf-8")
    name = citations.file_name(cited, form)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
