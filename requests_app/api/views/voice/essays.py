"""Views of series of essays."""

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.voice.models import EssaySeries
from requests_app.api.openapi import refused
from requests_app.api.views.base import BaseView
from requests_app.reports import essay_series

DOCUMENT = OpenApiResponse(
    OpenApiTypes.OBJECT, "As docs/deployment-report.md describes a series of essays."
)


class Series(BaseView[EssaySeries]):
    """A series with its weeks and essays. Only published ones have a text. No sign-in needed."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[EssaySeries]:
        return essay_series.with_essays()

    @extend_schema(
        operation_id="essay_series_retrieve",
        summary="A series of essays",
        responses={200: DOCUMENT, **refused(404)},
    )
    def get(self, request: Request, id: str) -> Response:
        return Response(essay_series.export(self.get_object(), timezone.now().date()))
