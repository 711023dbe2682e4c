"""RFC 7662 introspection and RFC 7009 revocation for OAuth clients."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from requests_app import key_format, system_reasons
from requests_app.actions.keys import key_revocation
from requests_app.api.oauth_clients import ClientError, authenticate_client
from requests_app.gateway import rate_limiter
from requests_app.gateway.decision import KeyRow, end, why_not_from, why_not_live
from requests_app.gateway.lookup import KEY, key_row
from requests_app.models import Key, ServiceToken, TokenPermission
from requests_app.transitions import audit_chain

FORM = "application/x-www-form-urlencoded"
NOT_A_FORM = f"Send a form by POST, as {FORM}."
ONE_TOKEN = "Send one parameter “token”, and no parameter twice."  # noqa: S105 - a sentence
UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
INACTIVE: Mapping[str, Any] = {"active": False}

View = Callable[[HttpRequest], JsonResponse]
ClientView = Callable[[HttpRequest, ServiceToken], Mapping[str, Any]]


def client_view(permission: TokenPermission) -> Callable[[ClientView], View]:
    """Make a view for service tokens with `permission`, which authenticates the client first."""

    def decorate(answering: ClientView) -> View:
        @csrf_exempt
        @wraps(answering)
        @sensitive_variables()
        def view(request: HttpRequest) -> JsonResponse:
            try:
                _check_method(request)
                client = authenticate_client(request, permission)
                _check_form(request)
                return JsonResponse(answering(request, client), headers=UNCACHED)
            except ClientError as error:
                return _refused(request, error)
            except (OperationalError, InterfaceError):
                body = {"error": "temporarily_unavailable"}
                return JsonResponse(body, status=503, headers={**UNCACHED, "Retry-After": "2"})

        return view

    return decorate


@client_view(TokenPermission.INTROSPECT)
@sensitive_variables()
def introspect(request: HttpRequest, client: ServiceToken) -> Mapping[str, Any]:
    """RFC 7662: whether the key is active, without any reason.

    A key limited to networks is active only if the form has the caller's `address`.
    """
    row = _row(request.POST["token"])
    now = timezone.now()
    if row is None or why_not_live(row, now) or rate_limiter.spent(row, int(now.timestamp())):
        return INACTIVE
    models = [name for name, until in row.models.items() if until is None or now < until]
    if not models or why_not_from(row, request.POST.get("address", "")):
        return INACTIVE
    assert row.activated_at  # else it isn't live
    return {
        "active": True,
        "scope": " ".join(sorted(row.operations)),
        "client_id": row.grant,
        "token_type": "Bearer",
        "exp": int(end(row).timestamp()),
        "nbf": int(row.activated_at.timestamp()),
        "sub": key_format.holder_id(row.holder),
        "iss": settings.SITE_URL,
        "jti": row.key,
        "models": sorted(models),
    }


@client_view(TokenPermission.REVOKE_KEYS)
@sensitive_variables()
def revoke(request: HttpRequest, client: ServiceToken) -> Mapping[str, Any]:
    """RFC 7009: revoke the token presented. The answer is the same for an unknown one."""
    secret = request.POST["token"]
    if key_format.is_well_formed(secret):
        digests = key_format.digests(secret, settings.KEY_PEPPERS)
        with audit_chain.with_details(token=client.public_id):
            for key in Key.objects.filter(digest__in=digests):
                key_revocation.revoke_reported(
                    key, reason=system_reasons.REVOKED_BY_SERVICE % {"name": client.name}
                )
    return {}


@sensitive_variables()
def _row(secret: str) -> KeyRow | None:
    """Return the key's row as the gateway check reads it."""
    if not key_format.is_well_formed(secret):
        return None
    with connection.cursor() as cursor:
        cursor.execute(KEY, [key_format.digests(secret, settings.KEY_PEPPERS)])
        columns = cursor.fetchone()
    return None if columns is None else key_row(columns)


def _check_method(request: HttpRequest) -> None:
    if request.method != "POST":
        raise ClientError("invalid_request", NOT_A_FORM, 405)


def _check_form(request: HttpRequest) -> None:
    if request.content_type != FORM:
        raise ClientError("invalid_request", NOT_A_FORM)
    if any(len(values) > 1 for _, values in request.POST.lists()) or not request.POST.get("token"):
        raise ClientError("invalid_request", ONE_TOKEN)


def _refused(request: HttpRequest, error: ClientError) -> JsonResponse:
    response = JsonResponse(
        {"error": error.error, "error_description": error.description},
        status=error.status,
        headers=UNCACHED,
    )
    if error.status == 401:
        bearer = request.headers.get("Authorization", "").lower().startswith("bearer ")
        response["WWW-Authenticate"] = (
            'Bearer realm="Emeritus", error="invalid_token"' if bearer else 'Basic realm="Emeritus"'
        )
    if error.status == 405:
        response["Allow"] = "POST"
    return response
