"""Interface languages, stored in a cookie for pages and in the profile for emails."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _


def offered(language: str) -> bool:
    return language in dict(settings.LANGUAGES)


def choices() -> list[tuple[str, Any]]:
    """Return the languages, each named in itself, so that its speakers can read it."""
    return [("", _("Use my browser's setting")), *settings.LANGUAGES]


def for_pages(request: HttpRequest) -> dict[str, Any]:
    """Context processor with the languages for each page's footer."""
    return {"languages": settings.LANGUAGES}


def of_request(request: HttpRequest) -> str:
    """Return the chosen language, else the browser's; the review desk is in English."""
    if request.path.startswith("/admin/"):
        return settings.LANGUAGE_CODE
    return translation.get_language_from_request(request)


def of_person(person: Any) -> str:
    """Return the language of emails; English if none was chosen or there is no person."""
    chosen = getattr(person, "language", "")
    return chosen if offered(chosen) else settings.LANGUAGE_CODE


def remember(response: HttpResponse, language: str) -> None:
    """Store the choice in this browser; "" clears it."""
    name, path = settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_COOKIE_PATH
    if not offered(language):
        response.delete_cookie(name, path=path, samesite="Lax")
        return
    response.set_cookie(
        name,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=path,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
