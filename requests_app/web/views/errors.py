"""Pages for what went wrong outside of the actions; each says what to do next."""

import math
from datetime import timedelta
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import escape_leading_slashes, url_has_allowed_host_and_scheme

from lifecycle.config.logs import redacted
from lifecycle.people import waits
from requests_app.refusals import Refusal, TooOften


def back_from(request: HttpRequest) -> str:
    """The page of ours that was sent from, to go back to; empty when the browser doesn't say."""
    came_from = redacted(request.headers.get("Referer", ""))
    safe = url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return escape_leading_slashes(urlsplit(came_from).path) if came_from and safe else ""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def too_often(request: HttpRequest, refusal: TooOften | None = None) -> HttpResponse:
    """Ours, or allauth's for sign-in, sign-up and their mails."""
    wait = refusal.wait if refusal else waits.seconds(request)
    until = {"minutes": math.ceil(wait / 60), "at": timezone.now() + timedelta(seconds=wait)}
    context = {"refusal": refusal, "back": back_from(request), **until}
    answer = render(request, "429.html", context, status=429)
    answer["Retry-After"] = str(wait)
    return answer


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    context = {"refusal": refusal, "back": back_from(request)}
    return render(request, "errors/refusal.html", context, status=refusal.status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Drawn without the person or the database, since either may be what failed."""
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", {"back": back_from(request)}, status=403)
