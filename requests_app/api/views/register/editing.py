"""The call with which catalogue editors load a catalogue file."""

import json
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.catalogue import catalogue_file
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.catalogue import editor_loading
from requests_app.actions.catalogue.editor_loading import LoadedModel, LoadOutcome
from requests_app.api.request_bodies import RequestBody, TextField
from requests_app.api.views.base import BaseView
from requests_app.refusals import Invalid


class CatalogueFileSerializer(RequestBody):
    """A catalogue file, and why the catalogue changes."""

    file = serializers.DictField(help_text="As `load_catalogue` reads it; see docs/catalogue.md.")
    reason = TextField(help_text="It is kept with each change, and other editors see it.")


class LoadedModelSerializer(serializers.Serializer[LoadedModel]):
    """What became of one model of the file."""

    identifier = serializers.CharField(read_only=True)
    outcome = serializers.ChoiceField(
        choices=[(outcome.value, outcome.value) for outcome in LoadOutcome],
        read_only=True,
        help_text="`proposed` waits for another editor; `waiting` was left alone, as another "
        "change of it waits.",
    )
    proposal = serializers.CharField(
        source="proposal.public_id", default=None, read_only=True, allow_null=True
    )


class LoadedCatalogueSerializer(serializers.Serializer[Any]):
    """What became of each model of the file."""

    models = LoadedModelSerializer(many=True, read_only=True)


class LoadCatalogue(BaseView[AIModel]):
    """Loads a file whole, or refuses it whole. Facts set on the desk stay."""

    queryset = AIModel.objects.none()
    serializer_class = LoadedCatalogueSerializer

    @extend_schema(
        operation_id="catalogue_load",
        summary="Change the catalogue",
        request=CatalogueFileSerializer,
        responses={200: LoadedCatalogueSerializer},
    )
    def post(self, request: Request) -> Response:
        body = self.clean(CatalogueFileSerializer).validated_data
        models = _loaded(body["file"], by=self.person, reason=body["reason"])
        return Response(self.get_serializer({"models": models}).data)


def _loaded(file: dict[str, Any], *, by: User, reason: str) -> list[LoadedModel]:
    try:
        parsed = catalogue_file.parse(json.dumps(file, indent=1), "file")
        return editor_loading.load(parsed, by=by, reason=reason)
    except catalogue_file.BadFile as bad:
        # Without lines: those are of the text that was made here.
        problems = [problem.split(": ", 1)[1] for problem in bad.problems]
        raise Invalid({"file": "\n".join(problems)}) from None
