"""Refuses a form that is too large before any of it is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.encoding import escape_uri_path

from requests_app.actions.files import too_large

TAKES_FILES = "/files/"
AROUND = 65_536  # bytes of a form besides its file


class UploadSizeMiddleware:
    """A form with parts may be as large as a file where one is taken, and is small elsewhere.

    Django reads no more of a body than its Content-Length says, so that can be relied on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.content_type != "multipart/form-data" or _length(request) <= _most(request):
            return self.get_response(request)
        return _refused(request)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return 0


def _most(request: HttpRequest) -> int:
    if request.path.endswith(TAKES_FILES):
        return int(settings.FILE_MOST_BYTES) + AROUND
    return int(settings.FORM_MOST_BYTES)


def _refused(request: HttpRequest) -> HttpResponse:
    if not request.path.startswith("/api/"):
        return render(request, "errors/too_large.html", {"sentence": too_large()}, status=413)
    problem = {"type": "about:blank", "title": "Content Too Large", "status": 413}
    problem |= {"detail": too_large(), "instance": escape_uri_path(request.path)}
    return JsonResponse(problem, status=413, content_type="application/problem+json")
