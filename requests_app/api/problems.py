"""Every API error as an RFC 9457 problem, without internals."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.encoding import escape_uri_path
from django.utils.log import log_response
from rest_framework.exceptions import APIException, NotAuthenticated, ValidationError
from rest_framework.request import Request

from lifecycle.config.logs import redacted
from requests_app.refusals import Invalid, Refusal

MEDIA_TYPE = "application/problem+json"
UNEXPECTED = "Something went wrong on our side. We've logged it. Try again later."
UNREADABLE = "Some fields are missing or invalid. See `errors`."
RETRY_SECONDS = 5

# Names of fields in the API where the actions' differ; the empty name means the whole input.
NAMES = {"identifiers": "models", "protocol_version": "protocol", "non_field_errors": ""}

Kinds = type[Exception] | tuple[type[Exception], ...]
PLAIN: tuple[tuple[Kinds, int, str], ...] = (
    (Http404, 404, "Not found, or you don't have access to it."),
    (NotAuthenticated, 401, "Sign in and send the session cookie, or send a service token."),
    (PermissionDenied, 403, "You don't have permission to do this."),
    (RequestDataTooBig, 413, "This body is too large. Send less per call."),
    (
        (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError),
        400,
        "Invalid JSON. Send JSON in UTF-8.",
    ),
    ((OperationalError, InterfaceError), 503, "Temporarily unavailable. Try again soon."),
)


def as_problem(error: Exception, context: Mapping[str, Any]) -> JsonResponse:
    """DRF's exception handler; unexpected errors are logged and answered with 500."""
    request: Request = context["request"]
    problem = _problem(error)
    problem["instance"] = escape_uri_path(redacted(request.path))
    response = JsonResponse(
        problem, status=problem["status"], content_type=MEDIA_TYPE, headers=_headers(error)
    )
    if response.status_code >= 500:
        _report(error, request, response)
    return response


def _problem(error: Exception) -> dict[str, Any]:
    if isinstance(error, Refusal):
        return _refused(error)
    if isinstance(error, ValidationError):
        return _unreadable(error)
    status, detail = _plain(error)
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail}


def _refused(refusal: Refusal) -> dict[str, Any]:
    problem: dict[str, Any] = {
        "type": address_of(refusal.slug),
        "title": str(refusal.title),
        "status": refusal.status,
        "detail": refusal.sentence,
    }
    if isinstance(refusal, Invalid):
        errors = refusal.errors.items()
        problem["errors"] = {NAMES.get(name, name): [sentence] for name, sentence in errors}
    return problem


def _unreadable(error: ValidationError) -> dict[str, Any]:
    return {
        "type": address_of("unreadable"),
        "title": "Check your input",
        "status": error.status_code,
        "detail": UNREADABLE,
        "errors": dict(_flat(error.detail)),
    }


def _flat(detail: Any, name: str = "") -> Iterator[tuple[str, list[str]]]:
    """Return the sentences for each field; nested ones are named like `models.0`."""
    if not isinstance(detail, dict):
        yield name, [str(sentence) for sentence in detail]
        return
    for key, inner in detail.items():
        part = redacted(NAMES.get(str(key), str(key)))
        yield from _flat(inner, f"{name}.{part}" if name else part)


def _plain(error: Exception) -> tuple[int, str]:
    for kinds, status, sentence in PLAIN:
        if isinstance(error, kinds):
            return status, sentence
    if isinstance(error, APIException):
        return error.status_code, str(error.detail)
    return 500, UNEXPECTED


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(challenge)
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(wait)
    if isinstance(error, OperationalError | InterfaceError):
        headers["Retry-After"] = str(RETRY_SECONDS)
    return headers


def _report(error: Exception, request: Request, response: JsonResponse) -> None:
    """Log the error as Django does with an unhandled one, since this one is answered."""
    reason, plain = response.reason_phrase, request._request
    log_response("%s: %s", reason, request.path, response=response, request=plain, exception=error)
    got_request_exception.send(sender=None, request=plain)


def address_of(slug: str) -> str:
    """Return the URL that explains this type of problem."""
    return f"{settings.SITE_URL}/problems/#{slug}"
