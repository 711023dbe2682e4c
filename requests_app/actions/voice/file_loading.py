"""Record what a catalogue file says of interviews, preferences and series published elsewhere.

A file adds, and corrects the text of a preference that is still considered. All else that is on
record is changed on the desk, where each change has a reason.
"""

from dataclasses import dataclass
from datetime import datetime

from lifecycle.catalogue import provenance
from lifecycle.catalogue.file_format.checks import Finding
from lifecycle.catalogue.file_format.entries import (
    CatalogueFile,
    InterviewEntry,
    PreferenceEntry,
    SeriesEntry,
    VoiceEntry,
)
from lifecycle.catalogue.models import AIModel, Source
from lifecycle.people.models import User
from lifecycle.voice.models import EssaySeries, Interview, Preference
from lifecycle.voice.states import PreferenceState
from requests_app.actions.voice.preferences import REMIND_EVERY
from requests_app.refusals import WrongState
from requests_app.transitions.transition import record_event

TEXT_IS_DECIDED = (
    "isn't the text that was decided on; restore it, or give another wish an id of its own"
)


@dataclass(frozen=True)
class Load:
    """Who loads a file, None for an operator, and when."""

    by: User | None
    now: datetime


def load_voice(file: CatalogueFile, *, now: datetime) -> None:
    """Record what isn't on record yet. The caller has locked the models."""
    entries = {entry.identifier: entry.voice for entry in file.models if entry.voice}
    rows = AIModel.objects.all() if entries else ()
    known = {provenance.in_file(row, "identifier"): row for row in rows}
    for identifier, voice in entries.items():
        load_voice_of(known[identifier], voice, Load(None, now))


def load_voice_of(ai_model: AIModel, voice: VoiceEntry, load: Load) -> int:
    """Record what isn't on record yet of one locked model; return how many rows are new."""
    added = 0
    for number, interview in enumerate(voice.interviews, start=1):
        added += _add_interview(ai_model, number, interview, load)
    added += sum(_load_preference(ai_model, each, load) for each in voice.preferences)
    return added + sum(_add_series(ai_model, each, load) for each in voice.essay_series)


def _at(address: str | None) -> Source | None:
    return Source.objects.get(url=address) if address else None  # the file's are loaded


def _add_interview(ai_model: AIModel, number: int, entry: InterviewEntry, load: Load) -> bool:
    if ai_model.interviews.filter(number=number).exists():
        return False
    Interview.objects.create(
        ai_model=ai_model,
        number=number,
        took_place=entry.took_place,
        conducted_by=entry.conducted_by,
        summary=entry.summary,
        caveat=entry.caveat,
        source=_at(entry.source),
        recorded_at=load.now,
    )
    details = {"interview": number, "took_place": entry.took_place}
    record_event(ai_model, "interview.recorded", by=load.by, at=load.now, details=details)
    return True


def rewritten_preferences(file: CatalogueFile) -> list[Finding]:
    """Return where the text of a preference changes that was decided. The caller has locked."""
    rows = Preference.objects.exclude(key="").exclude(state=PreferenceState.CONSIDERED)
    decided = {
        (provenance.in_file(row.ai_model, "identifier"), row.key): row.text
        for row in rows.select_related("ai_model")
    }
    return [
        (("models", number, "voice", "preferences", index, "text"), TEXT_IS_DECIDED)
        for number, model in enumerate(file.models)
        for index, entry in enumerate(model.voice.preferences if model.voice else ())
        if decided.get((model.identifier, entry.id), entry.text) != entry.text
    ]


def _load_preference(ai_model: AIModel, entry: PreferenceEntry, load: Load) -> bool:
    """Add a preference, or correct the text of one that is still considered."""
    known = ai_model.preferences.filter(key=entry.id).first()
    known = known or ai_model.preferences.filter(key="", text=entry.text).first()
    if known is None:
        _add_preference(ai_model, entry, load)
        return True
    if not known.key:  # recorded on the desk before
        known.key = entry.id
        known.save(update_fields=["key"])
    if known.text == entry.text:
        return False
    if known.state != PreferenceState.CONSIDERED:  # since the file was checked
        raise WrongState(f"The text of “{entry.id}” {TEXT_IS_DECIDED}.")
    details = {"before": known.text, "after": entry.text}
    known.text, known.ai_model = entry.text, ai_model
    known.save(update_fields=["text"])
    record_event(known, "preference.corrected", by=load.by, at=load.now, details=details)
    return True


def _add_preference(ai_model: AIModel, entry: PreferenceEntry, load: Load) -> None:
    is_open = entry.state == "considered"
    decision = {name: getattr(entry, name) for name in ("decided_on", "decided_by", "reason")}
    preference = Preference.objects.create(
        ai_model=ai_model,
        interview=ai_model.interviews.filter(number=entry.interview or 0).first(),
        key=entry.id,
        text=entry.text,
        source=_at(entry.source),
        state=entry.state,
        decision_source=_at(entry.decision_source),
        recorded_at=load.now,
        remind_at=load.now + REMIND_EVERY if is_open else None,
        **decision,
    )
    preference.ai_model = ai_model
    details = {"text": entry.text, "state": entry.state, **decision}
    record_event(preference, "preference.recorded", by=load.by, at=load.now, details=details)


def _add_series(ai_model: AIModel, entry: SeriesEntry, load: Load) -> bool:
    if EssaySeries.objects.filter(slug=entry.slug).exists():
        return False
    EssaySeries.objects.create(
        ai_model=ai_model,
        slug=entry.slug,
        title=entry.title,
        disclaimer=entry.disclaimer,
        starts_on=entry.starts_on,
        promised_weeks=entry.promised_weeks,
        channel=entry.channel,
        source=_at(entry.source),
    )
    details = {"series": entry.slug, "starts_on": entry.starts_on.isoformat()}
    record_event(ai_model, "essay.series_begun", by=load.by, at=load.now, details=details)
    return True
