"""Views of standing rules for the owners of their policies, and of the lists that they keep."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.actions.standing import lists
from requests_app.api import request_bodies
from requests_app.api.openapi import ACTING, ONE, READING, listed, refused
from requests_app.api.pagination import QUERY
from requests_app.api.serializers.standing import (
    ListChangeSerializer,
    StandingMemberSerializer,
    StandingRuleSerializer,
)
from requests_app.api.views.base import BaseView
from requests_app.models import StandingRule


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
        responses={**listed(StandingRuleSerializer), **refused(*READING)},
    )
    def get(self, request: Request) -> Response:
        return self.page()


class RuleDetail(BaseRuleView):
    """Rules are written, published and ended on the review desk."""

    @extend_schema(
        operation_id="standing_rules_retrieve",
        summary="One standing rule",
        responses={200: StandingRuleSerializer, **refused(*ONE)},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer()


class RuleMembers(BaseRuleView):
    """Empty for rules whose members come from a group or a sign-in provider."""

    query = QUERY

    @extend_schema(
        operation_id="standing_rules_members",
        summary="The addresses on the rule's list, newest first",
        responses={**listed(StandingMemberSerializer), **refused(*ONE)},
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
        responses={200: ListChangeSerializer, **refused(*ACTING)},
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
        responses={200: ListChangeSerializer, **refused(*ACTING)},
    )
    def post(self, request: Request, id: str) -> Response:
        return self.changed()
