"""Middleware of all pages: valid input, refusals, language, time zone, privacy."""

import logging
from collections.abc import Callable
from urllib.parse import unquote_plus, urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import FieldDoesNotExist
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.config.logs import KEY
from lifecycle.people import languages, time_zones
from lifecycle.serving import problem_responses, problem_types
from requests_app.refusals import RateLimited, Refusal
from requests_app.web import form_recovery
from requests_app.web.errors import bad_request, refused, too_many_requests

log = logging.getLogger(__name__)
FOR_EVERYBODY = ("/feeds/", "/badges/")
IN_UTC = ("/admin/", "/api/", "/oauth/", "/gateway/", "/metrics", *FOR_EVERYBODY)


class RefusalMiddleware:
    """Turns refusals raised by views into pages with their status and sentence.

    It does the same on the desk's lists for errors that only a manipulated URL causes, such as a
    number too large for the database or an unknown field. These are logged, in case that they have
    another cause.
    """

    unreadable = (DataError, OverflowError, FieldDoesNotExist)

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, self.unreadable) and _is_list_of_desk(request):
            log.warning("A list was asked for as none can be: %s", request.path, exc_info=exception)
            return bad_request(request, exception)
        if not isinstance(exception, Refusal):
            return None
        if isinstance(exception, RateLimited):
            return too_many_requests(request, exception)
        return refused(request, exception)


def _is_list_of_desk(request: HttpRequest) -> bool:
    match = request.resolver_match
    return (
        request.method in ("GET", "HEAD")
        and request.path.startswith("/admin/")
        and bool(match and str(match.url_name).endswith("_changelist"))
    )


class LanguageMiddleware:
    """Activates the reader's language, and deactivates it after the response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = languages.of_request(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


class PublicFilesMiddleware:
    """Answers feeds and badges without looking at cookies, so that all caches may share them.

    It stands before everything that reads a cookie or lets the answer depend on one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(FOR_EVERYBODY):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        response = self.get_response(request)
        if response.headers.get("Cache-Control", "").startswith("public"):
            del response.headers["Vary"]
        return response


class SameSiteMiddleware:
    """Forbids other sites to embed our pages and files, unless an answer allows it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class RequestDecodingMiddleware:
    """Answers 400 to input that can't be decoded: NUL in a filter, unknown charsets."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8").lower()
        # PostgreSQL stores no NUL, and Django's admin passes filters to it unchecked.
        nul = request.path.startswith("/admin/") and "%00" in request.META.get("QUERY_STRING", "")
        odd_wish = "*=" in request.headers.get("Accept", "")  # an RFC 2231 charset
        if nul or odd_wish or charset not in ("utf-8", "utf8"):
            return self._refuse(request)
        return self.get_response(request)

    def _refuse(self, request: HttpRequest) -> HttpResponse:
        sentence = _("Use UTF-8 without NUL characters.")
        if problem_responses.is_for_programs(request.path):
            return problem_responses.respond(problem_types.UNREADABLE, request.path, sentence)
        return HttpResponseBadRequest(sentence)


class KeyInAddressMiddleware:
    """Refuses a whole key in a URL before anything can store or log it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not KEY.search(f"{request.path} {unquote_plus(request.META.get('QUERY_STRING', ''))}"):
            return self.get_response(request)
        if problem_responses.is_for_programs(request.path):
            return problem_responses.respond(problem_types.KEY_IN_URL, request.path)
        return render(request, "errors/key_in_address.html", status=400)


class TimeZoneMiddleware:
    """Shows times in the reader's time zone, from the profile or else from `time_zone.js`.

    The desk names UTC beside each time, and data for programs is in UTC.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(IN_UTC):
            return self.get_response(request)
        chosen = getattr(request.user, "time_zone", "") or request.COOKIES.get("time_zone", "")
        # An unknown name gives None, which means the default zone.
        with timezone.override(time_zones.named(chosen)):
            return self.get_response(request)


class FormRecoveryMiddleware:
    """Keeps a form submitted after the session expired until its author signs in again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Read before the view, which may sign this person out.
        person = request.user.pk
        response = self.get_response(request)
        if request.user.is_authenticated:
            form_recovery.remember_owner(request, response)
            _forget_what_was_sent(request, response)
        elif person is not None:  # signed out by this request
            form_recovery.forget(person, response)
        elif _leads_to_sign_in(response) and form_recovery.save(request):
            messages.info(request, STILL_HERE)
            return redirect_to_login(reverse("typed"))
        return response


STILL_HERE = gettext_lazy(
    "You were signed out. We've kept your text for an hour: sign in to the same account to "
    "continue."
)


def _leads_to_sign_in(response: HttpResponse) -> bool:
    there = urlsplit(response.headers.get("Location", "")).path
    return there in (reverse("account_login"), reverse("admin:login"))


def _forget_what_was_sent(request: HttpRequest, response: HttpResponse) -> None:
    if request.method == "POST" and response.status_code < 400:
        waiting = form_recovery.load(request)
        # The kept form has been sent after all, so it needn't be offered again.
        if waiting and waiting.path == request.get_full_path():
            form_recovery.delete(request)


class PrivatePagesMiddleware:
    """Forbids caches to store the pages of signed-in people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response
