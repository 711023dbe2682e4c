"""Who waits for which model, in which order, and whether there is room for them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, Sum

from lifecycle.catalogue.models import AIModel
from requests_app import clock
from requests_app.models import Capacity, Grant, GrantedModel, Usage
from requests_app.states import GrantState

MICROS_PER_USD = 1_000_000
OCCUPYING_STATES = (GrantState.ACTIVE, GrantState.SUSPENDED)


class WaitlistPlace(NamedTuple):
    """A grant's position in the queue for one model; 1 is next.

    `until` is the start of next month if the model's budget for this month is used up.
    """

    ai_model: AIModel
    number: int
    until: datetime | None = None


class Waitlist:
    """All queues at `now`: grants whose start has come, in the order of their approval.

    A place is kept for everyone ahead, so nobody is overtaken for a model they wait for, even while
    they wait for another model too.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now

    @cached_property
    def _models_of(self) -> Mapping[int, list[int]]:
        """Map each waiting grant, in order, to its models that aren't withdrawn."""
        # By approval, not by requested start: who was approved first is served first.
        due = Grant.objects.due_for_activation(self.now).order_by("created_at", "pk")
        rest = GrantedModel.objects.there(self.now).filter(grant__in=due)
        found: dict[int, list[int]] = {pk: [] for pk in due.values_list("pk", flat=True)}
        for grant, ai_model in rest.values_list("grant", "ai_model"):
            found.setdefault(grant, []).append(ai_model)
        return found

    @cached_property
    def _queue_of(self) -> Mapping[int, list[int]]:
        """Map each model to the grants that wait for it, in order."""
        found: dict[int, list[int]] = defaultdict(list)
        for grant, ai_models in self._models_of.items():
            for ai_model in ai_models:
                found[ai_model].append(grant)
        return found

    @cached_property
    def _bounds(self) -> Mapping[int, Capacity]:
        return {each.ai_model_id: each for each in Capacity.objects.select_related("ai_model")}

    @cached_property
    def _taken(self) -> Mapping[int, int]:
        """Places in use per model; an extension that hasn't begun shares the place it extends."""
        held = GrantedModel.objects.filter(
            ai_model__in=self._bounds, grant__state__in=OCCUPYING_STATES
        )
        # Until the extended grant ends, both are active but share one place.
        held = held.exclude(grant__access_request__continues__state__in=OCCUPYING_STATES)
        counts = held.order_by().values_list("ai_model").annotate(Count("pk"))
        return defaultdict(int, counts)

    @cached_property
    def _spent(self) -> Mapping[int, int]:
        """Usage per model since the first of the month (UTC), in millionths of a USD."""
        first = self.now.astimezone(UTC).date().replace(day=1)
        used = Usage.objects.filter(ai_model__in=self._bounds, day__gte=first)
        sums = used.order_by().values_list("ai_model").annotate(Sum("cost"))
        return defaultdict(int, sums)

    def has_room(self, grant_id: int) -> bool:
        """Return whether a waiting grant can start: every model has a place and budget for it."""
        needed = self._models_of.get(grant_id, ())
        # With no model left a grant never starts; a sweep ends it.
        return bool(needed) and all(self._has_room(grant_id, each) for each in needed)

    def _has_room(self, grant_id: int, ai_model: int) -> bool:
        bounds = self._bounds.get(ai_model)
        return bounds is None or (
            self._has_money(bounds)
            and self._has_free_place(bounds, self._ahead(grant_id, ai_model))
        )

    def _has_money(self, bounds: Capacity) -> bool:
        budget = bounds.monthly_budget
        return budget is None or self._spent[bounds.ai_model_id] < budget * MICROS_PER_USD

    def _has_free_place(self, bounds: Capacity, ahead: int) -> bool:
        return bounds.places is None or bounds.places - self._taken[bounds.ai_model_id] > ahead

    def _ahead(self, grant_id: int, ai_model: int) -> int:
        return self._queue_of[ai_model].index(grant_id)

    def can_start(self, ai_models: Iterable[int] | None = None) -> list[int]:
        """Return the grants that have room now, in order; only those for `ai_models` if given."""
        wanted = None if ai_models is None else set(ai_models)
        return [
            grant
            for grant, needed in self._models_of.items()
            if (wanted is None or wanted & set(needed)) and self.has_room(grant)
        ]

    def usage_of(self, ai_model: int) -> tuple[int, int]:
        """Return how many places of a limited model are in use, and how many grants wait."""
        return self._taken[ai_model], len(self._queue_of.get(ai_model, ()))

    def positions_of(self, grant: Grant) -> list[WaitlistPlace]:
        """Return the grant's position for each limited model; empty if it doesn't wait."""
        if grant.state != GrantState.WAITING:
            return []
        needed = self._models_of.get(grant.pk, ())
        bounds = [self._bounds[each] for each in needed if each in self._bounds]
        return [
            WaitlistPlace(
                each.ai_model, self._ahead(grant.pk, each.ai_model_id) + 1, self._until(each)
            )
            for each in bounds
        ]

    def _until(self, bounds: Capacity) -> datetime | None:
        return None if self._has_money(bounds) else clock.next_month(self.now)
