"""Every API error as an RFC 9457 problem, without internals."""

from collections.abc import Iterator, Mapping
from typing import Any

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
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request

from lifecycle.config.logs import redacted
from lifecycle.serving import problem_types
from lifecycle.serving.problem_responses import CONTENT_TYPE, address_of, problem
from lifecycle.serving.problem_types import ProblemType
from requests_app.refusals import Invalid, MissingPermission, NotAllowed, Refusal

MEDIA_TYPE = CONTENT_TYPE
RETRY_SECONDS = 5

# Names of fields in the API where the actions' differ; the empty name means the whole input.
NAMES = {"identifiers": "models", "protocol_version": "protocol", "non_field_errors": ""}


class CsrfFailed(exceptions.PermissionDenied):
    """A call with a session and without its CSRF token."""


class UnknownUrl(exceptions.NotFound):
    """A path that the site doesn't have."""


Kinds = type[Exception] | tuple[type[Exception], ...]
KINDS: tuple[tuple[Kinds, ProblemType], ...] = (
    ((Http404, exceptions.NotFound), problem_types.NOT_FOUND),
    (exceptions.NotAuthenticated, problem_types.NOT_SIGNED_IN),
    (exceptions.AuthenticationFailed, problem_types.INVALID_TOKEN),
    (CsrfFailed, problem_types.CSRF),
    (exceptions.MethodNotAllowed, problem_types.METHOD_NOT_ALLOWED),
    (exceptions.NotAcceptable, problem_types.NOT_ACCEPTABLE),
    (exceptions.UnsupportedMediaType, problem_types.MEDIA_TYPE),
    (RequestDataTooBig, problem_types.TOO_LARGE),
    (
        (
            *(exceptions.ParseError, SuspiciousOperation, BadRequest),
            *(MultiPartParserError, UnreadablePostError),
        ),
        problem_types.UNREADABLE,
    ),
    ((OperationalError, InterfaceError), problem_types.UNAVAILABLE),
)
# Those that we raise with a sentence of our own; that of all others is their type's.
WITH_SENTENCE = (exceptions.AuthenticationFailed, exceptions.ParseError, UnknownUrl)


def as_problem(error: Exception, context: Mapping[str, Any]) -> JsonResponse:
    """DRF's exception handler; unexpected errors are logged and answered with 500."""
    request: Request = context["request"]
    members = _problem(error, request.path)
    response = JsonResponse(
        members, status=members["status"], content_type=MEDIA_TYPE, headers=_headers(error)
    )
    if response.status_code >= 500:
        _report(error, request, response)
    return response


def status_of(error: Exception) -> int:
    return int(_problem(error, "")["status"])


def _problem(error: Exception, path: str) -> dict[str, Any]:
    if isinstance(error, Refusal):
        return _refused(error, path)
    if isinstance(error, exceptions.ValidationError):
        sentence = _("Some fields are missing or invalid. See `errors`.")
        return problem(problem_types.UNREADABLE, path, sentence, errors=dict(_flat(error.detail)))
    for kinds, kind in KINDS:
        if isinstance(error, kinds):
            sentence = str(error.detail) if isinstance(error, WITH_SENTENCE) else ""
            return problem(kind, path, sentence)
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return _refused(NotAllowed(_("You don't have permission to do this.")), path)
    return problem(problem_types.UNEXPECTED, path)


def _refused(refusal: Refusal, path: str) -> dict[str, Any]:
    members: dict[str, Any] = {
        "type": address_of(refusal.slug),
        "title": str(refusal.title),
        "status": refusal.status,
        "detail": refusal.sentence,
        "instance": escape_uri_path(redacted(path)),
    }
    if isinstance(refusal, Invalid):
        errors = refusal.errors.items()
        members["errors"] = {NAMES.get(name, name): [sentence] for name, sentence in errors}
    return members | refusal.members


def _flat(detail: Any, name: str = "") -> Iterator[tuple[str, list[str]]]:
    """Return the sentences for each field; nested ones are named like `models.0`."""
    if not isinstance(detail, dict):
        yield name, [str(sentence) for sentence in detail]
        return
    for key, inner in detail.items():
        part = redacted(NAMES.get(str(key), str(key)))
        yield from _flat(inner, f"{name}.{part}" if name else part)


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(challenge)
    if isinstance(error, MissingPermission):
        scope = f'error="insufficient_scope", scope="{error.needs}"'
        headers["WWW-Authenticate"] = f'Bearer realm="Emeritus", {scope}'
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
