"""Languages that a person may choose: kept in a cookie, and with the person for mails."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _


def offered(language: str) -> bool:
    return language in dict(settings.LANGUAGES)


def choices() -> list[tuple[str, Any]]:
    """Each in its own words, so that whoever needs one can read it."""
    return [("", _("Use my browser's setting")), *settings.LANGUAGES]


def for_pages(request: HttpRequest) -> dict[str, Any]:
    """A context processor: what the foot of each page offers."""
    return {"languages": settings.LANGUAGES}


def of_request(request: HttpRequest) -> str:
    """As chosen before, else as the browser asks; the review desk is in English."""
    if request.path.startswith("/admin/"):
        return settings.LANGUAGE_CODE
    return translation.get_language_from_request(request)


def of_person(person: Any) -> str:
    """For mails; English when nothing was chosen, and for a channel that is nobody's own."""
    chosen = getattr(person, "language", "")
    return chosen if offered(chosen) else settings.LANGUAGE_CODE


def remember(response: HttpResponse, language: str) -> None:
    """Keep the choice in this browser; "" forgets it."""
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
