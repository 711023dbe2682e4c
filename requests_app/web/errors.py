"""Error pages outside of actions; each says what to do next."""

import math
import sys
from datetime import timedelta
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import escape_leading_slashes, url_has_allowed_host_and_scheme

from lifecycle.config.logs import redacted
from lifecycle.people.sign_in import lockout
from lifecycle.serving import problem_responses, problem_types
from requests_app.refusals import RateLimited, Refusal
from requests_app.web import form_recovery

RETRY_SECONDS = 10


def back_from(request: HttpRequest) -> str:
    """Return the page of ours that the request was sent from; empty if unknown."""
    came_from = redacted(request.headers.get("Referer", ""))
    safe = url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return escape_leading_slashes(urlsplit(came_from).path) if came_from and safe else ""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if problem_responses.is_for_programs(request.path):
        return problem_responses.respond(problem_types.UNREADABLE, request.path)
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def too_many_requests(request: HttpRequest, refusal: RateLimited | None = None) -> HttpResponse:
    """Render our rate limits and allauth's for sign-in, sign-up and email."""
    wait = refusal.wait if refusal else lockout.seconds(request)
    until = {"minutes": math.ceil(wait / 60), "at": timezone.now() + timedelta(seconds=wait)}
    context = {"refusal": refusal, "back": back_from(request), **until}
    answer = render(request, "429.html", context, status=429)
    answer["Retry-After"] = str(wait)
    return answer


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say why, and show the texts that were sent: their page may not be there any more."""
    sent = form_recovery.submitted_form(request) if request.user.is_authenticated else None
    context = {"refusal": refusal, "back": back_from(request), "typed": sent}
    return render(request, "errors/refusal.html", context, status=refusal.status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Render without the person or the database, since either may be the cause."""
    # Django calls this handler while the exception is still being handled.
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return unavailable(request)
    if problem_responses.is_for_programs(request.path):
        return problem_responses.respond(problem_types.UNEXPECTED, request.path)
    # No request: context processors would read the session and so the database.
    return HttpResponse(render_to_string("500.html"), status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer while the database is unreachable or overloaded."""
    again = {"Retry-After": str(RETRY_SECONDS)}
    if request.path == reverse("metrics"):
        sentence = "The database doesn't answer.\n"
        return HttpResponse(sentence, content_type="text/plain", status=503, headers=again)
    if problem_responses.is_for_programs(request.path):
        return problem_responses.respond(problem_types.UNAVAILABLE, request.path, headers=again)
    return HttpResponse(render_to_string("503.html"), status=503, headers=again)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form from a page opened before somebody signed in or out.

    The input is shown again if it was sent from a page of ours.
    """
    if _is_from_here(request):
        if not request.user.is_authenticated and form_recovery.save(request):
            return redirect_to_login(reverse("typed"))
        sent = form_recovery.submitted_form(request) if request.user.is_authenticated else None
        if sent:
            return render(request, "pages/typed.html", {"typed": sent}, status=403)
    return render(request, "errors/csrf.html", {"back": back_from(request)}, status=403)


def _is_from_here(request: HttpRequest) -> bool:
    """Return whether the form was sent from this site, by the headers that browsers add.

    Input from another site is never shown again as ours.
    """
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
