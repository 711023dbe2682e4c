"""Record promises, who looks after them here, and what became of them; remind of overdue ones."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.catalogue.models import AIModel, Promise, Provider, Source
from lifecycle.people.models import User
from requests_app import clock
from requests_app.actions.voice.sources import source_at
from requests_app.refusals import Invalid, WrongState
from requests_app.rules.catalogue import check_editor
from requests_app.transitions.locks import lock_model, lock_promise, lock_provider
from requests_app.transitions.transition import record_event
from requests_app.validation.voice import recorded_texts

TEXT_REQUIRED = gettext_lazy("Write what was promised.")
PROMISER_REQUIRED = gettext_lazy("Name who promised it.")
OUTCOME_REQUIRED = gettext_lazy("Write what happened. It is public.")
ONE_OF_BOTH = gettext_lazy("Enter the day on which it is due, or for how long it stands.")
OUTCOMES = ("kept", "broken", "ended")


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
) -> Promise:
    """Record a promise about a model or about all of a provider's; it is public at once."""
    about = lock_model(about) if isinstance(about, AIModel) else lock_provider(about.pk)
    check_editor(by)
    now = timezone.now()
    promise = Promise.objects.create(
        ai_model=about if isinstance(about, AIModel) else None,
        provider=about if isinstance(about, Provider) else None,
        owner=owner,
        escalate_to=escalate_to,
        source=source_at(text.source, kind=text.source_kind),
        **_checked(text),
    )
    details = {"kind": promise.kind, "text": promise.text, **_people(promise)}
    record_event(promise, "promise.recorded", by=by, at=now, details=details)
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


def _people(promise: Promise) -> dict[str, str]:
    """Return ids as text: names may be erased from accounts, and events stay."""
    people = {"owner": promise.owner_id, "escalate_to": promise.escalate_to_id}
    return {name: str(pk) for name, pk in people.items() if pk}


@transaction.atomic
def assign(promise: Promise, *, by: User, owner: User | None, escalate_to: User | None) -> Promise:
    """Name who looks after a promise here; reminders start anew."""
    promise = lock_promise(promise.pk)
    check_editor(by)
    promise.owner, promise.escalate_to = owner, escalate_to
    promise.reminders, promise.remind_at = 0, None
    promise.save(update_fields=["owner", "escalate_to", "reminders", "remind_at"])
    now = timezone.now()
    record_event(promise, "promise.assigned", by=by, at=now, details=_people(promise))
    return promise


@transaction.atomic
def note(promise: Promise, outcome: str, *, by: User, on: date, words: str) -> Promise:
    """Note that a promise was kept, broken or has ended on a day (UTC); reminders stop."""
    promise = lock_promise(promise.pk)
    check_editor(by)
    now = timezone.now()
    if outcome not in OUTCOMES:
        raise Invalid({"outcome": _("Choose what became of it.")})
    if promise.kept_on or promise.broken_on or promise.ended_on:
        raise WrongState(_("What became of this promise has been noted already."))
    recorded_texts.past_day("on", on, now.date())
    setattr(promise, f"{outcome}_on", on)
    promise.outcome = recorded_texts.prose("words", words, needed=OUTCOME_REQUIRED)
    promise.remind_at = None
    promise.save(update_fields=[f"{outcome}_on", "outcome", "remind_at"])
    details = {"outcome": outcome, "on": on.isoformat(), "words": promise.outcome}
    record_event(promise, "promise.noted", by=by, at=now, details=details)
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
