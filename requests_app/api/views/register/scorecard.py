"""Views of promised and given notice: public and read-only."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.catalogue.models import Provider, Retirement
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY
from requests_app.api.serializers.scorecard import ScorecardSerializer, ScoreSerializer, rule
from requests_app.api.views.base import BaseView
from requests_app.reports.promises import scorecard


class BaseScorecardView(BaseView[Retirement]):
    """Public."""

    queryset = Retirement.objects.none()
    serializer_class = ScoreSerializer
    authentication_classes = ()
    permission_classes = (AllowAny,)


class Scorecard(BaseScorecardView):
    """By verdict, for each provider. No sign-in needed."""

    @extend_schema(
        operation_id="scorecard",
        summary="Promised notice and given notice, by provider",
        responses={200: ScorecardSerializer},
    )
    def get(self, request: Request) -> Response:
        shown = {"rule": rule(), "providers": scorecard.by_provider()}
        return Response(ScorecardSerializer(shown).data)


class ProviderScorecard(BaseScorecardView):
    """Each retirement with its dates, the promise, the notice given and the verdict."""

    query = QUERY

    def get_queryset(self) -> QuerySet[Retirement]:
        rows = scorecard.retirements().prefetch_related("date_changes__source")
        return rows.filter(ai_model__provider__slug=self.kwargs["id"])

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "since": scorecard.promised_from()}

    @extend_schema(
        operation_id="scorecard_provider",
        summary="Promised notice and given notice, by retirement",
        responses=listed(ScoreSerializer),
    )
    def get(self, request: Request, id: str) -> Response:
        get_object_or_404(Provider, slug=id)
        return self.page()
