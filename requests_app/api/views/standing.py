"""Views of standing rules: for owners, with their lists, and what members can start."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.actions.standing import access, lists
from requests_app.api import request_bodies
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY
from requests_app.api.serializers.access import GrantSerializer
from requests_app.api.serializers.standing import (
    ListChangeSerializer,
    StandingMemberSerializer,
    StandingOfferSerializer,
    StandingRuleSerializer,
)
from requests_app.api.views.access import BaseGrantView
from requests_app.api.views.base import BaseView
from requests_app.models import StandingRule
from requests_app.rules import standing
from requests_app.validation.standing import offers


class BaseRuleView(BaseView[StandingRule]):
    """Standing rules of policies that the person owns."""

    queryset = StandingRule.objects.none()
    serializer_class = StandingRuleSerializer

    def get_queryset(self) -> QuerySet[StandingRule]:
        groups = self.person.groups.values("pk")
        rows = StandingRule.objects.filter(policy__owners__in=groups)
        return rows.select_related("policy", "group").prefetch_related("ai_models")


class RuleList(BaseRuleView):
    """Standing rules let members start access without a review."""

    query = QUERY

    @extend_schema(
        operation_id="standing_rules_list",
        summary="Standing rules of policies that you own, newest first",
        responses=listed(StandingRuleSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()


class RuleDetail(BaseRuleView):
    """Rules are written, published and ended on the review desk."""

    @extend_schema(
        operation_id="standing_rules_retrieve",
        summary="One standing rule",
        responses={200: StandingRuleSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer()


class RuleMembers(BaseRuleView):
    """Empty for rules whose members come from a group or a sign-in provider."""

    query = QUERY

    @extend_schema(
        operation_id="standing_rules_members",
        summary="The addresses on the rule's list, newest first",
        responses=listed(StandingMemberSerializer),
    )
    def get(self, request: Request, id: str) -> Response:
        listed: Any = self.get_object().listed.filter(removed_at=None)
        rows: Any = self.paginate_queryset(listed)
        return self.get_paginated_response(StandingMemberSerializer(rows, many=True).data)


class BaseListView(BaseRuleView):
    """A change of a rule's list."""

    change: Callable[..., lists.ListChange]

    def changed(self) -> Response:
        rule = self.get_object()
        emails = self.clean(request_bodies.EmailsSerializer).validated_data["emails"]
        done = type(self).change(rule, emails, by=self.person)
        return Response(ListChangeSerializer(done).data)


class AddMembers(BaseListView):
    """Repeating a call changes nothing. Whoever has verified an address can start access."""

    change = staticmethod(lists.add)

    @extend_schema(
        operation_id="standing_rules_add_members",
        summary="Put addresses on the rule's list",
        request=request_bodies.EmailsSerializer,
        responses={200: ListChangeSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        return self.changed()


class RemoveMembers(BaseListView):
    """Repeating a call changes nothing. Access by these addresses ends immediately."""

    change = staticmethod(lists.remove)

    @extend_schema(
        operation_id="standing_rules_remove_members",
        summary="Take addresses off the rule's list",
        request=request_bodies.EmailsSerializer,
        responses={200: ListChangeSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        return self.changed()


class OfferList(BaseView[StandingRule]):
    """What you are a member for, and don't have yet. It ends with the membership."""

    queryset = StandingRule.objects.none()
    serializer_class = StandingOfferSerializer  # type: ignore[assignment]  # of no row
    pagination_class = None

    @extend_schema(
        operation_id="standing_offers_list",
        summary="The access that you can start now without a review",
        responses={200: StandingOfferSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        found = offers.offers_for(self.person, timezone.now())
        shown: Any = StandingOfferSerializer(found, many=True)  # type: ignore[arg-type]  # many
        return Response(shown.data)


class StartOffer(BaseGrantView):
    """Once started, end it as any grant: `POST /api/v1/grants/{id}/end/`."""

    throttle_scope = "submit"

    @extend_schema(
        operation_id="standing_offers_start",
        summary="Accept an offer's terms and start its access",
        request=request_bodies.StartSerializer,
        responses={201: GrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        published = StandingRule.objects.exclude(published_at=None)
        mine = standing.of_member(published, self.person, timezone.now())
        rule = get_object_or_404(mine.select_related("policy", "group"), public_id=id)
        sent = self.clean(request_bodies.StartSerializer).validated_data
        shown = {"accepts": sent["accepts"], "shown": sent["digest"]}
        grant = access.start(rule, by=self.person, **shown)
        return self.answer(self.get_queryset().get(pk=grant.pk), status=201)
