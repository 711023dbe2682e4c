"""`ETag`, `If-None-Match` and `If-Match` (RFC 9110): 304 for what a caller has, 412 if stale."""

import hashlib
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.request import Request

from lifecycle.config.env import ROOT
from requests_app.refusals import NeedsIfMatch, Stale

IF_MATCH, IF_NONE_MATCH = "If-Match", "If-None-Match"


def tag_of(*parts: Any) -> str:
    """Return a strong tag. It changes with the code too, which may show the same rows otherwise."""
    return f'"{hashlib.sha256(repr((release(), *parts)).encode()).hexdigest()[:32]}"'


@cache
def release() -> str:
    """Return a digest of the code, the same on each server that runs it."""
    digest = hashlib.sha256()
    for package in ("requests_app", "lifecycle"):
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def matches(sent: str, tag: str) -> bool:
    """Compare without W/, which proxies put before a tag when they compress the answer."""
    tags = parse_etags(sent)
    return "*" in tags or tag in {each.removeprefix("W/") for each in tags}


def has_it(request: Request, tag: str) -> bool:
    sent = request.headers.get(IF_NONE_MATCH)
    return sent is not None and matches(sent, tag)


def check(request: Request, tag: str) -> None:
    """Refuse a change of something else than what the caller saw. Raises Stale or NeedsIfMatch."""
    sent = request.headers.get(IF_MATCH)
    if sent is None:
        raise NeedsIfMatch(_("Send If-Match with the ETag of what you have read."))
    if not matches(sent, tag):
        raise Stale(_("This has changed since you read it. Fetch it again, then decide."))


def with_tag(request: Request, response: HttpResponse, tag: str | None = None) -> HttpResponse:
    """Tag a rendered answer to a GET, or reduce it to a 304 if the caller has it."""
    if response.status_code != 200 or response.streaming:
        return response
    tag = tag or tag_of(response.content)
    if has_it(request, tag):
        response = not_modified()
    response.headers["ETag"] = tag
    return response


def not_modified() -> HttpResponse:
    response = HttpResponse(status=304)
    del response.headers["Content-Type"]
    return response


def let_caches_ask(request: Request, response: HttpResponse) -> None:
    """Have caches ask each time; browsers, which have a session, store nothing of a person."""
    if response.has_header("Cache-Control"):
        return
    if request.auth is not None:
        patch_cache_control(response, private=True, no_cache=True)
    elif not request.user.is_authenticated:
        patch_cache_control(response, no_cache=True)
