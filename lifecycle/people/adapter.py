"""What allauth does our way."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lifecycle.people import languages, profiles
from lifecycle.people.models import User

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Sign-up and sign-in go on when the mail server is away; allauth sends again on request."""

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """The language of a person who says none is their browser's choice, and the reverse."""
        response: HttpResponse = super().post_login(request, user, **how)
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if languages.offered(chosen):
            if not user.language:
                profiles.note_language(user, chosen)
        elif user.language:
            languages.remember(response, user.language)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError) as error:
            log.error("A mail of %s was not sent: %s", template_prefix, type(error).__name__)
