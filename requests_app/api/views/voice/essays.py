"""Views of series of essays: anybody reads them, catalogue editors begin one and hand in."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.voice.models import Essay, EssaySeries
from lifecycle.voice.states import EssayState
from requests_app.actions.voice import essay_votes, essays
from requests_app.actions.voice.second_editor import change
from requests_app.api.openapi import listed, refused
from requests_app.api.pagination import QUERY
from requests_app.api.request_bodies import OptionalReasonSerializer
from requests_app.api.serializers.voice import HandedInSerializer, ListedSeriesSerializer
from requests_app.api.token_permissions import HasTokenPermission
from requests_app.api.views.base import BaseView
from requests_app.api.views.voice.base import ChangeView, answers
from requests_app.api.voice_bodies import EssayBody, SeriesBody, SeriesFilterSerializer
from requests_app.reports import essay_series

DOCUMENT = OpenApiResponse(
    OpenApiTypes.OBJECT, "As docs/deployment-report.md describes a series of essays."
)


class SeriesList(ChangeView[EssaySeries]):
    """Newest first. No sign-in needed to read them."""

    queryset = EssaySeries.objects.none()
    serializer_class = ListedSeriesSerializer
    query = (*QUERY, *SeriesFilterSerializer().fields)

    def get_permissions(self) -> Sequence[Any]:
        if self.request.method in SAFE_METHODS:
            return [AllowAny(), HasTokenPermission()]
        return super().get_permissions()

    def get_queryset(self) -> QuerySet[EssaySeries]:
        given = {k: v for k, v in self.request.query_params.items() if k not in QUERY}
        wanted = SeriesFilterSerializer(data=given)
        wanted.is_valid(raise_exception=True)
        rows = essay_series.without_texts()
        model = wanted.validated_data.get("model")
        return rows.filter(ai_model__identifier=model) if model else rows

    @extend_schema(
        operation_id="essay_series_list",
        summary="Series of essays",
        parameters=[SeriesFilterSerializer],
        responses={**listed(ListedSeriesSerializer), **refused(401, 403)},
    )
    def get(self, request: Request) -> Response:
        return self.page()

    @extend_schema(
        operation_id="essay_series_begin",
        summary="Begin a series of essays",
        description="For catalogue editors.",
        request=SeriesBody,
        responses=answers(201, ListedSeriesSerializer),
    )
    def post(self, request: Request) -> Response:
        ai_model, told = self.clean(SeriesBody).told()
        return self.changed(change("begin_series", ai_model, by=self.person, **told), 201)


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
        responses={200: DOCUMENT},
    )
    def get(self, request: Request, id: str) -> Response:
        return Response(essay_series.export(self.get_object(), timezone.now().date()))


class HandIn(BaseView[EssaySeries]):
    """For catalogue editors. Its reviewers are told at once; nobody can change it any more."""

    queryset = EssaySeries.objects.select_related("ai_model")
    serializer_class = HandedInSerializer  # type: ignore[assignment]  # of what is made
    lookup_field = "slug"

    @extend_schema(
        operation_id="essay_series_hand_in",
        summary="Hand in an essay for review",
        request=EssayBody,
        responses={201: HandedInSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        series, sent = self.get_object(), self.clean(EssayBody).validated_data
        essay: Any = essays.hand_in(series, essays.EssayInput(**sent), by=self.person)
        return self.answer(essay, status=201)


class WithdrawEssay(BaseView[Essay]):
    """For the editor who handed it in, until it is decided. Its reviewers are told."""

    serializer_class = HandedInSerializer
    lookup_field = lookup_url_kwarg = "number"

    def get_queryset(self) -> QuerySet[Essay]:
        return Essay.objects.filter(series__slug=self.kwargs["id"]).select_related("series")

    @extend_schema(
        operation_id="essay_series_withdraw",
        summary="Withdraw an essay from review",
        request=OptionalReasonSerializer,
        responses={200: HandedInSerializer},
    )
    def post(self, request: Request, id: str, number: int) -> Response:
        essay, sent = self.get_object(), self.clean(OptionalReasonSerializer).validated_data
        return self.idempotent(
            lambda: essay_votes.withdraw(essay, by=self.person, **sent),
            done=(EssayState.WITHDRAWN,),
        )
