"""Views of what proves something: events of a request, and revocation receipts."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.api.openapi import listed, refused
from requests_app.api.pagination import QUERY, CheckedCursorPagination
from requests_app.api.serializers.events import EventObjectSerializer
from requests_app.api.serializers.receipts import ReceiptSerializer
from requests_app.api.views.base import BaseView
from requests_app.models import AccessRequest, Event, Key
from requests_app.reports import receipts
from requests_app.rules.events import objects


class KeyReceipt(BaseView[Key]):
    """For the holder of the key, the holder of the grant and the policy's owners."""

    queryset = Key.objects.none()

    def get_queryset(self) -> QuerySet[Key]:
        return receipts.receipts_for(self.person)

    @extend_schema(
        operation_id="keys_receipt",
        summary="When and where a key was revoked; 409 while it works",
        responses={200: ReceiptSerializer, **refused(409)},
    )
    def get(self, request: Request, id: str) -> Response:
        return Response(ReceiptSerializer(receipts.receipt_for(self.get_object())).data)


class OldestFirstPagination(CheckedCursorPagination):
    """In the order in which it happened."""

    ordering = "pk"


class RequestEvents(BaseView[Any]):  # events, shown as other objects
    """What the timeline on the request's page tells. Reviewers aren't named.

    `actor` and `service_account` are null unless it was you.
    """

    queryset = Event.objects.none()
    serializer_class = EventObjectSerializer
    pagination_class = OldestFirstPagination
    query = QUERY

    @extend_schema(
        operation_id="request_events_list",
        summary="What happened to your request and its access, oldest first",
        responses=listed(EventObjectSerializer),
    )
    def get(self, request: Request, id: str) -> Response:
        mine = AccessRequest.objects.of(self.person).prefetch_related("stages__step")
        row = get_object_or_404(mine, public_id=id)
        events = self.paginate_queryset(objects.told_to_requester(row)) or []
        told = objects.for_requester(row, events, reader=self.person)
        return self.get_paginated_response(self.get_serializer(list(told), many=True).data)
