"""The addresses of feeds and calendars."""

from collections.abc import Callable, Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from requests_app import clock
from requests_app.web.feeds import atom, calendar, entries, json_feed, scopes
from requests_app.web.feeds.public_files import answer, language_of
from requests_app.web.feeds.scopes import Scope

MAX_AGE = 900  # seconds
Writer = Callable[[HttpRequest, Scope, str], HttpResponse]


@require_safe
def feed(request: HttpRequest, file: str, kind: str = "", value: str = "") -> HttpResponse:
    """Return a file of FILES about everything, or about what `kind` and `value` name."""
    if file not in FILES:
        raise Http404
    with translation.override(language_of(request)):
        return FILES[file](request, scopes.find(kind, value), file)


def _changes(writer: Callable[..., bytes], content_type: str) -> Writer:
    def write(request: HttpRequest, scope: Scope, file: str) -> HttpResponse:
        found = entries.newest(scope)
        body, updated = writer(scope, found, file), entries.updated(found)
        return answer(request, body, content_type, max_age=MAX_AGE, updated=updated)

    return write


def _retirements(request: HttpRequest, scope: Scope, file: str) -> HttpResponse:
    rows = calendar.dated(scope, clock.utc_day(timezone.now()))
    body, updated = calendar.write(scope, rows, file), calendar.updated(rows)
    return answer(request, body, calendar.CONTENT_TYPE, max_age=MAX_AGE, updated=updated)


FILES: Mapping[str, Writer] = {
    "changes.atom": _changes(atom.write, atom.CONTENT_TYPE),
    "changes.json": _changes(json_feed.write, json_feed.CONTENT_TYPE),
    "retirements.ics": _retirements,
}
