"""What every page shares: readable input, refusals with their sentence, private answers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render

from requests_app.rules import Refusal


class RefusalMiddleware:
    """Views let refusals pass; here each becomes a page with its status and sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        context = {"refusal": exception}
        return render(request, "errors/refusal.html", context, status=exception.status)


class ReadableMiddleware:
    """Answers 400 to what would be a stumble: NUL in a filter, a form in an odd charset."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8").lower()
        nul = request.path.startswith("/admin/") and "%00" in request.META["QUERY_STRING"]
        if nul or charset not in ("utf-8", "utf8"):
            return HttpResponseBadRequest("Please write this in UTF-8, without NUL characters.")
        return self.get_response(request)


class PrivatePagesMiddleware:
    """What a signed-in person sees is kept by no cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response
