"""Authentication of the API: a service token or a session."""

from django.conf import settings
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions.keys import service_tokens
from requests_app.api.problems import CsrfFailed
from requests_app.models import ServiceToken

BEARER = 'Bearer realm="Emeritus"'


class SessionCookieAuthentication(SessionAuthentication):
    """Django's session with CSRF tokens; answers 401 where DRF would answer 403."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise CsrfFailed from None

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
        service_tokens.note_use(token)
        return token.owner, token

    @staticmethod
    def known(secret: str) -> ServiceToken | None:
        """Return the valid token for one presented in another way."""
        token = _found(secret)
        if token is None or _problem(token):
            return None
        service_tokens.note_use(token)
        return token

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of each way that this view takes, in one header (RFC 9110)."""
        if bearer_token(request) is not None:
            return f'{BEARER}, error="invalid_token"'
        ways = request.authenticators or ()
        cookie = [each for each in ways if isinstance(each, SessionCookieAuthentication)]
        return ", ".join([BEARER, *(each.authenticate_header(request) for each in cookie)])


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
        return _("Invalid service token. Its owner can create another.")
    if token.revoked_at:
        return _("This service token was revoked. Ask its owner for a new one.")
    if token.expires_at <= timezone.now():
        ended = f"{token.expires_at:%Y-%m-%d %H:%M} UTC"
        return _("This service token expired at %(time)s.") % {"time": ended}
    if not token.owner.is_active:
        return _("The owner of this service token is not in good standing.")
    return ""
