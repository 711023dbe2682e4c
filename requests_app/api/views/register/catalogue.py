"""Views of the models: public and read-only."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.catalogue import sources
from lifecycle.catalogue.models import AIModel, Alias, Source
from requests_app.api import querysets
from requests_app.api.conventions import row_versions
from requests_app.api.filters import ModelFilterSerializer
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY, IdentifierPagination
from requests_app.api.serializers.catalogue import ModelSerializer
from requests_app.api.serializers.model_use import ModelUseSerializer
from requests_app.api.views.tagged import TaggedView
from requests_app.reports import use_today

SOURCES = row_versions.paths_to(AIModel, Source, querysets.FACTS)


class BaseModelView(TaggedView[AIModel]):
    """The public catalogue."""

    queryset = AIModel.objects.none()
    serializer_class = ModelSerializer
    authentication_classes = ()
    permission_classes = (AllowAny,)
    pagination_class = IdentifierPagination
    lookup_field = lookup_url_kwarg = "identifier"

    def get_queryset(self) -> QuerySet[AIModel]:
        return querysets.catalogue()

    def get_object(self) -> AIModel:
        """Return the model with this identifier, or else the one that it leads to as an alias."""
        found = self._named(self.get_queryset())
        sources.fetch(querysets.facts_of(found))
        return found

    def _named(self, rows: QuerySet[AIModel]) -> AIModel:
        identifier = self.kwargs[self.lookup_field]
        if found := rows.filter(identifier=identifier).first():
            return found
        targets = Alias.objects.targets(identifier, timezone.now().date())
        if len(targets) != 1:
            raise Http404
        return rows.get(pk=targets[0].pk)

    def more_paths(self) -> Collection[str]:
        return SOURCES

    def rows_to_tag(self, rows: QuerySet[AIModel]) -> Sequence[AIModel]:
        return super().rows_to_tag(rows) if self.is_list else [self._named(rows)]

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        sources.fetch(fact for ai_model in page or () for fact in querysets.facts_of(ai_model))
        return page

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "today": timezone.now().date()}


class ModelList(BaseModelView):
    """Ordered by identifier. No sign-in needed."""

    query = (*QUERY, *ModelFilterSerializer().fields)
    is_list = True
    tagged_as = "models"

    def get_queryset(self) -> QuerySet[AIModel]:
        given = {k: v for k, v in self.request.query_params.items() if k not in QUERY}
        wanted = ModelFilterSerializer(data=given)
        wanted.is_valid(raise_exception=True)
        return querysets.filter_models(timezone.now().date(), **wanted.validated_data)

    @extend_schema(
        operation_id="models_list",
        summary="The model catalogue",
        parameters=[ModelFilterSerializer],
        responses=listed(ModelSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()


class ModelDetail(BaseModelView):
    """Its retirements with every change of date, its replacements and sources.

    An alias leads to its model, unless platforms use it for several.
    """

    tagged_as = "model"

    @extend_schema(
        operation_id="models_retrieve",
        summary="One model",
        responses={200: ModelSerializer},
    )
    def get(self, request: Request, identifier: str) -> Response:
        return self.answer()


class ModelUse(BaseModelView):
    """Where it can be reached, by which names, with which parameters, and how to cite it."""

    serializer_class = ModelUseSerializer  # type: ignore[assignment]  # of what is computed

    @extend_schema(
        operation_id="models_use",
        summary="How to use a model today",
        responses={200: ModelUseSerializer},
    )
    def get(self, request: Request, identifier: str) -> Response:
        ai_model, today = self.get_object(), timezone.now().date()
        shown = {
            "as_of": today,
            "identifier": ai_model.identifier,
            "context_window": ai_model.context_window,
            **use_today.of_model(ai_model, today)._asdict(),
        }
        return Response(ModelUseSerializer(shown).data)
