"""Views of who needs a retired model that can't be requested."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.catalogue import demand as actions
from requests_app.api.openapi import refused
from requests_app.api.request_bodies import NothingSerializer
from requests_app.api.token_permissions import HasTokenPermission
from requests_app.api.views.base import BaseView
from requests_app.reports import demand


class DemandSerializer(serializers.Serializer[demand.PublicDemand]):
    """How many people need a model."""

    people = serializers.IntegerField(
        allow_null=True, help_text=f"Null below {demand.MIN_PEOPLE}, to protect individuals."
    )
    own = serializers.BooleanField(help_text="Whether you are one of them. False if signed out.")


class BaseDemandView(BaseView[AIModel]):
    """One model's demand."""

    queryset = AIModel.objects.prefetch_related("retirements", "access_routes")
    serializer_class = DemandSerializer  # type: ignore[assignment]  # of what is counted
    lookup_field = lookup_url_kwarg = "identifier"

    def counted(self, ai_model: AIModel) -> Response:
        person = self.request.user if isinstance(self.request.user, User) else None
        return Response(DemandSerializer(demand.of_model(ai_model, person)).data)


class ModelDemand(BaseDemandView):
    """Anybody may read the number; people who are signed in are counted, once for each model."""

    def get_permissions(self) -> list[Any]:
        required: type[BasePermission] = (
            AllowAny if self.request.method != "POST" else IsAuthenticated
        )
        return [required(), HasTokenPermission()]

    @extend_schema(
        operation_id="models_demand",
        summary="How many people need a model that can't be requested",
        responses={200: DemandSerializer, **refused(401, 403)},
    )
    def get(self, request: Request, identifier: str) -> Response:
        return self.counted(self.get_object())

    @extend_schema(
        operation_id="models_demand_state",
        summary="Say that you need it; a second time changes nothing",
        request=None,
        responses={200: DemandSerializer},
    )
    def post(self, request: Request, identifier: str) -> Response:
        ai_model = self.get_object()
        self.clean(NothingSerializer)
        actions.state(ai_model, by=self.person)
        return self.counted(ai_model)


class WithdrawDemand(BaseDemandView):
    """Possible at any time; a second time changes nothing."""

    @extend_schema(
        operation_id="models_demand_withdraw",
        summary="Say that you no longer need it",
        request=None,
        responses={200: DemandSerializer},
    )
    def post(self, request: Request, identifier: str) -> Response:
        ai_model = self.get_object()
        self.clean(NothingSerializer)
        actions.withdraw(ai_model, by=self.person)
        return self.counted(ai_model)
