"""Parts of the OpenAPI description besides paths and serializers: problems, security, enums."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from requests_app.api.problems import MEDIA_TYPE
from requests_app.key_format import HOLDER

STATUS_DESCRIPTIONS = {
    304: "It is still what you have.",
    400: "A name, type or value is invalid. `errors` has the details.",
    401: "Not signed in, or the token is invalid. `WWW-Authenticate` says where to sign in.",
    403: "You can't do this, the token lacks a permission, or the CSRF token is missing.",
    404: "Not found, or you don't have access to it.",
    405: "This URL doesn't have that method. `Allow` lists those it has.",
    406: "There is no answer in a format that you accept.",
    409: "The resource has changed state, or the first call with this key is still running.",
    412: "It has changed since you read it.",
    413: "The body is too large.",
    415: "The body must be `application/json`.",
    422: "The content is not acceptable. `errors` explains each field.",
    428: "Send `If-Match`.",
    429: "Too many requests from you or this address. `Retry-After` says when to try again.",
    500: "Something went wrong on our side.",
    503: "Temporarily unavailable. `Retry-After` says when to try again.",
}


# Inline, since a serializer's class can't have a field called `errors`.
PROBLEM = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(
            help_text="The URL of an explanation. It never changes; programs branch on it."
        ),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(help_text="The same sentence as on the page."),
        "instance": serializers.CharField(help_text="The path of the call."),
        "errors": serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()),
            required=False,
            help_text="Messages by field. An empty name means the whole body.",
        ),
        "needs": serializers.CharField(
            required=False, help_text="The permission that the service token lacks."
        ),
        "confirm_at": serializers.CharField(
            required=False, help_text="The page on which a person continues."
        ),
        "made": serializers.CharField(
            required=False, help_text="The ID of what the first call with this key created."
        ),
    },
)


def listed(serializer: type[serializers.Serializer[Any]]) -> dict[tuple[int, str], Any]:
    """Return the response with a page of rows.

    Its key is a pair, since drf-spectacular detects lists by the first key in text order.
    """
    return {(200, "application/json"): serializer(many=True)}


def refused(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Return refusals that not all such calls have: `operations.py` adds those."""
    return {
        (status, MEDIA_TYPE): OpenApiResponse(PROBLEM, STATUS_DESCRIPTIONS[status])
        for status in statuses
    }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # no types there
    """The session's security scheme; defining it registers it with drf-spectacular."""

    target_class = "requests_app.api.authentication.SessionCookieAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The session of a signed-in person. Every POST and PUT also sends the "
            "CSRF cookie's value as `X-CSRFToken`, and over HTTPS a `Referer` of this site.",
        }


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # no types there
    """The service token's security scheme, registered in the same way."""

    target_class = "requests_app.api.authentication.ServiceTokenAuthentication"
    name = "serviceToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A service token, `ems_…`. It acts as its owner, for its permissions "
            "only; a call that needs another one gets a 403 that names it.",
        }


class HolderIdScheme(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # no types there
    """A holder's ID is a text."""

    target_class = "requests_app.api.serializers.shown.HolderIdField"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{HOLDER}[0-9]+$", "examples": [f"{HOLDER}7"]}


def _not_blank(field: Any) -> dict[str, Any]:
    """Return what a text is described with that needs something besides spaces."""
    is_text = isinstance(field, serializers.CharField) and not field.allow_blank
    return {"minLength": 1, "pattern": r"\S"} if is_text else {}


class BodyScheme(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # no types there
    """What every body refuses before anybody looks at its values."""

    target_class = "requests_app.api.request_bodies.RequestBody"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        for name, field in self.target.fields.items():
            described = schema["properties"].get(name, {})
            if isinstance(field, serializers.FileField):
                described["format"] = "binary"  # it is sent, rather than linked as in an answer
            if isinstance(field, serializers.ListField):
                described.update({} if field.allow_empty else {"minItems": 1})
                described["items"] = _not_blank(field.child) | described["items"]
            described |= _not_blank(field) | described
        return {**schema, "additionalProperties": False, **self.target.described_limits}


class ChoiceScheme(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # no types there
    """One named schema for each list of choices, wherever it is used."""

    target_class = "requests_app.api.serializers.shown.ChoiceField"

    def get_name(self) -> str:
        return str(self.target.choices.__qualname__.replace(".", ""))  # there are many `Kind`s

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {"type": "string", "enum": self.target.choices.values}


class ChosenScheme(ChoiceScheme):  # type: ignore[no-untyped-call]  # no types there
    """The same schema where the value is sent."""

    target_class = "requests_app.api.views.desk.bodies.ChosenField"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.target.choices)}

    def get_name(self) -> str:
        return str(self.target.table.__qualname__.replace(".", ""))
