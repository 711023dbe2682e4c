"""Views of invitations to take part in a draft, for those who invite and those who answer."""

from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.people.email import addresses
from lifecycle.people.email.normalization import comparable_address
from requests_app.actions.requests import invitations
from requests_app.api import request_bodies
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY
from requests_app.api.serializers.drafting.invitations import ReceivedInvitationSerializer
from requests_app.api.serializers.requests import RequestSerializer
from requests_app.api.serializers.revisions import InvitationSerializer
from requests_app.api.views.base import BaseView
from requests_app.api.views.drafting import bodies
from requests_app.api.views.requests import BaseRequestView
from requests_app.models import AccessRequest, Invitation
from requests_app.states import InvitationState


class RequestInvitations(BaseView[Invitation]):
    """Whom you invited to a request of yours. Nothing reveals whether they have an account."""

    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer
    query = QUERY
    throttle_scope = "invite"

    def access_request(self) -> AccessRequest:
        mine = AccessRequest.objects.of(self.person)
        return get_object_or_404(mine, public_id=self.kwargs["id"])

    def get_queryset(self) -> QuerySet[Invitation]:
        return Invitation.objects.with_address().filter(access_request=self.access_request())

    @extend_schema(
        operation_id="request_invitations_list",
        summary="The invitations to a request of yours, newest first",
        responses=listed(InvitationSerializer),
    )
    def get(self, request: Request, id: str) -> Response:
        return self.page()

    @extend_schema(
        operation_id="request_invitations_create",
        summary="Invite somebody to your draft by email",
        request=bodies.InviteSerializer,
        responses={201: InvitationSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        access_request = self.access_request()
        sent = self.clean(bodies.InviteSerializer).validated_data
        row = invitations.invite(access_request, by=self.person, **sent)
        place = reverse("api:invitation", args=[row.public_id])
        return self.answer(row, status=201, headers={"Location": place})


class RemoveCollaborator(BaseRequestView):
    """For one who was added without an invitation; withdraw the invitation of others."""

    changes = ""

    @extend_schema(
        operation_id="request_collaborators_remove",
        summary="Remove a collaborator from the draft",
        request=bodies.RemovedPersonSerializer,
        responses={200: RequestSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        access_request = self.get_object()
        email = self.clean(bodies.RemovedPersonSerializer).validated_data["person"]
        invitations.remove_address(access_request, comparable_address(email), by=self.person)
        return self.answer()


class BaseInvitationView(BaseView[Invitation]):
    """Invitations that the person sent, and those to their verified addresses."""

    queryset = Invitation.objects.none()
    serializer_class = ReceivedInvitationSerializer
    is_sent_included = True

    def get_queryset(self) -> QuerySet[Invitation]:
        found = Q(person=self.person) | Q(email__in=addresses.verified(self.person))
        if self.is_sent_included:
            found |= Q(access_request__requester=self.person)
        rows = Invitation.objects.with_address().filter(found)
        related = ("access_request__requester", "access_request__policy_version__policy")
        return rows.select_related(*related).prefetch_related(
            "access_request__revisions__ai_models"
        )


class InvitationList(BaseInvitationView):
    """Also those that you have answered."""

    query = QUERY
    is_sent_included = False

    @extend_schema(
        operation_id="invitations_list",
        summary="Invitations to you, newest first",
        responses=listed(ReceivedInvitationSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()


class InvitationDetail(BaseInvitationView):
    """An invitation that you sent, or that was sent to an address you have verified."""

    @extend_schema(
        operation_id="invitations_retrieve",
        summary="One invitation, with the draft and its terms while you may read them",
        responses={200: ReceivedInvitationSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer()


class SendAgain(BaseInvitationView):
    """It restarts the time to accept. At most three emails are sent to one address."""

    throttle_scope = "invite"

    @extend_schema(
        operation_id="invitations_send_again",
        summary="Send your invitation again",
        request=None,
        responses={200: ReceivedInvitationSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        row = self.get_object()
        self.clean(request_bodies.NothingSerializer)
        invitations.send_again(row, by=self.person)
        return self.answer()


class Allow(BaseInvitationView):
    """For whoever sent it, also after it was accepted."""

    @extend_schema(
        operation_id="invitations_allow",
        summary="Change what an invited person may see and do",
        request=bodies.AllowSerializer,
        responses={200: ReceivedInvitationSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        row = self.get_object()
        sent = self.clean(bodies.AllowSerializer).validated_data
        allowed: dict[str, Any] = {name: getattr(row, name) for name in bodies.ALLOWED} | sent
        invitations.allow(row, by=self.person, **allowed)
        return self.answer()


class Withdraw(BaseInvitationView):
    """For whoever sent it. A person who had accepted is removed from the draft."""

    @extend_schema(
        operation_id="invitations_withdraw",
        summary="Withdraw your invitation",
        request=None,
        responses={200: ReceivedInvitationSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        row = self.get_object()
        self.clean(request_bodies.NothingSerializer)
        return self.idempotent(
            lambda: invitations.withdraw(row, by=self.person), done=(InvitationState.WITHDRAWN,)
        )


class Accept(BaseInvitationView):
    """Reviewers then see your name and address, and you can't review the request yourself."""

    @extend_schema(
        operation_id="invitations_accept",
        summary="Accept the terms and join the draft",
        request=bodies.AcceptSerializer,
        responses={200: ReceivedInvitationSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        row = self.get_object()
        terms = self.clean(bodies.AcceptSerializer).validated_data["terms"]
        return self.idempotent(
            lambda: invitations.accept(row, by=self.person, terms=terms),
            done=(InvitationState.ACCEPTED,),
        )


class Decline(BaseInvitationView):
    """After you have accepted, too, until the request is sent."""

    @extend_schema(
        operation_id="invitations_decline",
        summary="Decline the invitation, or leave the draft",
        request=None,
        responses={200: ReceivedInvitationSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        row = self.get_object()
        self.clean(request_bodies.NothingSerializer)
        return self.idempotent(
            lambda: invitations.decline(row, by=self.person), done=(InvitationState.DECLINED,)
        )
