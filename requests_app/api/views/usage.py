"""Views of usage under a grant, as JSON and as CSV."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.api.serializers.usage import UsageSerializer
from requests_app.api.views.access import BaseGrantView
from requests_app.reports import usage


class GrantUsage(BaseGrantView):
    """Limits apply to the grant as a whole. Days are in UTC; gateways may report minutes late."""

    @extend_schema(
        operation_id="grants_usage",
        summary="Usage by key and model, and what is left of the limits",
        responses={200: UsageSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        used = usage.usage_of_grant(self.get_object(), timezone.now())
        return Response(UsageSerializer(used).data)


class GrantUsageFile(BaseGrantView):
    """A header row, then one row per day, key and model."""

    @extend_schema(
        operation_id="grants_usage_csv",
        summary="Daily usage as CSV",
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, id: str) -> StreamingHttpResponse:
        return usage.csv_of(self.get_object())
