"""Views of a reviewer's own delegations, absence and reminders."""

from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.people.models import User
from requests_app.actions.review import delegations, preferences
from requests_app.api.openapi import listed, refused
from requests_app.api.pagination import QUERY
from requests_app.api.request_bodies import NothingSerializer
from requests_app.api.serializers.desk.personal import DelegationSerializer, NamedPersonSerializer
from requests_app.api.views.desk.base import DeskView
from requests_app.api.views.desk.bodies import (
    AwaySerializer,
    DelegationBodySerializer,
    RemindersSerializer,
)
from requests_app.models import Delegation, ReviewerPreference
from requests_app.refusals import Invalid
from requests_app.rules.roles import possible_delegates

RELATED = ("person", "delegate", "stage__step")


class BaseDelegationView(DeskView[Delegation]):
    """Delegations by the person and to them."""

    queryset = Delegation.objects.none()
    serializer_class = DelegationSerializer
    lookup_field = "pk"

    def get_queryset(self) -> QuerySet[Delegation]:
        rows = Delegation.objects.filter(Q(person=self.person) | Q(delegate=self.person))
        return rows.select_related(*RELATED)

    def delegate(self, number: int) -> User:
        """Return the reviewer who was chosen. Raises Invalid, alike for anybody else."""
        found = possible_delegates(self.person).filter(pk=number).first()
        if found is None:
            raise Invalid({"to": _("Choose another reviewer.")})
        return found


class Delegates(DeskView[User]):
    """Everyone who reviews under a policy and can open the review desk."""

    queryset = User.objects.none()
    pagination_class = None

    @extend_schema(
        operation_id="me_delegates",
        summary="The reviewers to whom you can delegate",
        responses={200: NamedPersonSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        people: Any = possible_delegates(self.person)
        return Response(NamedPersonSerializer(people, many=True).data)


class Delegations(BaseDelegationView):
    """Whoever you delegate to may decide in your place; you still can too."""

    query = QUERY

    @extend_schema(
        operation_id="me_delegations_list",
        summary="Your delegations and those to you, newest first",
        responses=listed(DelegationSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()

    @extend_schema(
        operation_id="me_delegations_create",
        summary="Delegate your decisions for a period",
        request=DelegationBodySerializer,
        responses={201: DelegationSerializer},
    )
    def post(self, request: Request) -> Response:
        sent = dict(self.clean(DelegationBodySerializer).validated_data)
        to = self.delegate(sent.pop("to"))
        starts_at = sent.pop("starts_at", timezone.now())
        made = delegations.delegate(to, by=self.person, starts_at=starts_at, **sent)
        return self.answer(made, status=201)


class EndDelegation(BaseDelegationView):
    """You decide yourself again. Ending it twice is answered alike."""

    @extend_schema(
        operation_id="me_delegations_end",
        summary="End your delegation early",
        request=None,
        responses={200: DelegationSerializer},
    )
    def post(self, request: Request, id: int) -> Response:
        delegation = self.get_object()
        self.clean(NothingSerializer)
        if delegation.person_id != self.person.pk or delegation.ended_at is None:
            delegations.end(delegation, by=self.person)
        return self.answer()


class Away(BaseDelegationView):
    """While you are away, emails about a step go to whoever decides for you."""

    @extend_schema(
        operation_id="me_away",
        summary="Your absence, if you are away now",
        responses={200: DelegationSerializer, **refused(404)},
    )
    def get(self, request: Request) -> Response:
        return self.answer(get_object_or_404(self.away_now()))

    @extend_schema(
        operation_id="me_away_set",
        summary="Hand everything over to another reviewer, from now on",
        request=AwaySerializer,
        responses={201: DelegationSerializer},
    )
    def post(self, request: Request) -> Response:
        sent = dict(self.clean(AwaySerializer).validated_data)
        to = self.delegate(sent.pop("to"))
        return self.answer(delegations.set_away(by=self.person, to=to, **sent), status=201)

    def away_now(self) -> QuerySet[Delegation]:
        mine = Delegation.objects.away(timezone.now()).filter(person=self.person)
        return mine.select_related(*RELATED)


class Reminders(DeskView[ReviewerPreference]):
    """Requests to decide are always sent at once."""

    queryset = ReviewerPreference.objects.none()

    @extend_schema(
        operation_id="me_reminders",
        summary="How reminders to decide come to you",
        responses={200: RemindersSerializer},
    )
    def get(self, request: Request) -> Response:
        mine = ReviewerPreference.objects.filter(person=self.person, daily_digest=True)
        return Response({"daily_digest": mine.exists()})

    @extend_schema(
        operation_id="me_reminders_set",
        summary="Choose how reminders to decide come to you",
        request=RemindersSerializer,
        responses={200: RemindersSerializer},
    )
    def put(self, request: Request) -> Response:
        sent = self.clean(RemindersSerializer).validated_data
        kept = preferences.prefer(self.person, by=self.person, **sent)
        return Response({"daily_digest": kept.daily_digest})
