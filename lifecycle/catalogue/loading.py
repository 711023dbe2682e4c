"""Load validated files into the catalogue, without changing what a person set."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

from django.db import transaction

from lifecycle.catalogue import provenance
from lifecycle.catalogue.catalogue_file import (
    CatalogueFile,
    ModelEntry,
    NoticeDays,
    RetirementEntry,
)
from lifecycle.catalogue.history import EndDate, contradictions, new_dates, pair, position_of
from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    CatalogueRow,
    Provider,
    Replacement,
    Retirement,
)
from lifecycle.catalogue.retirements import dates_of, lock, save_retirement

DISPLAY_NAMES = {"anthropic": "Anthropic", "openai": "OpenAI", "google": "Google"}


@dataclass
class LoadReport:
    """What a load did and left alone: identifiers of models, and sentences about dates."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    not_in_file: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    set_by_people: list[str] = field(default_factory=list)


@transaction.atomic
def load(catalogue: CatalogueFile) -> LoadReport:
    """Load all models of the file; models it leaves out stay and are reported.

    Facts that a person set stay too, whatever the file says.
    """
    lock()
    report = LoadReport()
    providers = _load_providers(catalogue.notice_days, report)
    known = _known()
    for entry in catalogue.models:
        ai_model = known.pop(entry.identifier, AIModel(identifier=entry.identifier))
        outcome = report.unchanged if ai_model.pk else report.added
        if _load_model(ai_model, entry, providers[entry.provider], report):
            outcome = report.changed if outcome is report.unchanged else outcome
        outcome.append(entry.identifier)
    report.not_in_file += sorted(known)
    return report


def _known() -> dict[str, AIModel]:
    """Return models by the identifier that files use; a person may have corrected it."""
    rows = AIModel.objects.select_related("provider").prefetch_related(
        "retirements__date_changes", "replacements", "access_routes"
    )
    return {provenance.in_file(row, "identifier"): row for row in rows}


def _store(row: CatalogueRow, title: str, report: LoadReport, /, **values: object) -> bool:
    """Set and save what differs and wasn't set by a person; return whether anything did."""
    file_said = dict(row.set_by_people)
    free = [fact for fact in values if fact not in file_said]
    differing = [fact for fact in free if row.pk is None or getattr(row, fact) != values[fact]]
    for fact, value in values.items():
        if _is_free(row, fact, value, title, report):
            setattr(row, fact, value)
    noted = ["set_by_people"] if row.set_by_people != file_said else []
    if row.pk is None:
        row.save()
    elif differing or noted:
        row.save(update_fields=differing + noted)
    return bool(differing)


def _is_free(row: CatalogueRow, fact: str, listed: object, name: str, report: LoadReport) -> bool:
    """Return whether a file may set this fact; otherwise report it."""
    if fact not in row.set_by_people:
        return True
    if sentence := provenance.note_file(row, fact, listed):
        report.set_by_people.append(f"{name}: {sentence}")
    return False


def _load_providers(
    notice_days: Mapping[str, NoticeDays], report: LoadReport
) -> dict[str, Provider]:
    providers = {
        provenance.in_file(provider, "slug"): provider for provider in Provider.objects.all()
    }
    for slug, days in notice_days.items():
        name = DISPLAY_NAMES.get(slug, slug.replace("-", " ").title())
        provider = providers.setdefault(slug, Provider(slug=slug, name=name))
        _store(provider, slug, report, notice_days=days)
    return providers


def _load_model(
    ai_model: AIModel, entry: ModelEntry, provider: Provider, report: LoadReport
) -> bool:
    is_changed = _store(
        ai_model,
        entry.identifier,
        report,
        provider=provider,
        name=entry.name,
        released=entry.released,
        note=entry.note,
        sources=entry.sources,
    )
    is_changed |= _load_retirements(ai_model, entry, report)
    is_changed |= _load_replacements(ai_model, entry, report)
    is_changed |= _load_access_routes(ai_model, entry, report)
    return is_changed


def _may_load_rows(ai_model: AIModel, fact: str, listed: object, report: LoadReport) -> bool:
    """The same as `_is_free`, for facts stored in rows of their own."""
    file_said = dict(ai_model.set_by_people)
    is_free = _is_free(ai_model, fact, listed, provenance.in_file(ai_model, "identifier"), report)
    if ai_model.set_by_people != file_said:
        ai_model.save(update_fields=["set_by_people"])
    return is_free and provenance.value_of(ai_model, fact) != listed


def _load_replacements(ai_model: AIModel, entry: ModelEntry, report: LoadReport) -> bool:
    listed = [(replacement.identifier, replacement.as_of) for replacement in entry.replacements]
    if not _may_load_rows(ai_model, "replacements", listed, report):
        return False
    ai_model.replacements.all().delete()
    Replacement.objects.bulk_create(
        Replacement(ai_model=ai_model, position=position, identifier=identifier, as_of=as_of)
        for position, (identifier, as_of) in enumerate(listed, start=1)
    )
    return True


def _load_access_routes(ai_model: AIModel, entry: ModelEntry, report: LoadReport) -> bool:
    if not _may_load_rows(ai_model, "access_routes", sorted(entry.access), report):
        return False
    known = {route.kind for route in ai_model.access_routes.all()}
    listed = set(entry.access)
    ai_model.access_routes.filter(kind__in=known - listed).delete()
    AccessRoute.objects.bulk_create(
        AccessRoute(ai_model=ai_model, kind=kind) for kind in sorted(listed - known)
    )
    return True


def _load_retirements(ai_model: AIModel, entry: ModelEntry, report: LoadReport) -> bool:
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
            is_changed |= _load_retirement(row, listed, report)
    for filed in (filed for rows in known.values() for filed in rows):
        report.kept.append(f"{_name(filed.row)}, {filed.row.retires}: not in the file")
    return is_changed


def _load_retirement(row: Retirement, listed: RetirementEntry, report: LoadReport) -> bool:
    file_said = dict(row.set_by_people)
    values = _free_values(row, listed, report)
    dates = _listed_dates(row, listed, values) if "retires" in values else []
    is_changed = _adds_dates(row, dates, report) if dates else False
    is_changed |= any(getattr(row, name) != value for name, value in values.items())
    if row.pk and not is_changed:
        if row.set_by_people != file_said:
            row.save(update_fields=["set_by_people"])
        return False
    for name, value in values.items():
        setattr(row, name, value)
    save_retirement(row, earlier=dates[:-1])
    return True


def _free_values(row: Retirement, listed: RetirementEntry, report: LoadReport) -> dict[str, object]:
    """Return what the file may set; nothing if that would contradict what a person set."""
    values: dict[str, object] = {
        fact: getattr(listed, fact) for fact in provenance.FACTS[Retirement]
    }
    name = _name(row)
    free = {fact: v for fact, v in values.items() if _is_free(row, fact, v, name, report)}
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


def _name(retirement: Retirement) -> str:
    return f"{retirement.ai_model.identifier} on {retirement.platform}"


def _said(dates: Sequence[EndDate]) -> str:
    return " to ".join(map(str, dates))
