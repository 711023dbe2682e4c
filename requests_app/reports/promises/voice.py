"""What interviews, preferences, reports and essays say of promises about them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Protocol

from lifecycle.catalogue.models import Promise
from lifecycle.voice.models import EssaySeries, Interview, Preference
from lifecycle.voice.schedule import WEEK, missed
from lifecycle.voice.states import PreferenceState
from requests_app.reports.promises.states import PromiseState

KINDS = (
    Promise.Kind.INTERVIEW,
    Promise.Kind.REPORT,
    Promise.Kind.PREFERENCE,
    Promise.Kind.ESSAYS,
)


class AboutModel(Protocol):
    """A promise, as far as it is needed here."""

    @property
    def pk(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def ai_model_id(self) -> int | None: ...


def states(promises: Sequence[AboutModel], today: date) -> Mapping[int, PromiseState]:
    """Return the states of these kinds of promises by primary key, as far as they are known.

    In a fixed number of queries. Those left out are as somebody noted them: a promise about all
    models of a provider, a report, and a series that is published elsewhere.
    """
    computed: dict[int, PromiseState] = {}
    for kind, compute in COMPUTE.items():
        about = {row.pk: row.ai_model_id for row in promises if row.kind == kind}
        models = {ai_model for ai_model in about.values() if ai_model}
        found = compute(models, today) if models else {}
        computed |= {pk: found[model] for pk, model in about.items() if model in found}
    return computed


ByModel = dict[int, PromiseState]


def _interviewed(models: Collection[int], today: date) -> ByModel:
    """An interview on record keeps the promise of one."""
    rows = Interview.objects.filter(ai_model__in=models)
    return dict.fromkeys(rows.values_list("ai_model", flat=True), PromiseState.KEPT)


def _acted_on(models: Collection[int], today: date) -> ByModel:
    """A promise to act is kept once everything that was accepted has been done."""
    accepted = (PreferenceState.ACCEPTED, PreferenceState.DONE)
    rows = Preference.objects.filter(ai_model__in=models, state__in=accepted)
    states_of: dict[int, set[str]] = defaultdict(set)
    for ai_model, state in rows.values_list("ai_model", "state"):
        states_of[ai_model].add(state)
    done = [model for model, found in states_of.items() if found == {PreferenceState.DONE}]
    return dict.fromkeys(done, PromiseState.KEPT)


def _written(models: Collection[int], today: date) -> ByModel:
    """A run of essays is broken by a missed week, kept at its end, and stands until then."""
    rows = EssaySeries.objects.filter(ai_model__in=models, promised_weeks__isnull=False)
    found: ByModel = {}
    for series in rows.filter(channel="").prefetch_related("essays"):
        state = _of_run(series, today)
        worst = min(state, found.get(series.ai_model_id, state), key=WORST_FIRST.index)
        found[series.ai_model_id] = worst
    return found


def _of_run(series: EssaySeries, today: date) -> PromiseState:
    if missed(series, series.essays.all(), today):
        return PromiseState.BROKEN
    assert series.promised_weeks  # only those with a promised run
    is_over = today >= series.starts_on + series.promised_weeks * WEEK
    return PromiseState.KEPT if is_over else PromiseState.STANDING


WORST_FIRST = (PromiseState.BROKEN, PromiseState.STANDING, PromiseState.KEPT)
COMPUTE: Mapping[Promise.Kind, Callable[[Collection[int], date], ByModel]] = {
    Promise.Kind.INTERVIEW: _interviewed,
    Promise.Kind.PREFERENCE: _acted_on,
    Promise.Kind.ESSAYS: _written,
}
