"""What interviews, preferences, reports and essays say of promises about them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, timedelta

from lifecycle.catalogue.models import Promise
from lifecycle.voice.models import EssaySeries, Interview, Preference
from lifecycle.voice.schedule import WEEK, missed
from lifecycle.voice.states import PreferenceState
from requests_app.reports.promises.states import (
    Computed,
    Models,
    PromiseFacts,
    PromiseState,
    models_of,
)

KINDS = (
    Promise.Kind.INTERVIEW,
    Promise.Kind.REPORT,
    Promise.Kind.PREFERENCE,
    Promise.Kind.ESSAYS,
)
REPORT, DUE_DAY = "the deployment report", "its due day"
ByModel = Mapping[int, Computed]


def states(promises: Sequence[PromiseFacts], today: date) -> Mapping[int, Computed]:
    """Return the states of these kinds of promises by primary key, as far as they are known.

    In a fixed number of queries. Those left out are as somebody noted them: a promise about all
    models of a provider, and a series that is published elsewhere.
    """
    interviews = _first_interviews([row for row in promises if row.kind in OF_INTERVIEWS])
    by_model: dict[Promise.Kind, ByModel] = {Promise.Kind.INTERVIEW: _interviewed(interviews)}
    for kind, compute in COMPUTE.items():
        about = [row for row in promises if row.kind == kind and row.ai_model_id]
        by_model[kind] = compute(models_of(about), today) if about else {}
    found = {
        row.pk: _reported(row, interviews, today)
        if row.kind == Promise.Kind.REPORT
        else by_model[Promise.Kind(row.kind)].get(row.ai_model_id)
        for row in promises
        if row.ai_model_id
    }
    return {pk: one for pk, one in found.items() if one}


# Interviews and reports -------------------------------------------------------------------------

OF_INTERVIEWS = (Promise.Kind.INTERVIEW, Promise.Kind.REPORT)


def _first_interviews(promises: Sequence[PromiseFacts]) -> Mapping[int, Interview]:
    """Return the first interview on record of each of the models."""
    rows = Interview.objects.filter(ai_model__in=models_of(promises)) if promises else ()
    return {row.ai_model_id: row for row in sorted(rows, key=lambda row: -row.number)}


def _interviewed(interviews: Mapping[int, Interview]) -> ByModel:
    """An interview on record keeps the promise of one."""
    return {
        ai_model: Computed(PromiseState.KEPT, row.took_place, f"interview {row.number}")
        for ai_model, row in interviews.items()
    }


def _reported(
    promise: PromiseFacts, interviews: Mapping[int, Interview], today: date
) -> Computed | None:
    """A model's report is published here once it has an interview on record.

    One that was published elsewhere is as somebody noted it.
    """
    assert promise.ai_model_id  # `states` asks for these only
    if first := interviews.get(promise.ai_model_id):
        since = first.recorded_at.astimezone(UTC).date()
        return Computed(PromiseState.KEPT, since.isoformat(), REPORT)
    if promise.due_on is None:
        return None
    if today <= promise.due_on:
        return Computed(PromiseState.DUE, record=DUE_DAY, is_owed=True)
    late = promise.due_on + timedelta(days=1)
    return Computed(PromiseState.OVERDUE, late.isoformat(), DUE_DAY, is_owed=True)


# Preferences and essays -------------------------------------------------------------------------


def _acted_on(models: Models, today: date) -> ByModel:
    """A promise to act is kept once everything that was accepted has been done."""
    accepted = (PreferenceState.ACCEPTED, PreferenceState.DONE)
    rows = Preference.objects.filter(ai_model__in=models, state__in=accepted)
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for ai_model, state, done_on in rows.values_list("ai_model", "state", "done_on"):
        found[ai_model].append((state, done_on))
    return {
        ai_model: Computed(PromiseState.KEPT, max(on for _, on in each), "its preferences")
        for ai_model, each in found.items()
        if all(state == PreferenceState.DONE for state, _ in each)
    }


def _written(models: Models, today: date) -> ByModel:
    """A run of essays is broken by a missed week, kept at its end, and stands until then."""
    rows = EssaySeries.objects.filter(ai_model__in=models, promised_weeks__isnull=False)
    found: dict[int, Computed] = {}
    for series in rows.filter(channel="").prefetch_related("essays"):
        one = _of_run(series, today)
        known = found.get(series.ai_model_id, one)
        found[series.ai_model_id] = min(one, known, key=lambda each: WORST_FIRST.index(each.state))
    return found


def _of_run(series: EssaySeries, today: date) -> Computed:
    record = f"the essay series {series.slug}"
    if weeks := missed(series, series.essays.all(), today):
        over = weeks[0].starts_on + WEEK
        return Computed(PromiseState.BROKEN, over.isoformat(), record)
    assert series.promised_weeks  # only those with a promised run
    end = series.starts_on + series.promised_weeks * WEEK
    if today >= end:
        return Computed(PromiseState.KEPT, end.isoformat(), record)
    return Computed(PromiseState.STANDING, series.starts_on.isoformat(), record)


WORST_FIRST = (PromiseState.BROKEN, PromiseState.STANDING, PromiseState.KEPT)
COMPUTE: Mapping[Promise.Kind, Callable[[Models, date], ByModel]] = {
    Promise.Kind.PREFERENCE: _acted_on,
    Promise.Kind.ESSAYS: _written,
}
