"""What retirements, access routes and the custody of weights say of promises about them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import Min, Q

from lifecycle.catalogue.models import AccessRoute, Promise, Retirement, WeightsCustody
from requests_app.reports.promises.states import (
    About,
    Computed,
    PromiseFacts,
    PromiseState,
    about_of,
    models_of,
)

WITHDRAWAL, ROUTES, CUSTODY = (
    "the model's withdrawal",
    "the access routes",
    "the custody of weights",
)


# Access -----------------------------------------------------------------------------------------


def _access(promises: Sequence[PromiseFacts], today: date) -> dict[int, Computed]:
    """By the model's access routes, once it is retired."""
    ids = models_of(promises)
    routes: dict[int, dict[str, str]] = defaultdict(dict)
    known = AccessRoute.objects.filter(ai_model__in=ids)
    for ai_model, kind, since in known.values_list("ai_model", "kind", "since"):
        routes[ai_model][kind] = since
    ended = Retirement.objects.effective_on(today).filter(ai_model__in=ids).order_by()
    retired = dict(ended.values_list("ai_model").annotate(first=Min("retires")))
    found = {
        row.pk: _of_routes(row, routes[row.ai_model_id], retired.get(row.ai_model_id), today)
        for row in promises
        if row.ai_model_id
    }
    return {pk: state for pk, state in found.items() if state}


def _of_routes(
    promise: PromiseFacts, routes: Mapping[str, str], retired: date | None, today: date
) -> Computed | None:
    wanted = {promise.access_kind} if promise.access_kind else {"product", "request"}
    is_over = bool(promise.due_on and promise.due_on < today)
    withdrawn = promise.withdrawn_at
    if withdrawn and withdrawn.date() <= today:
        routes = {kind: routes[kind] for kind in routes if kind != AccessRoute.Kind.REQUEST}
        if wanted == {AccessRoute.Kind.REQUEST} and not is_over:
            return Computed(PromiseState.BROKEN, _written(withdrawn.date()), WITHDRAWAL)
    if ways := sorted(routes.keys() & wanted):
        record = f"the access route “{ways[0]}”"
        if is_over:
            return Computed(PromiseState.KEPT, _written(promise.due_on), record)
        return Computed(PromiseState.STANDING, routes[ways[0]], record)
    if not retired:
        return Computed(PromiseState.STANDING, record=ROUTES)
    if AccessRoute.Kind.NONE in routes:
        return Computed(PromiseState.BROKEN, _written(retired), ROUTES)
    # Where other ways are known, this one would be too.
    return Computed(PromiseState.OVERDUE, _written(retired), ROUTES) if routes else None


# Weights ----------------------------------------------------------------------------------------


class Check(NamedTuple):
    """The last check of a model's weights, and when the next one is due."""

    identifier: str
    checked_on: date | None
    due_on: date | None
    expected_digest: str  # empty unless it failed


def _weights(promises: Sequence[PromiseFacts], today: date) -> dict[int, Computed]:
    """By the custody of the model's weights, or of all retired models of a provider."""
    kept: dict[About, list[Check]] = defaultdict(list)
    providers = {row.provider_id for row in promises}
    about = Q(ai_model__in=models_of(promises))
    custodies = WeightsCustody.objects.filter(about | Q(ai_model__provider__in=providers))
    columns = ("ai_model__identifier", "checked_on", "check_due_on", "expected_digest")
    for ai_model, provider, *check in custodies.values_list(
        "ai_model", "ai_model__provider", *columns
    ):
        kept["model", ai_model].append(Check(*check))
        kept["provider", provider].append(Check(*check))
    ended = Retirement.objects.effective_on(today).order_by()
    without = ended.filter(ai_model__weights=None).distinct()
    gaps = set(
        without.filter(ai_model__provider__in=providers).values_list(
            "ai_model__provider", flat=True
        )
    )
    found = {
        row.pk: _of_custody(row, kept[about_of(row)], today, has_gaps=row.provider_id in gaps)
        for row in promises
    }
    return {pk: state for pk, state in found.items() if state}


def _of_custody(
    promise: PromiseFacts, checks: Sequence[Check], today: date, *, has_gaps: bool
) -> Computed | None:
    """A check that failed or wasn't made leaves open whether they are whole."""
    if failed := next((row for row in checks if row.expected_digest), None):
        record = f"the failed check of the weights of {failed.identifier}"
        return Computed(PromiseState.OVERDUE, _written(failed.checked_on), record)
    if has_gaps or not checks:
        return None
    if late := next((row for row in checks if _is_over(row.due_on, today)), None):
        record = f"the missing check of the weights of {late.identifier}"
        return Computed(PromiseState.OVERDUE, _written(late.due_on), record)
    if promise.due_on and promise.due_on < today:
        return Computed(PromiseState.KEPT, _written(promise.due_on), CUSTODY)
    checked = [row.checked_on for row in checks if row.checked_on]
    return Computed(PromiseState.STANDING, _written(max(checked, default=None)), CUSTODY)


def failed_checks(promises: Sequence[Promise]) -> dict[int, WeightsCustody]:
    """Return the custody whose last check failed, for each promise of weights with one."""
    about = {row.pk: about_of(row) for row in promises if row.kind == Promise.Kind.WEIGHTS}
    if not about:
        return {}
    found: dict[About, WeightsCustody] = {}
    failed = WeightsCustody.objects.exclude(expected_digest="").select_related("ai_model")
    for custody in failed.order_by("-pk"):
        found["model", custody.ai_model_id] = custody
        found["provider", custody.ai_model.provider_id] = custody
    return {pk: found[each] for pk, each in about.items() if each in found}


def is_check_overdue(custody: WeightsCustody, today: date) -> bool:
    return _is_over(custody.check_due_on, today)


def _is_over(day: date | None, today: date) -> bool:
    return day is not None and day < today


def _written(day: date | None) -> str:
    return day.isoformat() if day else ""


COMPUTE: Mapping[str, Callable[[Sequence[PromiseFacts], date], Mapping[int, Computed]]] = {
    Promise.Kind.ACCESS: _access,
    Promise.Kind.WEIGHTS: _weights,
}
