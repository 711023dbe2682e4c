"""Views of what one follows by email: models, providers and platforms."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.catalogue.models import AIModel, Provider
from requests_app.actions.catalogue import following
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY
from requests_app.api.serializers.account.people import FollowSerializer, UnfollowedSerializer
from requests_app.api.views.account.bodies import FollowedBody
from requests_app.api.views.base import BaseView
from requests_app.models import Follow
from requests_app.refusals import Invalid


def named(body: FollowedBody) -> following.Followed:
    """Return what the body names. Raises Invalid for what the catalogue doesn't have."""
    ((kind, value),) = body.validated_data.items()
    found: following.Followed | None = value
    if kind == "model":
        found = AIModel.objects.filter(identifier=value).first()
    elif kind == "provider":
        found = Provider.objects.filter(slug=value).first()
    if found is None:
        raise Invalid({kind: _("The catalogue doesn't have this.")})
    return found


class Following(BaseView[Follow]):
    """You get an email about each retirement of what you follow."""

    queryset = Follow.objects.none()
    serializer_class = FollowSerializer
    query = QUERY

    def get_queryset(self) -> QuerySet[Follow]:
        mine = Follow.objects.filter(person=self.person)
        return mine.select_related("ai_model", "provider")

    @extend_schema(
        operation_id="following_list",
        summary="What you follow, newest first",
        responses=listed(FollowSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()

    @extend_schema(
        operation_id="following_add",
        summary="Follow a model, a provider or a platform",
        request=FollowedBody,
        responses={201: FollowSerializer},
    )
    def post(self, request: Request) -> Response:
        row = following.follow(named(self.clean(FollowedBody)), by=self.person)
        return self.answer(row, status=201)


class Unfollow(BaseView[Follow]):
    """What you don't follow can be named, too."""

    @extend_schema(
        operation_id="following_remove",
        summary="Stop following",
        request=FollowedBody,
        responses={200: UnfollowedSerializer},
    )
    def post(self, request: Request) -> Response:
        was = following.unfollow(named(self.clean(FollowedBody)), by=self.person)
        return Response(UnfollowedSerializer({"was_followed": was}).data)
