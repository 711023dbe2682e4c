"""The view for leaked keys, mostly reported by secret scanners."""

from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.actions.keys import leaks
from requests_app.api import request_bodies
from requests_app.api.views.base import BaseView
from requests_app.models import Key


class LeakedKeys(BaseView[Key]):
    """The key itself is the proof. Nothing in the answer tells whether we knew it."""

    queryset = Key.objects.none()
    serializer_class = request_bodies.LeakedKeysSerializer
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "report"

    @extend_schema(
        operation_id="leaked_keys_report",
        summary="Report leaked keys; any of ours are revoked immediately",
        request=request_bodies.LeakedKeysSerializer,
        responses={
            204: OpenApiResponse(
                description="Received. The response is the same for unknown keys."
            ),
        },
    )
    @sensitive_variables()
    def post(self, request: Request) -> Response:
        sent = self.clean(request_bodies.LeakedKeysSerializer)
        leaks.report(sent.validated_data["keys"])
        return Response(status=204)
