"""The view of one's own profile."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.people.forms import ProfileForm
from lifecycle.people.models import User
from requests_app.actions.requests import affiliations
from requests_app.api.conventions import read_shape
from requests_app.api.parsers import MergePatchParser
from requests_app.api.serializers.account.people import ProfileSerializer
from requests_app.api.views.account.bodies import ProfileBody
from requests_app.api.views.base import BaseView
from requests_app.refusals import Invalid


class Profile(BaseView[User]):
    """What reviewers see beside each request, and your language and time zone.

    A verified ORCID iD stays as it is.
    """

    serializer_class = ProfileSerializer

    @extend_schema(
        operation_id="profile_retrieve",
        summary="Your profile",
        responses={200: ProfileSerializer},
    )
    def get(self, request: Request) -> Response:
        return self.answer(self.person)

    @extend_schema(
        operation_id="profile_update",
        summary="Replace your profile",
        request=ProfileBody,
        responses={200: ProfileSerializer},
    )
    def put(self, request: Request) -> Response:
        return self.changed(request.data)

    @extend_schema(
        operation_id="profile_patch",
        summary="Change members of your profile",
        request={MergePatchParser.media_type: OpenApiTypes.OBJECT},
        responses={200: ProfileSerializer},
    )
    def patch(self, request: Request) -> Response:
        shown = self.get_serializer(self.person).data
        return self.changed(read_shape.merged(shown, request.data))

    def changed(self, body: Any) -> Response:
        sent = self.clean(ProfileBody, body).validated_data
        if self.person.orcid_verified_at and sent["orcid"] != self.person.orcid:
            raise Invalid({"orcid": _("Your ORCID iD is verified, so it can't be changed here.")})
        form = ProfileForm(sent, person=self.person)
        if form.errors:
            raise Invalid({name: str(found[0]) for name, found in form.errors.items()})
        if form.cleaned_data["institution"] != str(self.person.institution or ""):
            self.pace.take("move")
        affiliations.change_profile(self.person, **form.cleaned_data)
        return self.answer(User.objects.select_related("institution").get(pk=self.person.pk))

    def get_parsers(self) -> list[Any]:
        is_patch = getattr(self.request, "method", "") == "PATCH"  # no request in the description
        return [MergePatchParser()] if is_patch else super().get_parsers()
