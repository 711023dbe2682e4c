"""The only code that says who calls: the person of the session, or nobody and how to sign in."""

from django.conf import settings
from django.shortcuts import resolve_url
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class SessionSignIn(SessionAuthentication):
    """Django's session, with CSRF tokens. Whoever has none gets 401 instead of DRF's 403."""

    def authenticate_header(self, request: Request) -> str:
        """A challenge of the kind `Cookie` (draft-broyer-http-cookie-auth): where the form is."""
        form = resolve_url(settings.LOGIN_URL)
        cookie = settings.SESSION_COOKIE_NAME
        return f'Cookie realm="Emeritus", form-action="{form}", cookie-name="{cookie}"'
