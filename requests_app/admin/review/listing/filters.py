"""Filters of the list of requests; each offers only values that the person may see."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from requests_app.admin.base import person
from requests_app.admin.filters import OfferedValuesFilter
from requests_app.models import RequestedModel, Stage
from requests_app.rules.desk.inbox import waiting_for
from requests_app.rules.desk.visibility import policies_of
from requests_app.states import RequestState


class StateFilter(OfferedValuesFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(s.value, str(s.label)) for s in RequestState if s != RequestState.DRAFT]

    def condition(self, request: HttpRequest, value: str) -> Q:
        return Q(state=value)


class WaitingFilter(OfferedValuesFilter):
    title, parameter_name = "waiting on", "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", "Waiting for me")]

    def condition(self, request: HttpRequest, value: str) -> Q:
        waiting = waiting_for(person(request), timezone.now()).order_by()
        return Q(pk__in=waiting.values("access_request"))


def _day_after(now: datetime, days: int) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=days)


DEADLINES: Mapping[str, tuple[str, Callable[[datetime], Q]]] = {
    "overdue": ("Overdue", lambda now: Q(due_at__lte=now)),
    "today": ("Today", lambda now: Q(due_at__gt=now, due_at__lt=_day_after(now, 1))),
    "week": ("Within a week", lambda now: Q(due_at__gt=now, due_at__lt=now + timedelta(days=7))),
}


class DeadlineFilter(OfferedValuesFilter):
    title, parameter_name = "deadline", "deadline"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, title) for value, (title, _) in DEADLINES.items()]

    def condition(self, request: HttpRequest, value: str) -> Q:
        due = DEADLINES[value][1](timezone.now())
        return Q(pk__in=Stage.objects.open().filter(due).values("access_request"))


class ModelFilter(OfferedValuesFilter):
    title, parameter_name = "model", "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        under = AIModel.objects.filter(policies__in=policies_of(person(request))).distinct()
        return [(ai_model.identifier, ai_model.name) for ai_model in under.order_by("name")]

    def condition(self, request: HttpRequest, value: str) -> Q:
        asked = RequestedModel.objects.filter(ai_model__identifier=value)
        return Q(pk__in=asked.values("access_request"))
