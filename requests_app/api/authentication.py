"""Authentication of the API: a service token or a session."""

from django.conf import settings
from django.shortcuts import resolve_url
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from lifecycle.people.models import User
from requests_app import key_format
from requests_app.models import ServiceToken

UNKNOWN = "Invalid service token. A superuser can create one on the review desk."


class SessionCookieAuthentication(SessionAuthentication):
    """Django's session with CSRF tokens; answers 401 where DRF would answer 403."""

    def authenticate_header(self, request: Request) -> str:
        """Return a `Cookie` challenge (draft-broyer-http-cookie-auth) with the form's URL."""
        form = resolve_url(settings.LOGIN_URL)
        cookie = settings.SESSION_COOKIE_NAME
        return f'Cookie realm="Emeritus", form-action="{form}", cookie-name="{cookie}"'


class ServiceTokenAuthentication(BaseAuthentication):
    """A service token, `Authorization: Bearer ems_…` (RFC 6750), tried before a session.

    It is looked up by its whole digest under every pepper, so that timing reveals no part of it.
    """

    def authenticate(self, request: Request) -> tuple[User, ServiceToken] | None:
        secret = bearer_token(request)
        if secret is None:
            return None
        token = _found(secret)
        # An invalid token is an error, also when a session cookie would be accepted.
        if problem := _problem(token):
            raise AuthenticationFailed(problem)
        assert token  # else there was a problem
        return token.owner, token

    @staticmethod
    def known(secret: str) -> ServiceToken | None:
        """Return the valid token for one presented in another way."""
        token = _found(secret)
        return None if _problem(token) else token

    def authenticate_header(self, request: Request) -> str:
        if bearer_token(request) is None:
            return SessionCookieAuthentication().authenticate_header(request)
        return 'Bearer realm="Emeritus", error="invalid_token"'


def bearer_token(request: Request) -> str | None:
    """Return the bearer token of the call, if there is one."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else None


def _found(secret: str) -> ServiceToken | None:
    if not (key_format.is_well_formed(secret) and secret.startswith("ems_")):
        return None
    digests = key_format.digests(secret, settings.KEY_PEPPERS)
    return ServiceToken.objects.select_related("owner").filter(digest__in=digests).first()


def _problem(token: ServiceToken | None) -> str:
    if token is None:
        return UNKNOWN
    if token.revoked_at:
        return "This service token was revoked. Ask its owner for a new one."
    if token.expires_at <= timezone.now():
        return f"This service token expired at {token.expires_at:%Y-%m-%d %H:%M} UTC."
    if not token.owner.is_active:
        return "The owner of this service token is not in good standing."
    return ""
