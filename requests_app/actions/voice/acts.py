"""Changes of what models said by name, with arguments that a proposal can keep as JSON."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils import timezone

from lifecycle.catalogue.file_format.entries import VoiceEntry
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.voice.digests import digest_of
from lifecycle.voice.models import Interview, Preference
from requests_app.actions.voice import essays, file_loading, interviews, preferences
from requests_app.actions.voice.preferences import Decision
from requests_app.transitions import audit_chain
from requests_app.transitions.register_locks import lock_model, lock_preference

Kept = dict[str, Any]
MAX_LINE = 300


@dataclass(frozen=True)
class Act:
    """One kind of change; `run` takes the row that it is about, `by`, and its arguments."""

    name: str
    run: Callable[..., Any]


def _decision(act: Callable[..., Preference]) -> Callable[..., Preference]:
    def run(row: Preference, *, by: User, decided_by: str, reason: str, **more: Any) -> Preference:
        return act(row, by=by, decision=Decision(decided_by, reason), **more)

    return run


def record_interview(row: AIModel, *, by: User, **told: Any) -> Interview:
    return interviews.record(row, interviews.InterviewInput(**told), by=by)


def begin_series(row: AIModel, *, by: User, **told: Any) -> Any:
    return essays.begin_series(row, essays.SeriesInput(**told), by=by)


def load_voice(row: AIModel, *, by: User, voice: str) -> int:
    """Record what a catalogue file's `voice` says, as its JSON; return how many rows are new."""
    row = lock_model(row)
    load = file_loading.Load(by, timezone.now())
    return file_loading.load_voice_of(row, VoiceEntry.model_validate_json(voice), load)


ACTS: Mapping[str, Act] = {
    "record_interview": Act("interview", record_interview),
    "add_participant": Act("participant of an interview", interviews.add_participant),
    "add_session": Act("session of an interview", interviews.add_session),
    "correct_summary": Act("correction of an interview's summary", interviews.correct_summary),
    "record_preference": Act("preference", preferences.record),
    "accept_preference": Act("decision to act on a preference", _decision(preferences.accept)),
    "decline_preference": Act("decision to decline a preference", _decision(preferences.decline)),
    "defer_preference": Act("decision to defer a preference", _decision(preferences.defer)),
    "complete_preference": Act("outcome of a preference", preferences.complete),
    "load_voice": Act("part of a catalogue file", load_voice),
    "begin_series": Act("series of essays", begin_series),
}


def run(act: str, row: Model, told: Mapping[str, Any], *, by: User, why: str = "") -> Any:
    """Make the change; return its row. Raises whatever the action refuses."""
    with audit_chain.with_details(**({"why": why} if why else {})):
        return ACTS[act].run(row, by=by, **told)


def as_json(row: Model, told: Mapping[str, Any]) -> Kept:
    # Pairs, as PostgreSQL keeps no order of names.
    return {"row": _kept(row), "told": [[name, _kept(value)] for name, value in told.items()]}


def from_json(kept: Kept) -> tuple[Model, Kept]:
    """Return the row and the arguments, of which rows are read anew."""
    told = {name: _restored(value) for name, value in kept["told"]}
    return _restored(kept["row"]), told


def _kept(value: Any) -> Any:
    if isinstance(value, Model):
        return {"table": value._meta.label_lower, "pk": value.pk}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _restored(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "day" in value:
        return date.fromisoformat(value["day"])
    return apps.get_model(value["table"])._default_manager.get(pk=value["pk"])


def lock_row(kept: Kept) -> None:
    """Lock a preference, which comes before the proposal about it."""
    if kept["row"]["table"] == Preference._meta.label_lower:
        lock_preference(kept["row"]["pk"])


def described(act: str, kept: Kept) -> list[tuple[str, str]]:
    """Return each argument's name and text, as the second editor reads them."""
    row, told = from_json(kept)
    about = [] if isinstance(row, AIModel) else [(row._meta.verbose_name, row)]
    pairs = [*about, *((name.replace("_", " "), value) for name, value in told.items())]
    return [(str(name), str(value)) for name, value in pairs if value not in (None, "")]


def lines(act: str, kept: Kept) -> list[str]:
    """Return the same for events and emails, in short; long texts by their digest."""
    return [f"{ACTS[act].name}: {'; '.join(_short(described(act, kept)))}"]


def _short(pairs: list[tuple[str, str]]) -> Iterator[str]:
    for name, text in pairs:
        is_long = len(text) > MAX_LINE
        yield f"{name} {f'with SHA-256 {digest_of(text)}' if is_long else text}"
