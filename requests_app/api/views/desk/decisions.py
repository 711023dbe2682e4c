"""Views of a reviewer's decision: approve, decline, request changes, recuse."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.actions.review import votes
from requests_app.api.serializers.desk.decisions import DecidedSerializer
from requests_app.api.views.base import DRY_RUN
from requests_app.api.views.desk.bodies import (
    ApprovalSerializer,
    DecisionSerializer,
    DeclineSerializer,
)
from requests_app.api.views.desk.reviews import BaseReviewView
from requests_app.models import Stage, Vote
from requests_app.refusals import WrongState
from requests_app.rules import permissions
from requests_app.rules.eligibility import COUNTED_CHOICES


class Decision(BaseReviewView):
    """For exactly what was read: `If-Match` has the digest, or the ETag that begins with it."""

    changes = "review"
    needs_if_match = True
    query_of_change = (DRY_RUN,)

    def compare(self) -> None:
        self.stage = self.open_stage()
        self.check_digest(self.review.decision_digest)

    def open_stage(self) -> Stage:
        """Return the step to decide. Raises NotAllowed or WrongState."""
        panel = self.review.panel
        if panel is None:
            raise WrongState(_("No step of this request is open, so there is nothing to decide."))
        permissions.check("vote", panel, self.person)
        return panel.stage

    @property
    def shown(self) -> str:
        return self.review.revision.digest(self.review.current_scope)

    def decided(self) -> Response:
        """Return the vote and what became of the request by it.

        What would become of a blind step would tell how many have voted before.
        """
        vote = Vote.objects.select_related("seat", "stage__step", "stage__access_request").get(
            stage=self.stage, voter=self.person
        )
        hides_count = self.is_dry_run and self.stage.step.blind and vote.choice in COUNTED_CHOICES
        return Response(DecidedSerializer(vote, context={"hides_count": hides_count}).data)


class Approve(Decision):
    """The approval that completes the last step makes the grant, and its holder is notified."""

    @extend_schema(
        operation_id="reviews_approve",
        summary="Approve the request, or less than it asks for",
        request=ApprovalSerializer,
        responses={200: DecidedSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        sent = self.clean(ApprovalSerializer)
        votes.approve(
            self.stage,
            by=self.person,
            reason=sent.validated_data["reason"],
            shown=self.shown,
            narrowed_to=sent.narrowed(self.review.current_scope),
        )
        return self.decided()


class Decline(Decision):
    """The request ends once the step has as many declines as its policy says."""

    @extend_schema(
        operation_id="reviews_decline",
        summary="Decline the request",
        request=DeclineSerializer,
        responses={200: DecidedSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        sent = self.clean(DeclineSerializer).validated_data
        votes.deny(self.stage, by=self.person, shown=self.shown, **sent)
        return self.decided()


class RequestChanges(Decision):
    """The requester reads the reason, and can send the request again."""

    @extend_schema(
        operation_id="reviews_request_changes",
        summary="Return the request to its requester",
        request=DecisionSerializer,
        responses={200: DecidedSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        sent = self.clean(DecisionSerializer).validated_data
        votes.ask_for_changes(self.stage, by=self.person, shown=self.shown, **sent)
        return self.decided()


class Recuse(Decision):
    """You can't decide on this request any more. Only others' votes count."""

    @extend_schema(
        operation_id="reviews_recuse",
        summary="Recuse yourself from the request",
        request=DecisionSerializer,
        responses={200: DecidedSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        votes.recuse(self.stage, by=self.person, **self.clean(DecisionSerializer).validated_data)
        return self.decided()
