"""The only writer of the catalogue: loads checked files, and keeps every change of a date."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from django.db import connection, models, transaction
from django.db.models import F, Max

from lifecycle.catalogue.files import CatalogueFile, ModelEntry, NoticeDays, RetirementEntry
from lifecycle.catalogue.history import new_dates, pair, position_of
from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    DateChange,
    Provider,
    Replacement,
    Retirement,
)

DISPLAY_NAMES = {"anthropic": "Anthropic", "openai": "OpenAI", "google": "Google"}
LOCK = 0x656D6572  # a number that nothing else locks
ASIDE = 1000  # places are unique, so rows step aside before they change places


@dataclass
class LoadReport:
    """What a load did and what it left alone: identifiers of models, and sentences on dates."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    not_in_file: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def lock() -> None:
    """Wait until nobody else writes to the catalogue; holds until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


# A file ---------------------------------------------------------------------------------------


@transaction.atomic
def load(catalogue: CatalogueFile) -> LoadReport:
    """Make the models of the file as it says; what it leaves out stays, and is reported."""
    lock()
    report = LoadReport()
    providers = _load_providers(catalogue.notice_days)
    rows = AIModel.objects.prefetch_related(
        "retirements__date_changes", "replacements", "access_routes"
    )
    known = {row.identifier: row for row in rows}
    for entry in catalogue.models:
        ai_model = known.pop(entry.identifier, AIModel(identifier=entry.identifier))
        outcome = report.unchanged if ai_model.pk else report.added
        if _load_model(ai_model, entry, providers[entry.provider], report):
            outcome = report.changed if outcome is report.unchanged else outcome
        outcome.append(entry.identifier)
    report.not_in_file += sorted(known)
    return report


def _store(row: models.Model, **values: object) -> bool:
    """Set and save what differs; says whether anything did."""
    differing = [name for name, value in values.items() if getattr(row, name) != value]
    for name in differing:
        setattr(row, name, values[name])
    if row.pk is None:
        row.save()
    elif differing:
        row.save(update_fields=differing)
    return bool(differing)


def _load_providers(notice_days: Mapping[str, NoticeDays]) -> dict[str, Provider]:
    providers = {provider.slug: provider for provider in Provider.objects.all()}
    for slug, days in notice_days.items():
        name = DISPLAY_NAMES.get(slug, slug.replace("-", " ").title())
        provider = providers.setdefault(slug, Provider(slug=slug, name=name))
        _store(provider, notice_days=days)
    return providers


def _load_model(
    ai_model: AIModel, entry: ModelEntry, provider: Provider, report: LoadReport
) -> bool:
    is_changed = _store(
        ai_model,
        provider_id=provider.pk,
        name=entry.name,
        released=entry.released,
        note=entry.note,
        sources=entry.sources,
    )
    is_changed |= _load_retirements(ai_model, entry, report)
    is_changed |= _load_replacements(ai_model, entry)
    is_changed |= _load_access_routes(ai_model, entry)
    return is_changed


def _load_replacements(ai_model: AIModel, entry: ModelEntry) -> bool:
    known = [(row.identifier, row.as_of) for row in ai_model.replacements.all()]
    listed = [(replacement.identifier, replacement.as_of) for replacement in entry.replacements]
    if known == listed:
        return False
    ai_model.replacements.all().delete()
    Replacement.objects.bulk_create(
        Replacement(ai_model=ai_model, position=position, identifier=identifier, as_of=as_of)
        for position, (identifier, as_of) in enumerate(listed, start=1)
    )
    return True


def _load_access_routes(ai_model: AIModel, entry: ModelEntry) -> bool:
    known = {route.kind for route in ai_model.access_routes.all()}
    listed = set(entry.access)
    if known == listed:
        return False
    ai_model.access_routes.filter(kind__in=known - listed).delete()
    AccessRoute.objects.bulk_create(
        AccessRoute(ai_model=ai_model, kind=kind) for kind in sorted(listed - known)
    )
    return True


def _load_retirements(ai_model: AIModel, entry: ModelEntry, report: LoadReport) -> bool:
    known: dict[str, list[Retirement]] = defaultdict(list)
    for retirement in ai_model.retirements.all():
        known[retirement.platform].append(retirement)
    is_changed = False
    for platform, rounds in entry.by_platform().items():
        for listed, row in pair(rounds, known[platform]):
            if row:
                known[platform].remove(row)
            retirement = row or Retirement(ai_model=ai_model, platform=platform)
            is_changed |= _load_retirement(retirement, listed, report)
    for row in (row for rows in known.values() for row in rows):
        report.kept.append(f"{_name(row)}, {row.retires}: not in the file")
    return is_changed


def _load_retirement(row: Retirement, listed: RetirementEntry, report: LoadReport) -> bool:
    known = _dates(row) if row.pk else listed.dates
    before, after = new_dates(known, listed.dates)
    if position_of(listed.dates, [*before, *known, *after]) is None:
        report.kept.append(f"{_name(row)}: known dates {_said(known)}, file {_said(listed.dates)}")
    values = {
        "announced": listed.announced,
        "retires": listed.retires,
        "retires_at": listed.retires_at,
        "precision": listed.precision,
        "extended_access_from": listed.extended_access_from,
    }
    if row.pk and not (before or after) and all(getattr(row, n) == v for n, v in values.items()):
        return False
    for name, value in values.items():
        setattr(row, name, value)
    if known[-1] != row.retires:
        report.moved.append(f"{_name(row)}: {known[-1]} to {row.retires}")
    save_retirement(row, earlier=listed.dates[:-1])
    return True


def _name(retirement: Retirement) -> str:
    return f"{retirement.ai_model.identifier} on {retirement.platform}"


def _said(dates: Sequence[date]) -> str:
    return " to ".join(map(str, dates))


# One retirement -------------------------------------------------------------------------------


@transaction.atomic
def save_retirement(retirement: Retirement, *, earlier: Sequence[date] = ()) -> None:
    """Save it with the change of its date, if it moved, and number the platform's rounds.

    `earlier` are the dates that a file says it had before.
    """
    lock()
    stored = Retirement.objects.filter(pk=retirement.pk).first()
    retirement.round = _free_round(retirement, stored)
    retirement.save()
    dates = [*earlier, retirement.retires]
    _keep_dates(retirement, _dates(stored) if stored else dates[:1], dates)
    _number_rounds(retirement.ai_model_id)


def _dates(retirement: Retirement) -> list[date]:
    return [*(change.from_date for change in retirement.date_changes.all()), retirement.retires]


def _free_round(retirement: Retirement, stored: Retirement | None) -> int:
    if stored and stored.platform == retirement.platform:
        return stored.round
    rounds = Retirement.objects.filter(
        ai_model=retirement.ai_model_id, platform=retirement.platform
    )
    last: int | None = rounds.aggregate(last=Max("round"))["last"]
    return (last or 0) + 1


def _keep_dates(retirement: Retirement, known: list[date], listed: list[date]) -> None:
    before, after = new_dates(known, listed)
    if before:
        changes = DateChange.objects.filter(retirement=retirement)
        changes.update(position=F("position") + ASIDE)
        changes.update(position=F("position") - ASIDE + len(before))
    _add_changes(retirement, [*before, known[0]], first=1)
    _add_changes(retirement, [known[-1], *after], first=len(before) + len(known))


def _add_changes(retirement: Retirement, dates: list[date], *, first: int) -> None:
    DateChange.objects.bulk_create(
        DateChange(retirement=retirement, position=position, from_date=old, to_date=new)
        for position, (old, new) in enumerate(pairwise(dates), first)
    )


def _number_rounds(ai_model_id: int) -> None:
    """In the order in which they end, on each platform."""
    platforms: dict[str, list[Retirement]] = defaultdict(list)
    for row in Retirement.objects.filter(ai_model=ai_model_id).order_by("retires", "round"):
        platforms[row.platform].append(row)
    for platform, rows in platforms.items():
        numbers = list(range(1, len(rows) + 1))
        if [row.round for row in rows] == numbers:
            continue
        Retirement.objects.filter(ai_model=ai_model_id, platform=platform).update(
            round=F("round") + ASIDE
        )
        for number, row in zip(numbers, rows, strict=True):
            Retirement.objects.filter(pk=row.pk).update(round=number)
