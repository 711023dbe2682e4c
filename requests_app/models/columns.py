"""Shared parts of models: public ids, state constraints, row locks, limits."""

import secrets
from functools import reduce
from operator import and_
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q

from requests_app.models.requests.scope import LIMIT_FIELDS, UsageLimits
from requests_app.states import Machine


def public_id(prefix: str) -> str:
    """Return an id that may be shown and logged: a prefix like `req_` and 16 hex digits."""
    return f"{prefix}_{secrets.token_hex(8)}"


def state_is_known(machine: Machine) -> models.CheckConstraint:
    name = machine.name.replace(" ", "_")
    return models.CheckConstraint(
        condition=Q(state__in=machine.states.values), name=f"{name}_state_is_known"
    )


def closed_exactly_when(machine: Machine, field: str, name: str) -> models.CheckConstraint:
    """Build a constraint: `field` is set in the machine's terminal states and in no others."""
    return models.CheckConstraint(
        condition=Q(state__in=machine.terminal, **{f"{field}__isnull": False})
        | Q(state__in=machine.live, **{f"{field}__isnull": True}),
        name=name,
    )


class LimitColumns(models.Model):
    """Usage limits of a row; empty means no limit."""

    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    requests_per_day = models.PositiveIntegerField(null=True, blank=True)
    tokens_per_day = models.PositiveBigIntegerField(null=True, blank=True)
    spend_cap = models.PositiveIntegerField(null=True, blank=True, help_text="Total, in whole USD.")

    class Meta:
        abstract = True

    def limits(self) -> UsageLimits:
        return UsageLimits(*(getattr(self, name) for name in LIMIT_FIELDS))


def limits_are_positive(row: str) -> models.CheckConstraint:
    """Build a constraint: each limit is positive or empty. `row` begins its name."""
    each = (Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gt": 0}) for name in LIMIT_FIELDS)
    return models.CheckConstraint(condition=reduce(and_, each), name=f"{row}_limits_are_positive")


M = TypeVar("M", bound=models.Model)


class LockedQuerySet(models.QuerySet[M]):
    """Adds the row lock that every change of state takes."""

    def locked(self, pk: Any) -> M:
        return self.select_for_update(of=("self",)).get(pk=pk)

    def ids(self) -> list[int]:
        """Return ids for a sweep, which locks and checks each row again."""
        return list(self.values_list("pk", flat=True))
