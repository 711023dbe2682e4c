"""Signs test clients in as Django's do, less a session that they store and replace."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test.client import ClientMixin

from lifecycle.people.models import User

log_in_with_session = ClientMixin._login  # type: ignore[attr-defined]  # the stubs leave it out


def log_in(client: Any, user: User, backend: str | None = None) -> None:
    if settings.SESSION_COOKIE_NAME in client.cookies:
        log_in_with_session(client, user, backend)
        return
    request = HttpRequest()
    request.session = SessionStore()
    login(request, user, backend)
    request.session.save()
    client._set_login_cookies(request)
