"""The view of the public numbers."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.api.serializers.register.numbers import PublicNumbersSerializer
from requests_app.api.views.base import BaseView
from requests_app.models import AccessRequest
from requests_app.reports.public_numbers import statistics


class Numbers(BaseView[AccessRequest]):
    """As on the page, up to five minutes old. No sign-in needed.

    Rows of fewer than five requests have no outcomes, nor have others from which these would
    follow.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="numbers",
        summary="How many requests were sent, granted and denied, and how long it took",
        responses={200: PublicNumbersSerializer},
    )
    def get(self, request: Request) -> Response:
        return Response(PublicNumbersSerializer(statistics.published_tables()).data)
