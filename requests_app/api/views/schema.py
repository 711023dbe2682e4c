"""The view of the OpenAPI description."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from requests_app.api.views.base import StrictView


@cache
def description() -> Any:
    """Return the description, cached: anybody can request it, and generating it takes long."""
    return SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]  # no types there


class Schema(StrictView):
    """YAML; or JSON, by `Accept` or `?format=json`."""

    schema = None
    query = (str(api_settings.URL_FORMAT_OVERRIDE),)
    http_method_names = ["get", "head"]
    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
        OpenApiJsonRenderer,
        OpenApiJsonRenderer2,
    )

    def get(self, request: Request) -> Response:
        return Response(description())
