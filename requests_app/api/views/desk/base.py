"""What all calls of the review desk share: who may make them."""

from typing import TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from lifecycle.people.models import User
from requests_app.api.token_permissions import HasSecondFactor, HasTokenPermission
from requests_app.api.views.tagged import TaggedView
from requests_app.refusals import NotAllowed

M = TypeVar("M", bound=Model)


class OpensDesk(BasePermission):
    """Allows people whose account can open the review desk."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        assert isinstance(request.user, User)  # IsAuthenticated comes first
        if not request.user.is_staff:
            raise NotAllowed(
                _("This is for people who can open the review desk. Your account can't.")
            )
        return True


class DeskView(TaggedView[M]):
    """A call for which people need what they need for the page of the desk."""

    permission_classes = (IsAuthenticated, HasTokenPermission, OpensDesk, HasSecondFactor)
