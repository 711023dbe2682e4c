"""Load retirements with every change of their dates."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any

from lifecycle.catalogue import provenance
from lifecycle.catalogue.file_format.entries import ModelEntry, RetirementEntry
from lifecycle.catalogue.history import EndDate, contradictions, new_dates, pair, position_of
from lifecycle.catalogue.loading.columns import is_free, set_values
from lifecycle.catalogue.loading.report import LoadReport
from lifecycle.catalogue.loading.sources import Sources
from lifecycle.catalogue.models import AIModel, DateChange, Retirement
from lifecycle.catalogue.retirements import dates_of, save_retirement

SOURCES = ("announcement", "source", "retires_at_source", "after_end_source")


def load_retirements(
    ai_model: AIModel, entry: ModelEntry, sources: Sources, report: LoadReport
) -> bool:
    known: dict[str, list[provenance.FiledRetirement]] = defaultdict(list)
    for retirement in ai_model.retirements.all():
        known[provenance.in_file(retirement, "platform")].append(
            provenance.FiledRetirement(retirement)
        )
    is_changed = False
    for platform, rounds in entry.by_platform().items():
        for listed, filed in pair(rounds, known[platform]):
            if filed:
                known[platform].remove(filed)
            row = filed.row if filed else Retirement(ai_model=ai_model, platform=platform)
            is_changed |= _load_retirement(row, listed, sources, report)
            if listed.date_changes:
                is_changed |= _load_details(row, listed, sources, report)
    _report_others((filed.row for rows in known.values() for filed in rows), report)
    return is_changed


def _report_others(rows: Iterable[Retirement], report: LoadReport) -> None:
    for row in rows:
        day = row.retires or row.get_precision_display()
        report.kept.append(f"{_name(row)}, {day}: not in the file")


def _load_retirement(
    row: Retirement, listed: RetirementEntry, sources: Sources, report: LoadReport
) -> bool:
    file_said = dict(row.set_by_people)
    values = _free_values(row, listed, sources, report)
    dates = _listed_dates(row, listed, values) if "retires" in values else []
    is_changed = _adds_dates(row, dates, report) if dates else False
    is_changed |= bool(set_values(row, values, report))
    if row.pk and not is_changed:
        if row.set_by_people != file_said:
            row.save(update_fields=["set_by_people"])
        return False
    save_retirement(row, earlier=dates[:-1])
    return True


def _values(listed: RetirementEntry, sources: Sources) -> dict[str, object]:
    return {
        fact: sources.at(getattr(listed, fact)) if fact in SOURCES else getattr(listed, fact)
        for fact in provenance.FACTS[Retirement]
    }


def _free_values(
    row: Retirement, listed: RetirementEntry, sources: Sources, report: LoadReport
) -> dict[str, object]:
    """Return what the file may set; nothing if that would contradict what a person set."""
    values = _values(listed, sources)
    name = _name(row)
    free = {fact: v for fact, v in values.items() if is_free(row, fact, v, name, report)}
    if len(free) == len(values):
        return free
    joined = copy(row)
    for fact, value in free.items():
        setattr(joined, fact, value)
    for fact, problem in contradictions(joined):
        report.set_by_people.append(
            f"{name}: with the file's dates, {provenance.title(fact)} {problem}"
        )
        return {}
    return free


def _listed_dates(
    row: Retirement, listed: RetirementEntry, values: Mapping[str, object]
) -> list[EndDate]:
    """Return the file's dates; how firm the current one is may have been set by a person."""
    *earlier, last = listed.dates
    return [*earlier, last if "precision" in values else EndDate(last.day, row.precision)]


def _adds_dates(row: Retirement, listed: list[EndDate], report: LoadReport) -> bool:
    """Return whether the file has new dates; reports moves and contradictions."""
    known = dates_of(row) if row.pk else listed
    before, after = new_dates(known, listed)
    if position_of(listed, [*before, *known, *after]) is None:
        report.kept.append(f"{_name(row)}: known dates {_said(known)}, file {_said(listed)}")
    if known[-1] != listed[-1]:
        report.moved.append(f"{_name(row)}: {known[-1]} to {listed[-1]}")
    return bool(before or after)


def _load_details(
    row: Retirement, listed: RetirementEntry, sources: Sources, report: LoadReport
) -> bool:
    """Add day, reason and source of the changes where they aren't known yet."""
    left = list(_changes_of(row, listed))
    is_changed = False
    for ends, entry in zip(listed.changes, listed.date_changes, strict=True):
        change = next((one for one in left if _ends(one) == ends), None)
        if change is None:
            continue
        left.remove(change)
        given: dict[str, Any] = {"changed_on": entry.changed_on, "reason": entry.reason}
        given["source"] = sources.at(entry.source)
        title = f"{_name(row)}, {ends[0]} to {ends[1]}"
        is_changed |= _add_details(change, given, title, report)
    return is_changed


def _changes_of(row: Retirement, listed: RetirementEntry) -> Iterable[DateChange]:
    """Return its changes, read again if this load has added some."""
    known = list(row.date_changes.all())
    if set(listed.changes) <= set(map(_ends, known)):
        return known
    return DateChange.objects.filter(retirement=row).select_related("source")


def _ends(change: DateChange) -> tuple[EndDate, EndDate]:
    return (
        EndDate(change.from_date, change.from_precision),
        EndDate(change.to_date, change.to_precision),
    )


def _add_details(
    change: DateChange, given: Mapping[str, Any], title: str, report: LoadReport
) -> bool:
    added = []
    for detail, value in given.items():
        known = getattr(change, detail)
        if value and not known:
            setattr(change, detail, value)
            added.append(detail)
        elif value and value != known:
            told = f"{provenance.written(known)}, file {provenance.written(value)}"
            report.kept.append(f"{title}: {provenance.title(detail)} {told}")
    if added:
        change.save(update_fields=added)
    return bool(added)


def _name(retirement: Retirement) -> str:
    return f"{retirement.ai_model.identifier} on {retirement.platform}"


def _said(dates: Sequence[EndDate]) -> str:
    return " to ".join(map(str, dates))
