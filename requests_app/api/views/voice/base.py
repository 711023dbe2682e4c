"""What the calls of catalogue editors about a model's words share."""

from typing import Any, TypeVar

from django.db.models import Model
from rest_framework import serializers
from rest_framework.response import Response

from requests_app.api.views.base import BaseView
from requests_app.models import Proposal

M = TypeVar("M", bound=Model)


class ProposedSerializer(serializers.Serializer[Proposal]):
    """A change that waits for another editor, as people can request the model."""

    proposal = serializers.CharField(source="public_id", read_only=True)


def answers(status: int, serializer: Any) -> dict[Any, Any]:
    """Return the responses of a call that changes a model's record."""
    return {status: serializer, 202: ProposedSerializer}


class ChangeView(BaseView[M]):
    """For catalogue editors: what is changed at once is returned, what waits with 202."""

    def changed(self, result: Any, status: int = 200) -> Response:
        if isinstance(result, Proposal):
            return Response(ProposedSerializer(result).data, status=202)
        return self.answer(result, status=status)
