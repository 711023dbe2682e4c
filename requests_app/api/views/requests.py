"""Views of a person's requests: list, create, read, edit, submit, withdraw, appeal."""

import json
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.actions.requests import collaborator_emails
from requests_app.actions.requests import requests as actions
from requests_app.api import querysets, request_bodies
from requests_app.api.conventions import read_shape
from requests_app.api.filters import RequestFilter
from requests_app.api.openapi import listed, refused
from requests_app.api.parsers import MergePatchParser
from requests_app.api.serializers.requests import RequestLineSerializer, RequestSerializer
from requests_app.api.serializers.revisions import WrittenSerializer
from requests_app.api.views.base import DRY_RUN, BaseView
from requests_app.api.views.tagged import TaggedView
from requests_app.models import AccessRequest, ServiceToken
from requests_app.refusals import NotForTokens
from requests_app.rules import permissions
from requests_app.states import RequestState
from requests_app.transitions.people_locks import lock_person
from requests_app.validation.request_input import RequestInput
from requests_app.validation.submission import addresses_in

WRITABLE = frozenset(request_bodies.RequestTextSerializer().fields) - {"attests"}


class BaseRequestView(TaggedView[AccessRequest]):
    """Requests of the calling person."""

    changes = "request"

    queryset = AccessRequest.objects.none()
    serializer_class = RequestSerializer

    def get_queryset(self) -> QuerySet[AccessRequest]:
        return querysets.requests_with_related(self.person)

    def lock_row(self, row: AccessRequest) -> None:
        lock_person(self.person)
        actions.lock_both(row, None)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "person": self.request.user}

    def throttle_invitations(
        self, request_input: RequestInput, access_request: AccessRequest | None
    ) -> None:
        """Count each new invitation, unless the call comes to nothing. Raises RateLimited."""
        for _address in collaborator_emails.new_addresses(
            addresses_in(request_input), access_request
        ):
            self.pace.take("invite")

    def keep_for_people(self, body: Any, *, told: Any = None) -> None:
        """Refuse what only a person may say: attesting, accepting terms other than those `told`.

        Nor may a token send the request for review.
        """
        if not isinstance(self.request.auth, ServiceToken) or not isinstance(body, dict):
            return
        terms = body.get("accepted_terms") or ""
        if body.get("attests") or body.get("submit") or terms != (told or ""):
            page = reverse("request_check", args=[self.kwargs["id"]]) if "id" in self.kwargs else ""
            raise NotForTokens(
                _("Only a person can attest, accept terms and send it. Save a draft first."),
                f"{settings.SITE_URL}{page or reverse('requests')}",
            )

    def created(self, made: AccessRequest) -> Response:
        self.kwargs["id"] = made.public_id
        place = reverse("api:request", args=[made.public_id])
        return self.answer(status=201, headers={"Location": place})


class RequestList(BaseRequestView):
    """Drafts are visible only to you."""

    filters = RequestFilter
    is_list = True
    tagged_as = "requests"
    changes = ""
    query_of_change = (DRY_RUN,)

    def throttle_scopes(self) -> Collection[str]:
        if self.request.method != "POST":
            return []
        sent = self.request.data
        return ["submit" if isinstance(sent, dict) and sent.get("submit") is True else "draft"]

    def get_queryset(self) -> QuerySet[AccessRequest]:
        """Leave out what only describes one request, and records of access without a review."""
        if self.request.method == "POST":  # the answer is the one that was made
            return super().get_queryset()
        return querysets.requests_of(self.person).filter(standing_rule=None)

    @extend_schema(
        operation_id="requests_list",
        summary="Your requests, newest first",
        responses=listed(RequestLineSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(RequestLineSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="requests_create",
        summary="Request access to models, as a draft or sent for review",
        request=request_bodies.NewRequestSerializer,
        responses={201: RequestSerializer},
    )
    def post(self, request: Request) -> Response:
        self.keep_for_people(request.data)
        sent = self.clean(request_bodies.NewRequestSerializer)
        submit = sent.validated_data["submit"]
        self.throttle_invitations(sent.asked(), None)
        saved = collaborator_emails.save(sent.asked(), by=self.person, submit=submit)
        return self.created(saved)


class RequestDetail(BaseRequestView):
    """You can edit it until you send it for review."""

    tagged_as = "request"

    @extend_schema(
        operation_id="requests_retrieve",
        summary="One request, with its stages and history",
        responses={200: RequestSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer()

    @extend_schema(
        operation_id="requests_update",
        summary="Replace the draft",
        request=request_bodies.RequestTextSerializer,
        responses={200: RequestSerializer},
    )
    def put(self, request: Request, id: str) -> Response:
        """A text, or what a GET gave."""
        access_request, sent = self.get_object(), self.request.data
        if read_shape.is_read_shape(sent):
            return self.rewritten(access_request, sent, self.shown(access_request))
        self.keep_for_people(sent)
        return self.replaced(access_request, sent)

    @extend_schema(
        operation_id="requests_patch",
        summary="Change members of the draft, as a GET shows it",
        request={MergePatchParser.media_type: OpenApiTypes.OBJECT},
        responses={200: RequestSerializer},
    )
    def patch(self, request: Request, id: str) -> Response:
        access_request = self.get_object()
        shown = self.shown(access_request)
        sent = read_shape.merged(shown, self.request.data)
        return self.rewritten(access_request, sent, shown)

    def rewritten(self, access_request: AccessRequest, sent: Any, shown: Any) -> Response:
        """Save what was read and sent back; a token's changes have to be attested anew."""
        body = read_shape.written(sent, shown, WRITABLE)
        if isinstance(self.request.auth, ServiceToken):
            body["attests"] = False
            self.keep_for_people(body, told=shown[read_shape.TEXT]["accepted_terms"])
            body["accepted_terms"] = ""
        return self.replaced(access_request, body)

    def replaced(self, access_request: AccessRequest, body: Any) -> Response:
        sent = self.clean(request_bodies.RequestTextSerializer, body)
        self.throttle_invitations(sent.asked(), access_request)
        collaborator_emails.save(sent.asked(), by=self.person, access_request=access_request)
        return self.answer()

    def shown(self, access_request: AccessRequest) -> Any:
        """Return what a GET shows, as a program reads it."""
        return json.loads(JSONRenderer().render(self.get_serializer(access_request).data))

    def get_parsers(self) -> list[Any]:
        """Take a PATCH as a merge patch only: others would mean something else."""
        is_patch = getattr(self.request, "method", "") == "PATCH"  # no request in the description
        return [MergePatchParser()] if is_patch else super().get_parsers()


class Write(BaseView[Any]):  # a request, shown as its text
    """The parts of a draft that its requester lets collaborators edit; its id is in its URL."""

    queryset = AccessRequest.objects.none()
    serializer_class = WrittenSerializer

    def get_queryset(self) -> QuerySet[AccessRequest]:
        return querysets.drafts_to_write(self.person)

    def answer(self, row: AccessRequest | None = None, **how: Any) -> Response:
        """Return the newest text of the draft."""
        return Response(WrittenSerializer((row or self.get_object()).revision).data, **how)

    @extend_schema(
        operation_id="requests_written",
        summary="The parts of a draft that you may edit, as its requester or a collaborator",
        responses={200: WrittenSerializer, **refused(409)},
    )
    def get(self, request: Request, id: str) -> Response:
        access_request = self.get_object()
        permissions.check("write", access_request, self.person)
        return self.answer(access_request)

    @extend_schema(
        operation_id="requests_write",
        summary="Change some of these parts; the others stay as they are",
        request=request_bodies.WriteSerializer,
        responses={200: WrittenSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        access_request = self.get_object()
        changes = self.clean(request_bodies.WriteSerializer).changes()
        actions.change(access_request, by=self.person, **changes)
        return self.answer()


class Submit(BaseRequestView):
    """Its models, dates and reviewers are checked again."""

    query_of_change = (DRY_RUN,)

    throttle_scope = "submit"

    @extend_schema(
        operation_id="requests_submit",
        summary="Send the draft for review",
        request=request_bodies.SubmitSerializer,
        responses={200: RequestSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        access_request = self.get_object()
        note = self.clean(request_bodies.SubmitSerializer).validated_data["note"]
        actions.submit(access_request, by=self.person, note=note)
        return self.answer()


class Withdraw(BaseRequestView):
    """Drafts can be withdrawn too. This can't be undone; you can create a new request."""

    @extend_schema(
        operation_id="requests_withdraw",
        summary="Withdraw a request before it is decided",
        request=request_bodies.OptionalReasonSerializer,
        responses={200: RequestSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        access_request = self.get_object()
        reason = self.clean(request_bodies.OptionalReasonSerializer).validated_data["reason"]
        return self.idempotent(
            lambda: actions.withdraw(access_request, by=self.person, reason=reason),
            done=(RequestState.WITHDRAWN,),
        )


class Appeal(BaseRequestView):
    """It requests what was denied. A request can be appealed once; an appeal can't be appealed."""

    @extend_schema(
        operation_id="requests_appeal",
        summary="Appeal a declined request; reviewers who haven't voted on it decide",
        request=request_bodies.AppealSerializer,
        responses={201: RequestSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        access_request = self.get_object()
        reason = self.clean(request_bodies.AppealSerializer).validated_data["reason"]
        return self.created(actions.appeal(access_request, by=self.person, reason=reason))
