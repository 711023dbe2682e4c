"""Views of emergency grants: make one, and review it afterwards."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.actions.review import break_glass, read_log
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY
from requests_app.api.serializers.desk.emergencies import (
    EmergencyGrantSerializer,
    EmergencyRequestLineSerializer,
    EmergencyRequestSerializer,
)
from requests_app.api.views.base import DRY_RUN
from requests_app.api.views.desk.base import DecidedAboutMixin, DeskView
from requests_app.api.views.desk.bodies import DecisionSerializer, VerdictSerializer
from requests_app.models import AccessRequest, BreakGlass
from requests_app.rules import permissions
from requests_app.rules.desk import emergencies


class BaseEmergencyView(DeskView[AccessRequest]):
    """Requests in review, for people who are authorised for emergency access."""

    queryset = AccessRequest.objects.none()
    serializer_class: Any = EmergencyRequestSerializer

    def get_queryset(self) -> QuerySet[AccessRequest]:
        return emergencies.open_to(self.person)

    @cached_property
    def asked(self) -> AccessRequest:
        """Return the request. Raises NotAllowed: who can't grant it has no reason to read it."""
        asked = self.get_object()
        permissions.check("break_glass", asked, self.person)
        read_log.record_read(asked, by=self.person)
        return asked


class EmergencyRequests(BaseEmergencyView):
    """Empty for everyone else."""

    serializer_class = EmergencyRequestLineSerializer
    query = QUERY

    @extend_schema(
        operation_id="emergency_requests_list",
        summary="Requests that you could grant as an emergency, newest first",
        responses=listed(EmergencyRequestLineSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()


class EmergencyRequest(DecidedAboutMixin, BaseEmergencyView):
    """That you have read it is recorded."""

    def read(self) -> tuple[str, Any]:
        return self.asked.revision.digest(), EmergencyRequestSerializer(self.asked).data

    @extend_schema(
        operation_id="emergency_requests_retrieve",
        summary="What you would grant, and the purpose",
        responses={200: EmergencyRequestSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer_shown()


class GrantNow(BaseEmergencyView):
    """It begins immediately, for 24 hours at most. The policy's reviewers and owners get your name
    and reason, and one of them reviews whether it was justified."""

    changes = "emergency-request"
    needs_if_match = True
    query_of_change = (DRY_RUN,)

    def compare(self) -> None:
        self.digest = self.asked.revision.digest()
        self.check_digest(self.digest)

    @extend_schema(
        operation_id="emergency_requests_grant",
        summary="Grant the request without the remaining steps",
        request=DecisionSerializer,
        responses={201: EmergencyGrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        sent = self.clean(DecisionSerializer).validated_data
        grant = break_glass.grant_now(self.asked, by=self.person, shown=self.digest, **sent)
        context = {"person": self.person}
        data = EmergencyGrantSerializer(grant.break_glass, context=context).data
        return Response(data, status=201)


class BaseEmergencyGrantView(DeskView[BreakGlass]):
    """What the person granted, and what is under policies that they own or review under."""

    queryset = BreakGlass.objects.none()
    serializer_class = EmergencyGrantSerializer
    lookup_field = "grant__public_id"

    def get_queryset(self) -> QuerySet[BreakGlass]:
        requests = "grant__access_request__policy_version__policy"
        rows = BreakGlass.objects.select_related("grant__holder", requests, "by", "reviewed_by")
        return (
            rows if self.person.is_superuser else rows.filter(emergencies.visible_to(self.person))
        )

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "person": self.request.user}


class EmergencyGrants(BaseEmergencyGrantView):
    """Yours, and those under policies that you own or review under."""

    query = QUERY

    @extend_schema(
        operation_id="emergency_grants_list",
        summary="Emergency grants, newest first",
        responses=listed(EmergencyGrantSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()


class EmergencyGrant(BaseEmergencyGrantView):
    """By the ID of the grant."""

    @extend_schema(
        operation_id="emergency_grants_retrieve",
        summary="One emergency grant, and its review",
        responses={200: EmergencyGrantSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer()


class ReviewEmergencyGrant(BaseEmergencyGrantView):
    """`not_in_order` revokes the access immediately, for good. A review is final."""

    @extend_schema(
        operation_id="emergency_grants_review",
        summary="Say whether an emergency grant was justified",
        request=VerdictSerializer,
        responses={200: EmergencyGrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        broken, sent = self.get_object(), self.clean(VerdictSerializer).validated_data
        words = {"verdict": sent["verdict"], "words": sent["reason"]}
        break_glass.review(broken, by=self.person, **words)
        return self.answer()
