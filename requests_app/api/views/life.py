"""Views of a grant's life: suspend, resume, confirm, extend, share."""

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.people.email.normalization import comparable_address
from lifecycle.people.models import User
from requests_app.actions.grants import collaborators, confirmations, suspensions
from requests_app.actions.requests import requests
from requests_app.api import querysets, request_bodies
from requests_app.api.serializers.access import GrantSerializer
from requests_app.api.serializers.requests import RequestSerializer
from requests_app.api.views.access import BaseGrantView
from requests_app.refusals import Invalid


class Suspend(BaseGrantView):
    """Its keys are refused until it resumes. Its end date doesn't change."""

    @extend_schema(
        operation_id="grants_suspend",
        summary="Suspend the grant, as an owner of its policy",
        request=request_bodies.ReasonSerializer,
        responses={200: GrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        grant = self.get_object()
        sent = self.clean(request_bodies.ReasonSerializer)
        suspensions.suspend(grant, by=self.person, **sent.validated_data)
        return self.answer()


class Resume(BaseGrantView):
    """Its keys work again until the original end date."""

    @extend_schema(
        operation_id="grants_resume",
        summary="Resume a suspended grant, as an owner of its policy",
        request=request_bodies.ReasonSerializer,
        responses={200: GrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        grant = self.get_object()
        sent = self.clean(request_bodies.ReasonSerializer)
        suspensions.resume(grant, by=self.person, **sent.validated_data)
        return self.answer()


class Confirm(BaseGrantView):
    """Grants over 180 days need it every 90 days; see `confirm_by`."""

    @extend_schema(
        operation_id="grants_confirm",
        summary="Confirm that you still need a long grant",
        request=None,
        responses={200: GrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        grant = self.get_object()
        self.clean(request_bodies.NothingSerializer)
        confirmations.confirm(grant, by=self.person)
        return self.answer()


class Extend(BaseGrantView):
    """In the last 14 days of a grant, or within 30 days after its end. Change the draft as needed,
    then submit it."""

    @extend_schema(
        operation_id="grants_extend",
        summary="Request more time: creates a draft from the last request",
        request=None,
        responses={201: RequestSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        grant = self.get_object()
        self.clean(request_bodies.NothingSerializer)
        made = requests.extend(grant, by=self.person)
        row = querysets.requests_with_related(self.person).get(pk=made.pk)
        context = {**self.get_serializer_context(), "person": self.person}
        place = reverse("api:request", args=[made.public_id])
        data = RequestSerializer(row, context=context).data
        return Response(data, status=201, headers={"Location": place})


class Accept(BaseGrantView):
    """For collaborators. Afterwards you can claim a key of your own."""

    @extend_schema(
        operation_id="grants_accept",
        summary="Accept the terms of a grant shared with you",
        request=None,
        responses={200: GrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        grant = self.get_object()
        self.clean(request_bodies.NothingSerializer)
        collaborators.accept(grant, by=self.person)
        return self.answer()


class Leave(BaseGrantView):
    """Your keys for it stop working immediately."""

    @extend_schema(
        operation_id="grants_leave",
        summary="Leave a grant that is shared with you",
        request=None,
        responses={200: GrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        grant = self.get_object()
        self.clean(request_bodies.NothingSerializer)
        collaborators.leave(grant, by=self.person)
        return self.answer(grant)


class Remove(BaseGrantView):
    """Their keys for it stop working immediately, and they are notified."""

    @extend_schema(
        operation_id="grants_remove",
        summary="Remove a collaborator from the grant",
        request=request_bodies.SharerSerializer,
        responses={200: GrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        grant = self.get_object()
        sent = self.clean(request_bodies.SharerSerializer)
        email = comparable_address(sent.validated_data["person"])
        person = User.objects.filter(shared_grants__grant=grant, email=email).first()
        if person is None:
            raise Invalid({"person": _("The access isn't shared with this person.")})
        collaborators.remove(grant, person, by=self.person)
        return self.answer()
