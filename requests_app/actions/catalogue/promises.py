"""Record promises, who looks after them here, and what became of them; remind of overdue ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.catalogue.models import AIModel, Promise, Provider, Source
from lifecycle.catalogue.retirements import lock
from lifecycle.people.models import User
from requests_app import clock
from requests_app.actions.catalogue import editing, ledger_events
from requests_app.actions.catalogue.ledger_events import OUTCOMES
from requests_app.actions.voice.sources import source_at
from requests_app.models import Proposal
from requests_app.refusals import Invalid, WrongState
from requests_app.rules.catalogue import check_editor
from requests_app.transitions.register_locks import lock_model, lock_promise, lock_provider
from requests_app.transitions.transition import record_event
from requests_app.validation.voice import recorded_texts

TEXT_REQUIRED = gettext_lazy("Write what was promised.")
PROMISER_REQUIRED = gettext_lazy("Name who promised it.")
OUTCOME_REQUIRED = gettext_lazy("Write what happened. It is public.")
ONE_OF_BOTH = gettext_lazy("Enter the day on which it is due, or for how long it stands.")


@dataclass(frozen=True)
class PromiseInput:
    """What was promised: with a due day, or a condition for a promise that stands."""

    kind: str
    text: str
    promised_by: str
    promised_on: str = ""
    due_on: date | None = None
    condition: str = ""
    access_kind: str = ""
    source: str = ""
    source_kind: str = Source.Kind.PROVIDER


@transaction.atomic
def add(
    about: AIModel | Provider,
    text: PromiseInput,
    *,
    by: User,
    owner: User | None = None,
    escalate_to: User | None = None,
    reason: str = "",
) -> Promise | Proposal:
    """Record a promise about a model or about all of a provider's; it is public then.

    About a model that people can request, it waits for a second editor, and needs a `reason`.
    """
    about = _locked(about)
    check_editor(by)

    def write() -> Promise:
        people = {"owner": owner, "escalate_to": escalate_to}
        return _record(about, text, people, by=by)

    if isinstance(about, AIModel):
        return editing.write_or_propose(about, write, by=by, reason=reason)
    return write()


def _locked(about: AIModel | Provider) -> AIModel | Provider:
    lock()
    return lock_model(about) if isinstance(about, AIModel) else lock_provider(about.pk)


def _record(
    about: AIModel | Provider, text: PromiseInput, people: Mapping[str, User | None], *, by: User
) -> Promise:
    promise = Promise.objects.create(
        ai_model=about if isinstance(about, AIModel) else None,
        provider=about if isinstance(about, Provider) else None,
        source=source_at(text.source, kind=text.source_kind),
        **people,
        **_checked(text),
    )
    ledger_events.promise_recorded(promise, by=by, at=timezone.now())
    return promise


def _checked(text: PromiseInput) -> dict[str, Any]:
    if text.kind not in Promise.Kind.values:
        raise Invalid({"kind": _("Choose what the promise is about.")})
    if text.access_kind and text.kind != Promise.Kind.ACCESS:
        raise Invalid({"access_kind": _("Only promises of access name a way to it.")})
    condition = recorded_texts.line("condition", text.condition, most=200)
    if not (text.due_on or condition):
        raise Invalid({"due_on": ONE_OF_BOTH})
    return {
        "kind": text.kind,
        "access_kind": text.access_kind,
        "text": recorded_texts.prose("text", text.text, needed=TEXT_REQUIRED),
        "promised_by": recorded_texts.line(
            "promised_by", text.promised_by, needed=PROMISER_REQUIRED
        ),
        "promised_on": recorded_texts.partial_day("promised_on", text.promised_on),
        "due_on": text.due_on,
        "condition": condition,
    }


@transaction.atomic
def assign(
    promise: Promise,
    *,
    by: User,
    owner: User | None,
    escalate_to: User | None,
    reason: str = "",
) -> Promise | Proposal:
    """Name who looks after a promise here; reminders start anew. It may wait as `add` does."""
    lock()
    promise = lock_promise(promise.pk)
    check_editor(by)

    def write() -> Promise:
        promise.owner, promise.escalate_to = owner, escalate_to
        promise.save(update_fields=["owner", "escalate_to"])
        ledger_events.promise_assigned(promise, by=by, at=timezone.now())
        return promise

    return _made_or_proposed(promise, write, by=by, reason=reason)


def _made_or_proposed(
    promise: Promise, write: Callable[[], Promise], *, by: User, reason: str
) -> Promise | Proposal:
    if promise.ai_model is None:
        return write()
    return editing.write_or_propose(promise.ai_model, write, by=by, reason=reason)


@transaction.atomic
def note(promise: Promise, outcome: str, *, by: User, on: date, words: str) -> Promise | Proposal:
    """Note that a promise was kept, broken or has ended on a day (UTC); reminders stop.

    It may wait as `add` does; `words` are its reason.
    """
    lock()
    promise = lock_promise(promise.pk)
    check_editor(by)

    def write() -> Promise:
        return _note(promise, outcome, by=by, on=on, words=words)

    return _made_or_proposed(promise, write, by=by, reason=words)


def _note(promise: Promise, outcome: str, *, by: User, on: date, words: str) -> Promise:
    now = timezone.now()
    if outcome not in OUTCOMES:
        raise Invalid({"outcome": _("Choose what became of it.")})
    if promise.kept_on or promise.broken_on or promise.ended_on:
        raise WrongState(_("What became of this promise has been noted already."))
    recorded_texts.past_day("on", on, now.date())
    setattr(promise, f"{outcome}_on", on)
    promise.outcome = recorded_texts.prose("words", words, needed=OUTCOME_REQUIRED)
    promise.save(update_fields=[f"{outcome}_on", "outcome"])
    ledger_events.promise_noted(promise, by=by, at=now)
    return promise


@transaction.atomic
def remind(promise_id: int, *, now: datetime) -> bool:
    """Remind of a promise that is due or overdue, as the caller has computed; False if too early.

    First its owner, then whoever is named above them.
    """
    promise = lock_promise(promise_id)
    if not Promise.objects.to_remind_of(now).filter(pk=promise.pk).exists():
        return False
    promise.reminders += 1
    promise.remind_at = clock.next_promise_reminder(promise.reminders, now)
    promise.save(update_fields=["reminders", "remind_at"])
    details = {"reminder": promise.reminders}
    record_event(promise, "promise.reminded", by=None, at=now, details=details)
    return True
