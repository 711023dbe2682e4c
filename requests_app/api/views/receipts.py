"""Views of revocation receipts."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.api.openapi import ONE, refused
from requests_app.api.serializers.receipts import ReceiptSerializer
from requests_app.api.views.base import BaseView
from requests_app.models import Key
from requests_app.reports import receipts


class KeyReceipt(BaseView[Key]):
    """For the holder of the key, the holder of the grant and the policy's owners."""

    queryset = Key.objects.none()

    def get_queryset(self) -> QuerySet[Key]:
        return receipts.receipts_for(self.person)

    @extend_schema(
        operation_id="keys_receipt",
        summary="When and where a key was revoked; 409 while it works",
        responses={200: ReceiptSerializer, **refused(*ONE, 409)},
    )
    def get(self, request: Request, id: str) -> Response:
        return Response(ReceiptSerializer(receipts.receipt_for(self.get_object())).data)
