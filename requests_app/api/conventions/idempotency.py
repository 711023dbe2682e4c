"""`Idempotency-Key`: a repeated call acts once, and gets the first one's answer again."""

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from lifecycle.people.models import User
from requests_app.actions import stored_answers
from requests_app.actions.stored_answers import Answer, Call
from requests_app.api import problems
from requests_app.key_format import holder_id
from requests_app.models import ServiceToken

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
METHODS = ("POST", "PUT", "PATCH")
KEY = re.compile(r"[\x21-\x7e]{16,255}")
KEPT_HEADERS = ("Content-Type", "Location", "Cache-Control", "ETag")
# Whoever is refused so may be let in by the same call later.
NEVER_STORED = (401, 403, 408, 412, 428, 429)


def call_of(request: Request, body: Callable[[], bytes]) -> Call | None:
    """Return the call if it has a key and somebody makes it. Raises ValidationError."""
    person, sent = request.user, request.headers.get(HEADER)
    if sent is None or request.method not in METHODS or not isinstance(person, User):
        return None
    key = _unquoted(sent)
    if not KEY.fullmatch(key):
        sentence = _("Use 16 to 255 visible ASCII characters, such as a UUID.")
        raise ValidationError({HEADER: [sentence]})
    token = request.auth
    return Call(
        person=person,
        caller=token.public_id if isinstance(token, ServiceToken) else holder_id(person.pk),
        path=request.path,
        key=key,
        sent=f"{request.method} {request.META['QUERY_STRING']}\0".encode() + body(),
    )


def _unquoted(sent: str) -> str:
    """Take a key as it is, or as a String of RFC 9651, which the IETF's draft has."""
    return sent[1:-1] if len(sent) > 1 and sent[0] == sent[-1] == '"' else sent


def respond_once(
    call: Call,
    view: Any,
    act: Callable[[], HttpResponse],
    refuse: Callable[[Exception], HttpResponse],
) -> HttpResponse:
    """Act for the first call with its key, and answer the others like it."""

    def refused(error: Exception) -> Answer:
        if problems.status_of(error) in NEVER_STORED or problems.status_of(error) >= 500:
            raise error
        return _answer_of(refuse(error))

    def acted() -> Answer:
        return _answer_of(act(), view)

    first = stored_answers.answer_once(
        call, acted, refused, one_transaction=view.in_one_transaction
    )
    if first is not None:
        return _response_of(first)
    again = _response_of(stored_answers.earlier(call))
    again.headers[REPLAYED] = "true"
    return again


def _answer_of(response: HttpResponse, view: Any = None) -> Answer:
    """Keep the answer with its language, as its sentences are in it."""
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    headers["Content-Language"] = get_language() or "en"
    data = getattr(response, "data", None)
    made = view.made(data) if view and response.status_code == 201 else ""
    is_secret = bool(view and view.answers_with_secret)
    return Answer(response.status_code, headers, response.content, made, is_secret)


def _response_of(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, headers=answer.headers)
