"""Views of service tokens: list, create, rotate, revoke."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.actions.keys import service_tokens
from requests_app.api import request_bodies
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY
from requests_app.api.serializers.account.tokens import (
    NewServiceTokenSerializer,
    ServiceTokenSerializer,
)
from requests_app.api.views.account import bodies
from requests_app.api.views.base import BaseView
from requests_app.models import ServiceToken
from requests_app.refusals import WrongState


class BaseTokenView(BaseView[ServiceToken]):
    """The person's own tokens; all of them for superusers."""

    queryset = ServiceToken.objects.none()
    serializer_class = ServiceTokenSerializer

    def get_queryset(self) -> QuerySet[ServiceToken]:
        rows = ServiceToken.objects.select_related("owner", "replaced_by")
        return rows if self.person.is_superuser else rows.filter(owner=self.person)


class NewTokenMixin:
    """Its answer has a secret, which is in no other."""

    answers_with_secret = True

    def made(self, data: Any) -> str:
        return str(data["token"]["id"])

    def shown(self, new: service_tokens.NewToken) -> Response:
        place = reverse("api:service-token", args=[new.token.public_id])
        headers = {"Cache-Control": "no-store", "Location": place}
        return Response(NewServiceTokenSerializer(new).data, status=201, headers=headers)


class TokenList(NewTokenMixin, BaseTokenView):
    """Superusers see everybody's."""

    query = QUERY
    throttle_scope = "claim"

    @extend_schema(
        operation_id="service_tokens_list",
        summary="Your service tokens, newest first",
        responses=listed(ServiceTokenSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()

    @extend_schema(
        operation_id="service_tokens_create",
        summary="Create a service token that acts as you, shown only in this response",
        request=bodies.NewTokenBody,
        responses={201: NewServiceTokenSerializer},
    )
    def post(self, request: Request) -> Response:
        sent = self.clean(bodies.NewTokenBody).validated_data
        return self.shown(service_tokens.create(owner=self.person, by=self.person, **sent))


class TokenDetail(BaseTokenView):
    """`last_used_at` is to the minute."""

    @extend_schema(
        operation_id="service_tokens_retrieve",
        summary="One service token",
        responses={200: ServiceTokenSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer()


class RotateToken(NewTokenMixin, BaseTokenView):
    """The new one lasts as long as the old one did. If you lose this response, rotate again."""

    throttle_scope = "claim"

    @extend_schema(
        operation_id="service_tokens_rotate",
        summary="Rotate the token; the old one stays valid for the overlap",
        request=bodies.RotateTokenBody,
        responses={201: NewServiceTokenSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        token = self.get_object()
        hours = self.clean(bodies.RotateTokenBody).validated_data["overlap_hours"]
        overlap = timedelta(hours=hours)
        return self.shown(service_tokens.rotate(token, by=self.person, overlap=overlap))


class RevokeToken(BaseTokenView):
    """It stops working immediately. A successor has to be revoked by itself."""

    @extend_schema(
        operation_id="service_tokens_revoke",
        summary="Revoke the token",
        request=None,
        responses={200: ServiceTokenSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        token = self.get_object()
        self.clean(request_bodies.NothingSerializer)
        try:
            service_tokens.revoke(token, by=self.person)
        except WrongState:  # it was revoked before, which is the only way that this is refused
            token.refresh_from_db()
            if not token.revoked_at:
                raise
        return self.answer()
