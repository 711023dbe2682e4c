"""What all calls of the review desk share: who may make them."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle.people.models import User
from requests_app.api.conventions import conditions
from requests_app.api.token_permissions import HasSecondFactor, HasTokenPermission
from requests_app.api.views.tagged import TaggedView
from requests_app.refusals import NeedsIfMatch, NotAllowed, Stale

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

    def unless_stale(self, handler: Callable[..., HttpResponse]) -> HttpResponse:
        """Compare before; the action compares again under its locks, which it takes itself."""
        with transaction.atomic():
            self.compare()
            return handler(self.request, *self.args, **self.kwargs)

    def compare(self) -> None:
        """Call `check_digest`, unless the handler does with what its body names."""

    def check_digest(self, digest: str) -> None:
        """Raise NeedsIfMatch or Stale unless If-Match has it, or an ETag that begins with it.

        `*` would be a decision about something that nobody has read.
        """
        sent = parse_etags(self.request.headers.get(conditions.IF_MATCH, ""))
        tags = [tag.removeprefix("W/").strip('"') for tag in sent]
        if not tags or tags == ["*"]:
            raise NeedsIfMatch(_("Send If-Match with the digest of what you have read."))
        if digest not in {tag.partition(".")[0] for tag in tags}:
            raise Stale(_("This has changed since you read it. Fetch it again, then decide."))


class DecidedAboutMixin:
    """Shows what somebody decides about, with a tag that begins with the digest they need."""

    def read(self) -> tuple[str, Any]:
        """Return the digest, empty if there is nothing to decide, and all that is shown."""
        raise NotImplementedError

    def tag(self) -> str:
        digest, self.shown = self.read()
        whole = conditions.tag_of(JSONRenderer().render(self.shown))
        return f'"{digest}.{whole[1:]}' if digest else whole

    def answer_shown(self) -> Response:
        return Response(self.shown)
