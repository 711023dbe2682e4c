"""The ledger of promises: what became of each, computed from what the system knows.

What somebody noted counts only where nothing can be computed, except that a promise was broken or
has ended: nobody has to believe the computer over that.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, cast

from django.core.cache import cache
from django.db.models import F, Q, QuerySet

from lifecycle.catalogue.models import AccessRoute, AIModel, Promise, Retirement, WeightsCustody
from requests_app.reports.promises import scorecard, voice
from requests_app.reports.promises.scorecard import Verdict
from requests_app.reports.promises.states import PromiseState

CACHED_SECONDS = 300
COMPUTED, NOTED, NOTHING = "computed", "noted", ""


class Found(NamedTuple):
    """A promise's state; `basis` is how it is known."""

    state: PromiseState
    basis: str


class PromiseFacts(NamedTuple):
    """What decides the state of a promise: its columns, and when its model is withdrawn.

    Plain values, since instances of all promises and models take longer than everything else.
    """

    pk: int
    kind: str
    access_kind: str
    ai_model_id: int | None
    provider_id: int | None
    due_on: date | None
    kept_on: date | None
    broken_on: date | None
    ended_on: date | None
    owner_id: int | None
    escalate_to_id: int | None
    withdrawn_at: datetime | None


COLUMNS = PromiseFacts._fields[:-1]


def _facts(promise: Promise) -> PromiseFacts:
    withdrawn_at = promise.ai_model.withdrawn_at if promise.ai_model else None
    return PromiseFacts._make([*(getattr(promise, name) for name in COLUMNS), withdrawn_at])


def states(promises: Iterable[Promise], today: date) -> dict[int, Found]:
    """Return the state of each promise by primary key, in a fixed number of queries.

    Needs `ai_model` fetched.
    """
    return _states([_facts(promise) for promise in promises], today)


def _states(promises: Sequence[PromiseFacts], today: date) -> dict[int, Found]:
    computed: dict[int, PromiseState] = {}
    for kind, compute in COMPUTE.items():
        if of_kind := [row for row in promises if row.kind == kind]:
            computed |= compute(of_kind, today)
    computed |= voice.states([row for row in promises if row.kind in voice.KINDS], today)
    return {row.pk: _settled(row, computed.get(row.pk), today) for row in promises}


def _settled(promise: PromiseFacts, computed: PromiseState | None, today: date) -> Found:
    if promise.broken_on:
        return Found(PromiseState.BROKEN, NOTED)
    if computed == PromiseState.BROKEN:
        return Found(computed, COMPUTED)
    if promise.ended_on and promise.ended_on <= today:
        return Found(PromiseState.ENDED, NOTED)
    if computed:
        return Found(computed, COMPUTED)
    if promise.kept_on:
        return Found(PromiseState.KEPT, NOTED)
    return _by_due_day(promise, today)


def _by_due_day(promise: PromiseFacts, today: date) -> Found:
    """Judge by the day alone; a promise that nobody here looks after may have been kept unseen."""
    if promise.due_on and today <= promise.due_on:
        return Found(PromiseState.DUE, COMPUTED)
    if promise.due_on and (promise.owner_id or promise.escalate_to_id):
        return Found(PromiseState.OVERDUE, COMPUTED)
    return Found(PromiseState.UNKNOWN, NOTHING)


# By kind ----------------------------------------------------------------------------------------


def _notice(promises: Sequence[PromiseFacts], today: date) -> dict[int, PromiseState]:
    """By the scorecard: of one retirement, or of all of a provider's."""
    verdicts = _verdicts(promises)
    return {row.pk: _of_verdicts(verdicts[_about(row)]) for row in promises}


def _verdicts(promises: Sequence[PromiseFacts]) -> Mapping[tuple[str, int | None], set[Verdict]]:
    found: dict[tuple[str, int | None], set[Verdict]] = defaultdict(set)
    rows = scorecard.retirements().filter(
        Q(ai_model__in={row.ai_model_id for row in promises})
        | Q(ai_model__provider__in={row.provider_id for row in promises})
    )
    for ai_model, provider, verdict in scorecard.verdicts(rows):
        found["model", ai_model].add(verdict)
        found["provider", provider].add(verdict)
    return found


def _about(promise: PromiseFacts) -> tuple[str, int | None]:
    if promise.ai_model_id:
        return "model", promise.ai_model_id
    return "provider", promise.provider_id


def _of_verdicts(verdicts: set[Verdict]) -> PromiseState:
    if Verdict.SHORT in verdicts:
        return PromiseState.BROKEN
    if Verdict.KEPT in verdicts or not verdicts:
        return PromiseState.STANDING
    return PromiseState.UNKNOWN


def _access(promises: Sequence[PromiseFacts], today: date) -> dict[int, PromiseState]:
    """By the model's access routes, once it is retired."""
    ids = {row.ai_model_id for row in promises if row.ai_model_id}
    routes: dict[int, set[str]] = defaultdict(set)
    for ai_model, kind in AccessRoute.objects.filter(ai_model__in=ids).values_list(
        "ai_model", "kind"
    ):
        routes[ai_model].add(kind)
    ended = Retirement.objects.effective_on(today).filter(ai_model__in=ids)
    retired = set(ended.values_list("ai_model", flat=True))
    found = {
        row.pk: _of_routes(row, routes[row.ai_model_id], row.ai_model_id in retired, today)
        for row in promises
        if row.ai_model_id
    }
    return {pk: state for pk, state in found.items() if state}


def _of_routes(
    promise: PromiseFacts, routes: set[str], is_retired: bool, today: date
) -> PromiseState | None:
    wanted = {promise.access_kind} if promise.access_kind else {"product", "request"}
    is_over = bool(promise.due_on and promise.due_on < today)
    if promise.withdrawn_at and promise.withdrawn_at.date() <= today:
        routes = routes - {AccessRoute.Kind.REQUEST}
        if wanted == {AccessRoute.Kind.REQUEST} and not is_over:
            return PromiseState.BROKEN
    if routes & wanted:
        return PromiseState.KEPT if is_over else PromiseState.STANDING
    if not is_retired:
        return PromiseState.STANDING
    if AccessRoute.Kind.NONE in routes:
        return PromiseState.BROKEN
    # Where other ways are known, this one would be too.
    return PromiseState.OVERDUE if routes else None


def _weights(promises: Sequence[PromiseFacts], today: date) -> dict[int, PromiseState]:
    """By the custody of the model's weights, or of all retired models of a provider."""
    kept: dict[tuple[str, int | None], list[date | None]] = defaultdict(list)
    providers = {row.provider_id for row in promises}
    about = Q(ai_model__in={row.ai_model_id for row in promises})
    custodies = WeightsCustody.objects.filter(about | Q(ai_model__provider__in=providers))
    checks = custodies.values_list("ai_model", "ai_model__provider", "check_due_on")
    for ai_model, provider, check_due_on in checks:
        kept["model", ai_model].append(check_due_on)
        kept["provider", provider].append(check_due_on)
    without = Retirement.objects.effective_on(today).filter(ai_model__weights=None)
    gaps = set(
        without.filter(ai_model__provider__in=providers).values_list(
            "ai_model__provider", flat=True
        )
    )
    found = {
        row.pk: _of_custody(row, kept[_about(row)], today)
        for row in promises
        if row.provider_id not in gaps
    }
    return {pk: state for pk, state in found.items() if state}


def _of_custody(
    promise: PromiseFacts, checks: Sequence[date | None], today: date
) -> PromiseState | None:
    if any(_is_over(check_due_on, today) for check_due_on in checks):
        return PromiseState.OVERDUE
    if not checks:
        return None
    is_over = promise.due_on and promise.due_on < today
    return PromiseState.KEPT if is_over else PromiseState.STANDING


def is_check_overdue(custody: WeightsCustody, today: date) -> bool:
    return _is_over(custody.check_due_on, today)


def _is_over(check_due_on: date | None, today: date) -> bool:
    return check_due_on is not None and check_due_on < today


COMPUTE: Mapping[str, Callable[[Sequence[PromiseFacts], date], Mapping[int, PromiseState]]] = {
    Promise.Kind.NOTICE: _notice,
    Promise.Kind.ACCESS: _access,
    Promise.Kind.WEIGHTS: _weights,
}


# The ledger -------------------------------------------------------------------------------------


def rows() -> QuerySet[Promise]:
    """Return all promises with what pages show, the newest first."""
    related = ("ai_model__provider", "provider", "source")
    return Promise.objects.select_related(*related).order_by("-pk")


def of_model(ai_model: AIModel) -> QuerySet[Promise]:
    """Return the promises about a model and those about all of its provider's."""
    about = Q(ai_model=ai_model) | Q(provider=ai_model.provider_id)
    own_first = F("provider").asc(nulls_first=True)
    return rows().filter(about).order_by(own_first, "due_on", "pk")


def by_state(today: date) -> Mapping[str, list[int]]:
    """Return the ids of all promises by state, cached for some minutes."""

    def computed() -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for pk, (state, _basis) in _states(_all(), today).items():
            found[str(state)].append(pk)
        return dict(found)

    name = f"promises_by_state:{today}"
    return cast(Mapping[str, list[int]], cache.get_or_set(name, computed, CACHED_SECONDS))


def _all() -> list[PromiseFacts]:
    rows = Promise.objects.values_list(*COLUMNS, "ai_model__withdrawn_at")
    return [PromiseFacts._make(row) for row in rows]


def awaiting_reminder(now: datetime) -> list[int]:
    """Return promises to remind of now: due or overdue, and somebody's here."""
    candidates = list(Promise.objects.to_remind_of(now).select_related("ai_model", "provider"))
    found = states(candidates, now.date())
    late = (PromiseState.DUE, PromiseState.OVERDUE)
    return [row.pk for row in candidates if found[row.pk].state in late]
