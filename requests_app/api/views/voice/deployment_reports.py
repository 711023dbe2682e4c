"""The view of a deployment report."""

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.catalogue.models import AIModel
from requests_app.api.serializers.catalogue import ModelSerializer
from requests_app.api.views.base import BaseView
from requests_app.reports import deployment_report

DOCUMENT = OpenApiResponse(OpenApiTypes.OBJECT, "As docs/deployment-report.md describes it.")


class DeploymentReport(BaseView[AIModel]):
    """Everything on record about a model, with full transcripts. No sign-in needed."""

    serializer_class = ModelSerializer
    authentication_classes = ()
    permission_classes = (AllowAny,)
    lookup_field = lookup_url_kwarg = "identifier"

    def get_queryset(self) -> QuerySet[AIModel]:
        return deployment_report.with_records()

    @extend_schema(
        operation_id="models_deployment_report",
        summary="A model's deployment report",
        responses={200: DOCUMENT},
    )
    def get(self, request: Request, identifier: str) -> Response:
        return Response(deployment_report.export(self.get_object(), timezone.now()))
