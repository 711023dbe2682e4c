"""Load a catalogue file, and record what it changed."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue import loading, provenance
from lifecycle.catalogue.catalogue_file import ParsedFile
from lifecycle.catalogue.loading import FactChange, LoadReport
from lifecycle.catalogue.models import AIModel, CatalogueRow, Provider, Retirement
from lifecycle.catalogue.retirements import lock
from requests_app.actions.catalogue.retirement_events import ANNOUNCED, CORRECTED, record_changes
from requests_app.actions.voice.file_loading import load_voice, rewritten_preferences
from requests_app.models import models_to_tell_of
from requests_app.models.register.retirement_watch import TOLD
from requests_app.transitions.batch import batched
from requests_app.transitions.register_locks import lock_catalogue_rows
from requests_app.transitions.transition import record_event

Owner = AIModel | Provider


@transaction.atomic
def load(file: ParsedFile) -> LoadReport:
    """Load a file as `lifecycle.catalogue.loading` does, with events for what it changed.

    Whoever watches a model is told of a retirement that the file announces or moves. Raises BadFile
    if the file contradicts what was decided.
    """
    lock()
    lock_catalogue_rows()
    file.refuse_for(rewritten_preferences(file))
    now = timezone.now()
    for ai_model in list(models_to_tell_of(now)):  # from before, so not of this file
        record_changes(ai_model, by=None, at=now, of_new_rows=())
    report = loading.load(file)
    with batched():
        _record_models(report, now)
        _record_providers(report, now)
    load_voice(file, now=now)
    return report


def _record_models(report: LoadReport, now: datetime) -> None:
    added, corrected = _added(report), _corrections(report.facts, AIModel)
    untold = set(models_to_tell_of(now).values_list("pk", flat=True))
    rows = AIModel.objects.filter(pk__in=added | corrected.keys() | untold)
    for ai_model in rows.order_by("pk"):
        if ai_model.pk in added:
            record_event(ai_model, "model.added", by=None, at=now, details={})
            record_changes(ai_model, by=None, at=now, of_new_rows=(ANNOUNCED,))
            continue
        if ai_model.pk in corrected:
            details = _details(corrected[ai_model.pk])
            record_event(ai_model, CORRECTED, by=None, at=now, details=details)
        if ai_model.pk in untold:
            record_changes(ai_model, by=None, at=now)


def _record_providers(report: LoadReport, now: datetime) -> None:
    corrected = _corrections(report.facts, Provider)
    for provider in Provider.objects.filter(pk__in=corrected).order_by("pk"):
        details = _details(corrected[provider.pk])
        record_event(provider, "provider.corrected", by=None, at=now, details=details)


def _added(report: LoadReport) -> set[int]:
    """Return the models that the file added."""
    wanted = set(report.added)
    rows = AIModel.objects.only("identifier", "set_by_people") if wanted else ()
    return {row.pk for row in rows if provenance.in_file(row, "identifier") in wanted}


def _corrections(facts: Iterable[FactChange], table: type[Owner]) -> dict[int, list[FactChange]]:
    """Return changed facts by model or provider; dates have events of their own."""
    found: dict[int, list[FactChange]] = defaultdict(list)
    for change in facts:
        of_retirement = isinstance(change.row, Retirement)
        is_date = of_retirement and (change.is_new or change.fact in TOLD)
        if isinstance(owner := _owner(change.row), table) and not is_date:
            found[owner.pk].append(change)
    return found


def _owner(row: CatalogueRow) -> Owner | None:
    if isinstance(row, AIModel | Provider):
        return row
    return getattr(row, "ai_model", None) or getattr(row, "provider", None)


def _details(changes: list[FactChange]) -> dict[str, list[str]]:
    return {
        "facts": [change.fact for change in changes],
        "before": [change.before for change in changes],
        "after": [change.after for change in changes],
    }
