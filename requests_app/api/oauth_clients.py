"""Client authentication for /oauth/.

HTTP Basic or client_id and client_secret in the form (RFC 6749, 2.3.1), where the id is the service
token's public id and the secret the token; or the token alone as a bearer token (RFC 6750).
"""

import base64
import binascii
from urllib.parse import unquote_plus

from django.http import HttpRequest

from requests_app.api.authentication import ServiceTokenAuthentication
from requests_app.models import ServiceToken


class ClientError(Exception):
    """A refused client: RFC 6749's error code (section 5.2) and what to do."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


UNKNOWN = "Send the public ID and secret of an active service token."
MULTIPLE_CREDENTIALS = "Send the client credentials in one place only."


def authenticate_client(request: HttpRequest, permission: str) -> ServiceToken:
    """Return the calling service token. Raises ClientError."""
    client_id, secret = _credentials(request)
    token = ServiceTokenAuthentication.known(secret)
    if token is None or client_id not in (None, token.public_id):
        raise ClientError("invalid_client", UNKNOWN, 401)
    if permission not in token.permissions:
        raise ClientError("unauthorized_client", f"This needs the permission {permission}.", 403)
    return token


def _credentials(request: HttpRequest) -> tuple[str | None, str]:
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    form_secret = request.POST.get("client_secret")
    # A client must not use more than one method in a request (RFC 6749, 2.3).
    if scheme and form_secret is not None:
        raise ClientError("invalid_request", MULTIPLE_CREDENTIALS)
    if form_secret is not None:
        return request.POST.get("client_id", ""), form_secret
    if scheme.lower() == "bearer":
        return None, rest.strip()
    if scheme.lower() == "basic":
        return _basic(rest)
    raise ClientError("invalid_client", UNKNOWN, 401)


def _basic(encoded: str) -> tuple[str, str]:
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ClientError("invalid_client", UNKNOWN, 401) from None
    client_id, _, secret = decoded.partition(":")
    # Both are form-encoded before base64 (RFC 6749, 2.3.1).
    return unquote_plus(client_id), unquote_plus(secret)
