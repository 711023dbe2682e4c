"""Answers that are alike for everybody, which any cache may keep and any site may show."""

import hashlib
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from lifecycle.people import languages


def language_of(request: HttpRequest) -> str:
    """Return the language that the address names, else English; the reader's doesn't matter."""
    wanted = request.GET.get("language", "")
    return wanted if languages.offered(wanted) else languages.of_person(None)


def answer(
    request: HttpRequest,
    body: bytes,
    content_type: str,
    *,
    max_age: int,
    updated: datetime | None = None,
) -> HttpResponse:
    """Return the file, or 304 if the reader has it; `max_age` is in seconds (RFC 9111)."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    changed = int(updated.timestamp()) if updated else None
    response = HttpResponse(body, content_type=content_type)
    response["ETag"] = etag
    if changed:
        response["Last-Modified"] = http_date(changed)
    response["Cache-Control"] = f"public, max-age={max_age}"
    response["Content-Language"] = translation.get_language()
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    found = get_conditional_response(request, etag, changed, response)
    assert isinstance(found, HttpResponse)
    return found
