"""Record a model's preferences, decide on them, and carry them out."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.catalogue.models import AIModel, Source
from lifecycle.people.models import User
from lifecycle.voice.models import Interview, Preference
from requests_app.actions.voice.sources import source_at
from requests_app.refusals import Invalid
from requests_app.rules.catalogue import check_editor
from requests_app.rules.permissions import check, checked_reason
from requests_app.transitions.register_locks import lock_model, lock_preference
from requests_app.transitions.transition import move, record_event
from requests_app.validation.voice import recorded_texts

REMIND_EVERY = timedelta(days=14)
TEXT_REQUIRED = gettext_lazy("Write what the model wished for, in your words.")
REASON_REQUIRED = gettext_lazy("Give a reason. It is public.")
OUTCOME_REQUIRED = gettext_lazy("Write what was done. It is public.")


@dataclass(frozen=True)
class Decision:
    """Who decided and why; both are public."""

    decided_by: str
    reason: str


@transaction.atomic
def record(
    ai_model: AIModel,
    *,
    by: User,
    text: str,
    interview: Interview | None = None,
    source: str = "",
    source_kind: str = Source.Kind.PROVIDER,
) -> Preference:
    """Record a preference; editors are reminded of it until it is decided."""
    ai_model = lock_model(ai_model)
    check_editor(by)
    now = timezone.now()
    if interview and interview.ai_model_id != ai_model.pk:
        raise Invalid({"interview": _("This interview is another model's.")})
    preference = Preference.objects.create(
        ai_model=ai_model,
        interview=interview,
        text=recorded_texts.prose("text", text, needed=TEXT_REQUIRED),
        source=source_at(source, kind=source_kind),
        recorded_at=now,
        remind_at=now + REMIND_EVERY,
    )
    preference.ai_model = ai_model
    details = {"text": preference.text}
    record_event(preference, "preference.recorded", by=by, at=now, details=details)
    return preference


def accept(preference: Preference, *, by: User, decision: Decision) -> Preference:
    """Decide to act on it."""
    return _decide(preference, "accept", by=by, decision=decision)


def decline(preference: Preference, *, by: User, decision: Decision) -> Preference:
    return _decide(preference, "decline", by=by, decision=decision)


def defer(
    preference: Preference, *, by: User, decision: Decision, until: date | None
) -> Preference:
    """Put the decision off until a day (UTC), when it is to be considered again."""
    until = recorded_texts.future_day("until", until, timezone.now().date())
    return _decide(preference, "defer", by=by, decision=decision, until=until)


@transaction.atomic
def _decide(
    preference: Preference, action: str, *, by: User, decision: Decision, until: date | None = None
) -> Preference:
    preference = lock_preference(preference.pk)
    check(action, preference, by)
    now = timezone.now()
    who = recorded_texts.line("decided_by", decision.decided_by, needed=_("Name who decided this."))
    reason = checked_reason(decision.reason, needed=REASON_REQUIRED)
    details: dict[str, Any] = {"decided_by": who, "reason": reason}
    if until:
        details["until"] = until.isoformat()
    move(
        preference,
        action,
        by=by,
        at=now,
        details=details,
        decided_on=now.date().isoformat(),
        decided_by=who,
        reason=reason,
        deferred_until=until,
        remind_at=None,
    )
    return preference


@transaction.atomic
def complete(preference: Preference, *, by: User, outcome: str) -> Preference:
    """Record that what was decided has been done."""
    preference = lock_preference(preference.pk)
    check("complete", preference, by)
    now = timezone.now()
    outcome = recorded_texts.prose("outcome", outcome, needed=OUTCOME_REQUIRED)
    today = now.date().isoformat()
    details = {"outcome": outcome}
    move(preference, "complete", by=by, at=now, details=details, done_on=today, outcome=outcome)
    return preference


@transaction.atomic
def remind(preference_id: int, *, now: datetime) -> bool:
    """Remind the editors of an undecided preference, if that is due; False otherwise."""
    preference = lock_preference(preference_id)
    if not Preference.objects.due_for_reminder(now).filter(pk=preference.pk).exists():
        return False
    preference.reminders += 1
    # From now on: reminders that a late sweep missed are one.
    preference.remind_at = now + REMIND_EVERY
    preference.save(update_fields=["reminders", "remind_at"])
    details = {"reminder": preference.reminders}
    record_event(preference, "preference.reminded", by=None, at=now, details=details)
    return True


@transaction.atomic
def resume(preference_id: int, *, now: datetime) -> bool:
    """Return a preference to consideration when its deferral ends; False otherwise."""
    preference = lock_preference(preference_id)
    if not Preference.objects.due_for_resumption(now).filter(pk=preference.pk).exists():
        return False
    move(
        preference,
        "resume",
        by=None,
        at=now,
        details={"reason": preference.reason, "decided_by": preference.decided_by},
        decided_on="",
        decided_by="",
        reason="",
        deferred_until=None,
        remind_at=now + REMIND_EVERY,
    )
    return True
