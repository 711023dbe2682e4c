"""Public pages of essays: a series with its weeks, one essay, its text file, the feed."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lifecycle.voice.models import Essay, EssaySeries
from lifecycle.voice.schedule import missed, weeks
from lifecycle.voice.states import EssayState
from requests_app.reports import essay_series
from requests_app.web.voice import atom


def _series(slug: str) -> EssaySeries:
    return get_object_or_404(essay_series.with_essays(), slug=slug)


@require_safe
def series(request: HttpRequest, slug: str) -> HttpResponse:
    row, today = _series(slug), timezone.now().date()
    essays = essay_series.public_essays(row)
    context = {
        "series": row,
        "essays": essays[::-1],
        "weeks": weeks(row, essays, today),
        "missed": len(missed(row, essays, today)),
    }
    return render(request, "pages/essay_series.html", context)


@require_safe
def essay(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show a published essay; of another one only how its review ended."""
    row = _series(slug)
    essays = essay_series.public_essays(row)
    found = _found(essays, number)
    readable = [each for each in essays if each.state == EssayState.PUBLISHED]
    context: dict[str, Any] = {
        "series": row,
        "essay": found,
        "is_published": found.state == EssayState.PUBLISHED,
        "earlier": next((one for one in readable[::-1] if one.number < number), None),
        "later": next((one for one in readable if one.number > number), None),
    }
    return render(request, "pages/essay.html", context)


def _found(essays: list[Essay], number: int) -> Essay:
    found = next((each for each in essays if each.number == number), None)
    if found is None:
        raise Http404
    return found


@require_safe
def text(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Return a published essay byte for byte, so that anybody can compute its digest."""
    rows = Essay.objects.filter(series__slug=slug, state=EssayState.PUBLISHED)
    found = get_object_or_404(rows, number=number)
    response = HttpResponse(found.body.encode(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{number}.txt"'
    return response


@require_safe
def feed(request: HttpRequest, slug: str) -> HttpResponse:
    row = _series(slug)
    published = [
        each for each in essay_series.public_essays(row) if each.state == EssayState.PUBLISHED
    ]
    return HttpResponse(atom.write(row, published), content_type=atom.CONTENT_TYPE)
