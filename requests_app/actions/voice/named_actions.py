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

StoredArguments = dict[str, Any]
MAX_LINE = 300


@dataclass(frozen=True)
class NamedAction:
    """One kind of change, with its name in sentences.

    `run` takes the row that it is about, `by`, and its arguments.
    """

    label: str
    run: Callable[..., Any]


def _decision(act: Callable[..., Preference]) -> Callable[..., Preference]:
    def run(row: Preference, *, by: User, decided_by: str, reason: str, **more: Any) -> Preference:
        return act(row, by=by, decision=Decision(decided_by, reason), **more)

    return run


def record_interview(row: AIModel, *, by: User, **arguments: Any) -> Interview:
    return interviews.record(row, interviews.InterviewInput(**arguments), by=by)


def begin_series(row: AIModel, *, by: User, **arguments: Any) -> Any:
    return essays.begin_series(row, essays.SeriesInput(**arguments), by=by)


def load_voice(row: AIModel, *, by: User, voice: str) -> int:
    """Record what a catalogue file's `voice` says, as its JSON; return how many rows are new."""
    row = lock_model(row)
    load = file_loading.Load(by, timezone.now())
    return file_loading.load_voice_of(row, VoiceEntry.model_validate_json(voice), load)


ACTIONS: Mapping[str, NamedAction] = {
    "record_interview": NamedAction("interview", record_interview),
    "add_participant": NamedAction("participant of an interview", interviews.add_participant),
    "add_session": NamedAction("session of an interview", interviews.add_session),
    "correct_summary": NamedAction(
        "correction of an interview's summary", interviews.correct_summary
    ),
    "record_preference": NamedAction("preference", preferences.record),
    "accept_preference": NamedAction(
        "decision to act on a preference", _decision(preferences.accept)
    ),
    "decline_preference": NamedAction(
        "decision to decline a preference", _decision(preferences.decline)
    ),
    "defer_preference": NamedAction("decision to defer a preference", _decision(preferences.defer)),
    "complete_preference": NamedAction("outcome of a preference", preferences.complete),
    "load_voice": NamedAction("part of a catalogue file", load_voice),
    "begin_series": NamedAction("series of essays", begin_series),
}


def run(action: str, row: Model, arguments: Mapping[str, Any], *, by: User, why: str = "") -> Any:
    """Make the change; return its row. Raises whatever the action refuses."""
    with audit_chain.with_details(**({"why": why} if why else {})):
        return ACTIONS[action].run(row, by=by, **arguments)


def to_json(row: Model, arguments: Mapping[str, Any]) -> StoredArguments:
    # Pairs, as PostgreSQL keeps no order of names.
    return {
        "row": _stored(row),
        "arguments": [[name, _stored(value)] for name, value in arguments.items()],
    }


def from_json(stored: StoredArguments) -> tuple[Model, StoredArguments]:
    """Return the row and the arguments, of which rows are read anew."""
    arguments = {name: _restored(value) for name, value in stored["arguments"]}
    return _restored(stored["row"]), arguments


def _stored(value: Any) -> Any:
    if isinstance(value, Model):
        return {"table": value._meta.label_lower, "pk": value.pk}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _restored(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "day" in value:
        return date.fromisoformat(value["day"])
    return apps.get_model(value["table"])._default_manager.get(pk=value["pk"])


def lock_named_preference(stored: StoredArguments) -> None:
    """Lock a preference, which comes before the proposal about it."""
    if stored["row"]["table"] == Preference._meta.label_lower:
        lock_preference(stored["row"]["pk"])


def described(stored: StoredArguments, *, beside_todays: bool = False) -> list[tuple[str, str]]:
    """Return each argument's name and text, as the second editor reads them.

    With `beside_todays`, what is on record today comes before what would replace it.
    """
    row, arguments = from_json(stored)
    pairs: list[tuple[Any, Any]] = (
        [] if isinstance(row, AIModel) else [(row._meta.verbose_name, row)]
    )
    columns = {field.name for field in row._meta.concrete_fields} if beside_todays else set()
    for name, value in arguments.items():
        words = name.replace("_", " ")
        if name in columns:
            pairs.append((f"{words} today", getattr(row, name)))
        pairs.append((words, value))
    return [(str(name), str(value)) for name, value in pairs if value not in (None, "")]


def lines(action: str, stored: StoredArguments) -> list[str]:
    """Return the same for events and emails, in short; long texts by their digest."""
    return [f"{ACTIONS[action].label}: {'; '.join(_short(described(stored)))}"]


def _short(pairs: list[tuple[str, str]]) -> Iterator[str]:
    for name, text in pairs:
        is_long = len(text) > MAX_LINE
        yield f"{name} {f'with SHA-256 {digest_of(text)}' if is_long else text}"
