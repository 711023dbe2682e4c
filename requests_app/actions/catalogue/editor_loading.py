"""Load a catalogue file as an editor: changes of a model that people can request are proposed."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from django.db import transaction

from lifecycle.catalogue import loading, provenance
from lifecycle.catalogue.catalogue_file import ParsedFile
from lifecycle.catalogue.file_format.entries import CatalogueFile, ModelEntry, VoiceEntry
from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.catalogue.retirements import lock
from lifecycle.people.models import User
from requests_app.actions.catalogue import editing
from requests_app.actions.voice import second_editor
from requests_app.actions.voice.file_loading import rewritten_preferences
from requests_app.models import Proposal
from requests_app.refusals import WrongState
from requests_app.rules.catalogue import check_editor
from requests_app.transitions.register_locks import lock_catalogue_rows


class LoadOutcome(StrEnum):
    """What became of one model of the file."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    PROPOSED = "proposed"
    WAITING = "waiting"


@dataclass(frozen=True)
class LoadedModel:
    """One model of the file; `proposal` is what waits for a second editor."""

    identifier: str
    outcome: LoadOutcome
    proposal: Proposal | None = None


@transaction.atomic
def load(file: ParsedFile, *, by: User, reason: str) -> list[LoadedModel]:
    """Load every model of the file in a change of its own, with its events.

    Facts that a person set on the desk stay. A model for which another change waits is left alone.
    """
    check_editor(by)
    lock()
    lock_catalogue_rows()
    file.refuse_for(rewritten_preferences(file))
    _load_providers(file, by=by, reason=reason)
    known = _models()
    loaded = [
        _load_model(file, entry, known.get(entry.identifier), by=by, reason=reason)
        for entry in file.models
    ]
    known = _models()  # with those that were added
    return [
        _load_voice(model, known[entry.identifier], entry.voice, by=by, reason=reason)
        if entry.voice
        else model
        for model, entry in zip(loaded, file.models, strict=True)
    ]


def _models() -> dict[str, AIModel]:
    """Return all models by their identifier in files."""
    return {provenance.in_file(row, "identifier"): row for row in AIModel.objects.all()}


def _load_providers(file: CatalogueFile, *, by: User, reason: str) -> None:
    """Load providers and sources, which the models' own changes refer to."""
    without_models = file.model_copy(update={"models": []})
    known = {row.slug: row for row in Provider.objects.filter(slug__in=file.notice_days)}
    for slug, days in file.notice_days.items():
        own = without_models.model_copy(update={"notice_days": {slug: days}})
        if slug in known:
            write = partial(loading.load, own)
            editing.edit_provider(known[slug], write, by=by, reason=reason)
        else:
            editing.add_provider(partial(_added_provider, own, slug), by=by, reason=reason)


def _added_provider(file: CatalogueFile, slug: str) -> Provider:
    loading.load(file)
    return Provider.objects.get(slug=slug)


def _load_model(
    file: CatalogueFile, entry: ModelEntry, row: AIModel | None, *, by: User, reason: str
) -> LoadedModel:
    def write() -> AIModel:
        loading.load(file.model_copy(update={"models": [entry], "notice_days": days}))
        return row or AIModel.objects.get(identifier=entry.identifier)

    days = {entry.provider: file.notice_days[entry.provider]}
    if row is None:
        editing.add(write, by=by, reason=reason)
        return LoadedModel(entry.identifier, LoadOutcome.ADDED)
    before = row.head_sequence
    try:
        proposal = editing.edit(row, write, by=by, reason=reason)
    except WrongState:
        return LoadedModel(entry.identifier, LoadOutcome.WAITING)
    if proposal:
        return LoadedModel(entry.identifier, LoadOutcome.PROPOSED, proposal)
    row.refresh_from_db(fields=["head_sequence"])
    is_changed = row.head_sequence > before
    return LoadedModel(
        entry.identifier, LoadOutcome.CHANGED if is_changed else LoadOutcome.UNCHANGED
    )


def _load_voice(
    model: LoadedModel, row: AIModel, voice: VoiceEntry, *, by: User, reason: str
) -> LoadedModel:
    """Load what it says of interviews and the like, unless its facts wait: then the next load."""
    if model.outcome in (LoadOutcome.PROPOSED, LoadOutcome.WAITING):
        return model
    # Pydantic writes days of a PlainValidator well, and warns of them.
    told = {"voice": voice.model_dump_json(indent=1, warnings=False)}
    try:
        made = second_editor.change("load_voice", row, by=by, why=reason, **told)
    except WrongState:
        return replace(model, outcome=LoadOutcome.WAITING)
    if isinstance(made, Proposal):
        return replace(model, outcome=LoadOutcome.PROPOSED, proposal=made)
    is_changed = made and model.outcome == LoadOutcome.UNCHANGED
    return replace(model, outcome=LoadOutcome.CHANGED) if is_changed else model
