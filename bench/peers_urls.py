"""One address for each of the peers."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from knox.auth import TokenAuthentication
from oauth2_provider.views import IntrospectTokenView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_api_key.permissions import HasAPIKey


def ok(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


class WithAPIKey(APIView):
    authentication_classes = ()
    permission_classes = (HasAPIKey,)

    def get(self, request: Request) -> Response:
        return Response()


class WithKnox(APIView):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response()


urlpatterns = [
    path("ok", ok),
    path("api-key", WithAPIKey.as_view()),
    path("knox", WithKnox.as_view()),
    path("introspect", IntrospectTokenView.as_view()),
]
