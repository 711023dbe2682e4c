"""Filters shared by several lists; each offers only values that the person may see."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from requests_app.admin.base import person
from requests_app.models import PolicyVersion
from requests_app.rules.desk.visibility import policies_of
from requests_app.states import VersionState


class OfferedValuesFilter(SimpleListFilter):
    """A filter that finds nothing for a value it doesn't offer."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        if value not in dict(self.lookup_choices):
            return queryset.none()
        return queryset.filter(self.condition(request, value))

    def condition(self, request: HttpRequest, value: str) -> Q:
        raise NotImplementedError


class PolicyFilter(OfferedValuesFilter):
    title, parameter_name = "policy", "policy"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(policy.slug, policy.name) for policy in policies_of(person(request))]

    def condition(self, request: HttpRequest, value: str) -> Q:
        versions = PolicyVersion.objects.filter(policy__slug=value)
        return Q(policy_version__in=list(versions.values_list("pk", flat=True)))


class VersionPolicyFilter(PolicyFilter):
    """The policy filter of the list of versions."""

    def condition(self, request: HttpRequest, value: str) -> Q:
        return Q(policy__slug=value)


class VersionStateFilter(OfferedValuesFilter):
    title, parameter_name = _("state"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in VersionState]

    def condition(self, request: HttpRequest, value: str) -> Q:
        return Q(state=value)
