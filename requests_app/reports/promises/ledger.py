"""The ledger of promises: what became of each, computed from what the system knows.

What somebody noted counts only where nothing can be computed, except that a promise was broken or
has ended: nobody has to believe the computer over that.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import F, Q, QuerySet

from lifecycle.catalogue.models import AIModel, Promise
from requests_app.reports.promises import catalogue, notice, voice
from requests_app.reports.promises.states import Computed, PromiseFacts, PromiseState

CACHED_SECONDS = 300
COMPUTED, NOTED, NOTHING = "computed", "noted", ""
DUE_DAY = "its due day"


class Found(NamedTuple):
    """A promise's state; `basis` is how it is known, `since` a day as precisely as known.

    `record` names what it was computed from.
    """

    state: PromiseState
    basis: str
    since: str = ""
    record: str = ""


COLUMNS = PromiseFacts._fields[:-1]


def _facts(promise: Promise) -> PromiseFacts:
    withdrawn_at = promise.ai_model.withdrawn_at if promise.ai_model else None
    return PromiseFacts._make([*(getattr(promise, name) for name in COLUMNS), withdrawn_at])


def states(
    promises: Iterable[Promise], today: date, judged: notice.ByAbout | None = None
) -> dict[int, Found]:
    """Return the state of each promise by primary key, in a fixed number of queries.

    Needs `ai_model` fetched. `judged` is from `notice.judge`, if that was asked already.
    """
    return _states([_facts(promise) for promise in promises], today, judged)


def _states(
    promises: Sequence[PromiseFacts], today: date, judged: notice.ByAbout | None = None
) -> dict[int, Found]:
    of_notice = [row for row in promises if row.kind == Promise.Kind.NOTICE]
    computed = notice.states(of_notice, notice.judge(of_notice) if judged is None else judged)
    for kind, compute in catalogue.COMPUTE.items():
        if of_kind := [row for row in promises if row.kind == kind]:
            computed |= compute(of_kind, today)
    computed |= voice.states([row for row in promises if row.kind in voice.KINDS], today)
    return {row.pk: _settled(row, computed.get(row.pk), today) for row in promises}


def _settled(promise: PromiseFacts, computed: Computed | None, today: date) -> Found:
    if promise.broken_on:
        return _noted(PromiseState.BROKEN, promise.broken_on)
    if computed and computed.state == PromiseState.BROKEN:
        return _computed(computed)
    if promise.ended_on and promise.ended_on <= today:
        return _noted(PromiseState.ENDED, promise.ended_on)
    if computed and not (computed.is_owed and promise.kept_on):
        return _computed(computed)
    if promise.kept_on:
        return _noted(PromiseState.KEPT, promise.kept_on)
    return _by_due_day(promise, today)


def _noted(state: PromiseState, on: date) -> Found:
    return Found(state, NOTED, on.isoformat())


def _computed(found: Computed) -> Found:
    return Found(found.state, COMPUTED, found.since, found.record)


def _by_due_day(promise: PromiseFacts, today: date) -> Found:
    """Judge by the day alone; a promise that nobody here looks after may have been kept unseen."""
    if promise.due_on and today <= promise.due_on:
        return Found(PromiseState.DUE, COMPUTED, record=DUE_DAY)
    if promise.due_on and (promise.owner_id or promise.escalate_to_id):
        late = promise.due_on + timedelta(days=1)
        return Found(PromiseState.OVERDUE, COMPUTED, late.isoformat(), DUE_DAY)
    return Found(PromiseState.UNKNOWN, NOTHING)


# The ledger -------------------------------------------------------------------------------------


def rows() -> QuerySet[Promise]:
    """Return all promises with what pages show, the newest first."""
    related = ("ai_model__provider", "provider", "source")
    return Promise.objects.without_repeated_notice().select_related(*related).order_by("-pk")


def of_model(ai_model: AIModel) -> QuerySet[Promise]:
    """Return the promises about a model and those about all of its provider's."""
    about = Q(ai_model=ai_model) | Q(provider=ai_model.provider_id)
    own_first = F("provider").asc(nulls_first=True)
    return rows().filter(about).order_by(own_first, "due_on", "pk")


ByState = Mapping[str, list[int]]


def by_state(today: date) -> ByState:
    """Return the ids of all promises by state, cached for some minutes."""
    return overview(today)[0]


def overview(today: date) -> tuple[ByState, Mapping[int, Found]]:
    """Return `by_state`, and the states of all promises if they had to be computed for it."""
    name = f"promises_by_state:{today}"
    known: ByState | None = cache.get(name)
    if known is not None:
        return known, {}
    found = _states(_all(), today)
    by_state: dict[str, list[int]] = defaultdict(list)
    for pk, one in found.items():
        by_state[str(one.state)].append(pk)
    cache.set(name, dict(by_state), CACHED_SECONDS)
    return by_state, found


def _all() -> list[PromiseFacts]:
    rows = Promise.objects.without_repeated_notice().values_list(*COLUMNS, "ai_model__withdrawn_at")
    return [PromiseFacts._make(row) for row in rows]


def awaiting_reminder(now: datetime) -> list[int]:
    """Return promises to remind of now: due or overdue, and somebody's here."""
    candidates = list(Promise.objects.to_remind_of(now).select_related("ai_model", "provider"))
    found = states(candidates, now.date())
    late = (PromiseState.DUE, PromiseState.OVERDUE)
    return [row.pk for row in candidates if found[row.pk].state in late]
