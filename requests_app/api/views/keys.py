"""Views of keys by themselves: list, show, rename. access.py creates and ends them."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.actions.keys import key_labels
from requests_app.api import request_bodies
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY
from requests_app.api.serializers.access import KeySerializer
from requests_app.api.views.access import BaseKeyView


class KeyList(BaseKeyView):
    """Ended keys, too. Each is identified by its public ID and last four characters."""

    query = QUERY
    is_list = True
    tagged_as = "keys"
    changes = ""

    @extend_schema(
        operation_id="keys_list",
        summary="Your keys and those under grants that you hold or policies that you own, "
        "newest first",
        responses=listed(KeySerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()


class KeyDetail(BaseKeyView):
    """Its secret isn't stored."""

    tagged_as = "key"

    @extend_schema(
        operation_id="keys_retrieve",
        summary="One key",
        responses={200: KeySerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer()


class RenameKey(BaseKeyView):
    """For its holder, while it works. An empty label removes the name."""

    @extend_schema(
        operation_id="keys_rename",
        summary="Label the key",
        request=request_bodies.LabelSerializer,
        responses={200: KeySerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        key = self.get_object()
        sent = self.clean(request_bodies.LabelSerializer)
        key_labels.rename(key, by=self.person, **sent.validated_data)
        return self.answer()
