"""Views of policies: for owners to read, create, and choose their models and capacity."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.catalogue.models import AIModel
from requests_app.actions import policies
from requests_app.actions.grants import capacities
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY
from requests_app.api.parsers import BodyParser
from requests_app.api.serializers.desk.policies import (
    CapacitySerializer,
    OwnedPolicyLineSerializer,
    OwnedPolicySerializer,
    VersionSerializer,
)
from requests_app.api.views.desk.base import DeskView
from requests_app.api.views.desk.bodies import (
    CapacityBodySerializer,
    ModelsSerializer,
    PolicyFileSerializer,
)
from requests_app.models import Capacity, Policy, PolicyVersion
from requests_app.policy_files import policy_file
from requests_app.policy_files.expectations import of_a_new_policy
from requests_app.policy_files.policy_file import Expectation, InvalidPolicyFile, PolicyFile
from requests_app.refusals import Invalid, NotAllowed
from requests_app.rules.roles import owner_groups


class PolicyFileParser(BaseParser):
    """Takes a policy file as the body itself."""

    media_type = "application/yaml"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return {"file": stream.read().decode("utf-8-sig")}
        except UnicodeDecodeError as error:
            sentence = _("The file isn't UTF-8 (byte %(place)d). Save it as UTF-8.")
            raise ParseError(sentence % {"place": error.start}) from None


FILE_PARSERS = (BodyParser, PolicyFileParser)


def file_or(body: Any) -> dict[str, Any]:
    """Describe a body that may also be the file."""
    return {"application/json": body, PolicyFileParser.media_type: OpenApiTypes.STR}


def read_file(text: str, expected: Expectation) -> PolicyFile:
    """Return the policy of a file. Raises Invalid with a sentence for each line."""
    try:
        return policy_file.read(text, "file", expected)
    except InvalidPolicyFile as bad:
        lines = {f"file:{line}": f"{path}: {sentence}" for line, path, sentence in bad.findings}
        raise Invalid(lines) from None


class BasePolicyView(DeskView[Policy]):
    """Policies that the person owns; superusers see all."""

    queryset = Policy.objects.none()
    serializer_class: Any = OwnedPolicySerializer
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Policy]:
        rows = Policy.objects.select_related("owners").order_by("name")
        rows = rows.prefetch_related("ai_models", "versions__author", "versions__published_by")
        if self.person.is_superuser:
            return rows
        return rows.filter(owners__in=self.person.groups.values("pk"))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "person": self.request.user}

    def versions(self) -> QuerySet[PolicyVersion]:
        related = ("policy__owners", "author", "published_by")
        return PolicyVersion.objects.select_related(*related)

    def shown_version(self, version: PolicyVersion, **how: Any) -> Response:
        row = self.versions().get(pk=version.pk)
        data = VersionSerializer(row, context={"person": self.person}).data
        return Response(data, **how)

    def drafted(self, version: PolicyVersion) -> Response:
        place = reverse("api:policy-version", args=[version.policy.slug, version.number])
        return self.shown_version(version, status=201, headers={"Location": place})


class PolicyList(BasePolicyView):
    """Those whose owning group you are in."""

    serializer_class = OwnedPolicyLineSerializer
    query = QUERY
    parser_classes: Any = FILE_PARSERS

    @extend_schema(
        operation_id="policies_list",
        summary="Policies that you own, newest first",
        responses=listed(OwnedPolicyLineSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()

    @extend_schema(
        operation_id="policies_create",
        summary="Create a policy and its first draft from a file",
        request=file_or(PolicyFileSerializer),
        responses={201: VersionSerializer},
    )
    def post(self, request: Request) -> Response:
        # Before the file is read: what it names is compared with groups that exist.
        if not owner_groups(self.person).exists():
            raise NotAllowed(_("Only members of a group that owns policies can create one."))
        sent = self.clean(PolicyFileSerializer).validated_data
        file = read_file(sent["file"], of_a_new_policy)
        version, _is_new = policies.import_version(
            file.slug,
            file.text,
            by=self.person,
            name=file.name,
            owners=file.owners,
            ai_models=file.ai_models,
        )
        return self.drafted(version)


class PolicyDetail(BasePolicyView):
    """Versions that are in force never change."""

    @extend_schema(
        operation_id="policies_retrieve",
        summary="One policy with its versions",
        responses={200: OwnedPolicySerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer()


class PolicyModels(BasePolicyView):
    """New requests for them fall under the policy immediately."""

    @extend_schema(
        operation_id="policies_models",
        summary="Replace the models of the policy",
        request=ModelsSerializer,
        responses={200: OwnedPolicySerializer},
    )
    def put(self, request: Request, id: str) -> Response:
        policy, names = self.get_object(), self.clean(ModelsSerializer).validated_data["models"]
        ai_models = list(AIModel.objects.filter(identifier__in=names))
        known = {ai_model.identifier for ai_model in ai_models}
        if unknown := [name for name in names if name not in known]:
            sentence = _("“%(name)s” isn't in the catalogue.")
            raise Invalid({"models": sentence % {"name": unknown[0]}})
        policies.assign(policy, ai_models, by=self.person)
        return self.answer()


class PolicyCapacities(BasePolicyView):
    """Nobody loses access: a lower limit only lets fewer grants start."""

    pagination_class = None

    @extend_schema(
        operation_id="policies_capacities",
        summary="How much of each model can be granted at once",
        responses={200: CapacitySerializer(many=True)},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.capacities(self.get_object())

    @extend_schema(
        operation_id="policies_set_capacity",
        summary="Limit, or no longer limit, how much of a model can be granted at once",
        request=CapacityBodySerializer,
        responses={200: CapacitySerializer(many=True)},
    )
    def post(self, request: Request, id: str) -> Response:
        policy, sent = self.get_object(), dict(self.clean(CapacityBodySerializer).validated_data)
        ai_model = policy.ai_models.filter(identifier=sent.pop("model")).first()
        if ai_model is None:
            raise Invalid({"model": _("The policy doesn't cover this model.")})
        capacities.set_capacity(policy, ai_model, by=self.person, **sent)
        return self.capacities(policy)

    def capacities(self, policy: Policy) -> Response:
        rows = Capacity.objects.filter(ai_model__policies=policy)
        limits = {row.ai_model_id: row for row in rows}
        lines: Any = [
            {
                "model": ai_model.identifier,
                "places": getattr(limits.get(ai_model.pk), "places", None),
                "monthly_budget": getattr(limits.get(ai_model.pk), "monthly_budget", None),
            }
            for ai_model in policy.ai_models.order_by("identifier")
        ]
        return Response(CapacitySerializer(lines, many=True).data)
