"""Answers to requests that never reach Django: text, or RFC 9457 problems for programs."""

import json
from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.module_loading import import_string

from lifecycle.serving import request_ids
from lifecycle.serving.problem_responses import CONTENT_TYPE, is_for_programs, problem
from lifecycle.serving.problem_types import BY_STATUS

RETRY_SECONDS = 60
Headers = list[tuple[str, str]]


class RejectedRequest(Exception):
    """A request that Django doesn't get; the status and message for it."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        self.status, self.sentence = status, sentence

    @property
    def status_line(self) -> str:
        return f"{self.status.value} {self.status.phrase}"

    def answer(self, environ: dict[str, Any]) -> tuple[Headers, bytes]:
        """Return headers and body. A path in WSGI's environ has one character per byte."""
        path = environ["PATH_INFO"]
        if is_for_programs(path):
            body, kind = self._problem(path), CONTENT_TYPE
        else:
            body, kind = f"{self.sentence}\n".encode(), "text/plain; charset=utf-8"
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append(("Retry-After", str(RETRY_SECONDS)))
        headers += [("Connection", "close"), (request_ids.HEADER, request_ids.of_environ(environ))]
        return [*headers, *security_headers()], body

    def _problem(self, path: str) -> bytes:
        address = path.encode("latin-1").decode(errors="replace")
        return json.dumps(problem(BY_STATUS[self.status], address, self.sentence)).encode()


@cache
def security_headers() -> tuple[tuple[str, str], ...]:
    """Return the headers that the site's own middleware sets on every answer."""

    def respond(request: object) -> HttpResponse:
        return HttpResponse()

    # Taken from the middleware itself, so that they can't drift apart.
    for name in reversed(settings.SECURITY_MIDDLEWARE):
        respond = import_string(name)(respond)
    request = RequestFactory(headers={"X-Forwarded-Proto": "https"}).get("/", secure=True)
    found = respond(request).headers
    return tuple((name, value) for name, value in found.items() if name != "Content-Type")


TOO_SLOW = RejectedRequest(
    HTTPStatus.REQUEST_TIMEOUT, "Your upload was too slow. Try again on a faster connection."
)
TOO_LARGE = RejectedRequest(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is too large. Nothing was saved."
)
TOO_MUCH = RejectedRequest(
    HTTPStatus.SERVICE_UNAVAILABLE, "Too many files are being sent at once. Try again in a minute."
)
DISK_FULL = RejectedRequest(
    HTTPStatus.SERVICE_UNAVAILABLE, "The server is out of space. Try again in a minute."
)
FAILED = RejectedRequest(
    HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side. Try again later."
)
UNREADABLE_TYPE = RejectedRequest(
    HTTPStatus.BAD_REQUEST, "The Content-Type is invalid. Send UTF-8."
)
