"""Views by which a policy's owner reassigns a seat of an open step."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.people.models import User
from requests_app.actions.review import reassignments
from requests_app.api.openapi import refused
from requests_app.api.serializers.desk.personal import DelegationSerializer, SeatsSerializer
from requests_app.api.views.desk.bodies import ReassignSerializer
from requests_app.api.views.desk.reviews import BaseReviewView
from requests_app.refusals import Invalid, WrongState
from requests_app.rules import permissions, reassignment
from requests_app.rules.eligibility import VotingPanel


class BaseSeatView(BaseReviewView):
    """The seats of the open step."""

    def panel(self) -> VotingPanel:
        """Return the open step's for an owner who may reassign. Raises the refusal otherwise."""
        panel = self.review.panel
        if panel is None:
            raise WrongState(_("No step of this request is open."))
        permissions.check("reassign", panel.stage, self.person)
        return panel


class Seats(BaseSeatView):
    """For owners of the policy who have no part in the request."""

    @extend_schema(
        operation_id="reviews_seats",
        summary="Whose seats of the open step you can reassign, and to whom",
        responses={200: SeatsSerializer, **refused(409)},
    )
    def get(self, request: Request, id: str) -> Response:
        panel = self.panel()
        candidates = reassignment.candidates(panel, by=self.person)
        shown: dict[str, Any] = {"free": panel.free, "candidates": candidates}
        return Response(SeatsSerializer({"step": str(panel.stage.step), **shown}).data)


class Reassign(BaseSeatView):
    """Both reviewers are told, with your reason. Whoever has the seat can still decide too."""

    @extend_schema(
        operation_id="reviews_reassign",
        summary="Let another reviewer decide in a seat of the open step",
        request=ReassignSerializer,
        responses={200: DelegationSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        stage, sent = self.panel().stage, self.clean(ReassignSerializer).validated_data
        people = User.objects.in_bulk([sent["seat"], sent["to"]])
        missing = [name for name in ("seat", "to") if sent[name] not in people]
        if missing:
            raise Invalid(dict.fromkeys(missing, _("Choose one of those that are offered.")))
        seat, to = people[sent["seat"]], people[sent["to"]]
        made = reassignments.reassign(
            stage, seat=seat, to=to, by=self.person, reason=sent["reason"]
        )
        return Response(DelegationSerializer(made).data)
