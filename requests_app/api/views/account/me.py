"""The view of the signed-in person."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.people.models import User
from requests_app.api.serializers.account.people import PersonSerializer
from requests_app.api.views.base import BaseView


class Me(BaseView[User]):
    """The person signed in to this session."""

    serializer_class = PersonSerializer

    @extend_schema(
        operation_id="me_retrieve",
        summary="The signed-in person",
        responses={200: PersonSerializer},
    )
    def get(self, request: Request) -> Response:
        return self.answer(self.person)
