"""Views of the versions of a policy: read, draft, change and publish."""

from functools import cached_property
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.actions import policies
from requests_app.api.request_bodies import NothingSerializer
from requests_app.api.serializers.desk.policies import VersionSerializer
from requests_app.api.views.desk.base import DecidedAboutMixin
from requests_app.api.views.desk.bodies import DraftSerializer, PolicyFileSerializer
from requests_app.api.views.desk.policies import (
    FILE_PARSERS,
    BasePolicyView,
    file_or,
    read_file,
)
from requests_app.models import PolicyStep, PolicyVersion
from requests_app.policy_files import export
from requests_app.policy_files.expectations import of_policy
from requests_app.rules import permissions
from requests_app.states import VersionState
from requests_app.validation.policy_version import digest, version_input_of


class Drafts(BasePolicyView):
    """Whoever works on a draft can't publish it: another owner does, on `publish_page`."""

    parser_classes: Any = FILE_PARSERS

    @extend_schema(
        operation_id="policies_draft",
        summary="Start a draft, from a file or from the newest version",
        request=file_or(DraftSerializer),
        responses={201: VersionSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        policy, sent = self.get_object(), self.clean(DraftSerializer).validated_data
        text = read_file(sent["file"], of_policy(policy)).text if "file" in sent else None
        return self.drafted(policies.start(policy, by=self.person, text=text))


class BaseVersionView(BasePolicyView):
    """Versions of policies that the person owns, and published ones that they review under."""

    @cached_property
    def version(self) -> PolicyVersion:
        rows = self.versions().filter(policy__slug=self.kwargs["id"])
        if not self.person.is_superuser:
            groups = self.person.groups.values("pk")
            steps = PolicyStep.objects.filter(Q(reviewers__in=groups) | Q(alternates__in=groups))
            reviewed = Q(pk__in=steps.values("version"), state=VersionState.PUBLISHED)
            rows = rows.filter(Q(policy__owners__in=groups) | reviewed).distinct()
        return get_object_or_404(rows, number=self.kwargs["number"])

    @property
    def digest(self) -> str:
        return digest(version_input_of(self.version))


class ComparedVersionView(BaseVersionView):
    """A change of exactly what was read."""

    changes = "policy-version"
    needs_if_match = True

    def compare(self) -> None:
        self.check_digest(self.digest)


class Version(DecidedAboutMixin, ComparedVersionView):
    """Reviewers see published versions."""

    parser_classes: Any = FILE_PARSERS

    def read(self) -> tuple[str, Any]:
        data = VersionSerializer(self.version, context={"person": self.person}).data
        return self.digest, data

    @extend_schema(
        operation_id="policies_version",
        summary="One version, with its content",
        responses={200: VersionSerializer},
    )
    def get(self, request: Request, id: str, number: int) -> Response:
        return self.answer_shown()

    @extend_schema(
        operation_id="policies_edit",
        summary="Replace the content of a draft by a file",
        request=file_or(PolicyFileSerializer),
        responses={200: VersionSerializer},
    )
    def put(self, request: Request, id: str, number: int) -> Response:
        version = self.version
        permissions.check("edit", version, self.person)  # reviewers may see it, and nothing more
        sent = self.clean(PolicyFileSerializer).validated_data
        file = read_file(sent["file"], of_policy(version.policy))
        policies.edit(version, file.text, by=self.person, shown=self.digest)
        return self.shown_version(version)


class Publish(ComparedVersionView):
    """Only an owner who hasn't worked on the draft can publish it. It applies to requests that are
    sent from then on."""

    @extend_schema(
        operation_id="policies_publish",
        summary="Put the draft in force",
        request=None,
        responses={200: VersionSerializer},
    )
    def post(self, request: Request, id: str, number: int) -> Response:
        self.clean(NothingSerializer)
        policies.publish(self.version, by=self.person, shown=self.digest)
        return self.shown_version(self.version)


class AskToPublish(BaseVersionView):
    """They get an email, once for each text."""

    @extend_schema(
        operation_id="policies_ask_to_publish",
        summary="Ask the other owners to publish the draft",
        request=None,
        responses={200: VersionSerializer},
    )
    def post(self, request: Request, id: str, number: int) -> Response:
        self.clean(NothingSerializer)
        policies.ask_to_publish(self.version, by=self.person)
        return self.shown_version(self.version)


class VersionFile(BaseVersionView):
    """Reading it back gives the same version."""

    @extend_schema(
        operation_id="policies_version_file",
        summary="One version as a YAML file",
        responses={(200, "application/yaml"): OpenApiTypes.STR},
    )
    def get(self, request: Request, id: str, number: int) -> HttpResponse:
        return export.download(self.version)
