"""Refuse too large forms before they are read."""

from collections.abc import Callable
from contextlib import suppress
from typing import cast

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.urls import Resolver404, ResolverMatch, resolve

from lifecycle.serving import problem_responses, problem_types
from lifecycle.serving.request_buffering import TAKES_FILES
from requests_app.actions.requests.files import too_large
from requests_app.files.storage import disk_errors_as_refusals
from requests_app.refusals import Unavailable
from requests_app.web.decorators import SignedInRequest
from requests_app.web.errors import refused
from requests_app.web.requests import file_views

AROUND = 65_536  # bytes for the form's other fields and boundaries


class UploadSizeMiddleware:
    """Allows multipart forms the size of a file where one is accepted, and little elsewhere.

    Other bodies can't be larger either, by the server's limit (lifecycle/config/asgi.py). Django
    reads no more than the Content-Length says, so that can be relied on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # By the declared length, before anything of the body is parsed.
        if _length(request) > _max_bytes(request):
            return _too_large(request)
        takes_a_file = request.path.endswith(TAKES_FILES)  # elsewhere the view limits it
        if request.content_type != "multipart/form-data" or not takes_a_file:
            return self.get_response(request)
        try:
            _receive(request)
        except Unavailable as refusal:
            _close(request)
            return refused(request, refusal)
        return self.get_response(request)


def _receive(request: HttpRequest) -> None:
    """Parse the form here, since writing a large file to a full disk fails."""
    with disk_errors_as_refusals(), suppress(UnreadablePostError):  # the sender has gone
        try:
            _ = request.POST
        except (BadRequest, MultiPartParserError):  # one or the other, by Django's version
            if not request.path.startswith("/api/"):  # the API refuses such bodies itself
                raise


def _close(request: HttpRequest) -> None:
    """Close files already on disk, since no view will."""
    for handler in request.upload_handlers:
        with suppress(OSError):
            handler.upload_interrupted()


def _length(request: HttpRequest) -> int:
    try:
        return int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return 0


def _max_bytes(request: HttpRequest) -> int:
    if request.content_type != "multipart/form-data" or request.path.endswith(TAKES_FILES):
        return int(settings.FILE_MAX_BYTES) + AROUND
    return int(settings.FORM_MAX_BYTES)


def _form_at(path: str) -> ResolverMatch | None:
    with suppress(Resolver404):
        found = resolve(path)
        return found if found.url_name == "request_files" else None
    return None


def _too_large(request: HttpRequest) -> HttpResponse:
    """Refuse on the form itself if there is one, so that another file can be chosen."""
    if found := _form_at(request.path):
        return file_views.too_large(cast(SignedInRequest, request), found.kwargs["public_id"])
    if not problem_responses.is_for_programs(request.path):
        return render(request, "errors/too_large.html", {"sentence": too_large()}, status=413)
    return problem_responses.respond(problem_types.TOO_LARGE, request.path, too_large())
