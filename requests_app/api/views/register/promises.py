"""Views of the ledger of promises: public and read-only."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.catalogue.models import Promise
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY
from requests_app.api.serializers.promises import PromiseFilterSerializer, PromiseSerializer
from requests_app.api.views.base import BaseView
from requests_app.reports.promises import ledger


class PromiseList(BaseView[Promise]):
    """Newest first. No sign-in needed. The filter by state is up to five minutes old."""

    queryset = Promise.objects.none()
    serializer_class = PromiseSerializer
    authentication_classes = ()
    permission_classes = (AllowAny,)
    query = (*QUERY, *PromiseFilterSerializer().fields)

    def get_queryset(self) -> QuerySet[Promise]:
        given = {k: v for k, v in self.request.query_params.items() if k not in QUERY}
        wanted = PromiseFilterSerializer(data=given)
        wanted.is_valid(raise_exception=True)
        fits = Q()
        if state := wanted.validated_data.get("state"):
            fits &= Q(pk__in=ledger.by_state(timezone.now().date()).get(state, []))
        if slug := wanted.validated_data.get("provider"):
            fits &= Q(provider__slug=slug) | Q(ai_model__provider__slug=slug)
        if identifier := wanted.validated_data.get("model"):
            fits &= Q(ai_model__identifier=identifier)
        return ledger.rows().filter(fits)

    @extend_schema(
        operation_id="promises_list",
        summary="What was promised, and what became of it",
        parameters=[PromiseFilterSerializer],
        responses=listed(PromiseSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = self.paginate_queryset(self.get_queryset()) or []
        context = {**self.get_serializer_context()}
        context["states"] = ledger.states(rows, timezone.now().date())
        serializer = PromiseSerializer(rows, many=True, context=context)
        return self.get_paginated_response(serializer.data)
