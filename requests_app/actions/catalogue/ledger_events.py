"""Events of promises and of checks of weights: when made at once, and when one was accepted."""

from datetime import UTC, date, datetime, time, timedelta

from lifecycle.catalogue.models import Promise, WeightsCustody
from lifecycle.people.models import User
from requests_app import clock
from requests_app.transitions.row_changes import RowChange
from requests_app.transitions.transition import record_event

OUTCOMES = ("kept", "broken", "ended")
CHECKED = {"checked_on", "digest", "expected_digest"}
PROMISE, CUSTODY = Promise._meta.label_lower, WeightsCustody._meta.label_lower


def promise_recorded(promise: Promise, *, by: User | None, at: datetime) -> None:
    details = {"kind": promise.kind, "text": promise.text, **_people(promise)}
    record_event(promise, "promise.recorded", by=by, at=at, details=details)


def promise_assigned(promise: Promise, *, by: User | None, at: datetime) -> None:
    """Reminders start anew."""
    promise.reminders, promise.remind_at = 0, None
    promise.save(update_fields=["reminders", "remind_at"])
    record_event(promise, "promise.assigned", by=by, at=at, details=_people(promise))


def _people(promise: Promise) -> dict[str, str]:
    """Return ids as text: names may be erased from accounts, and events stay."""
    people = {"owner": promise.owner_id, "escalate_to": promise.escalate_to_id}
    return {name: str(pk) for name, pk in people.items() if pk}


def promise_noted(promise: Promise, *, by: User | None, at: datetime) -> None:
    """Reminders stop."""
    promise.remind_at = None
    promise.save(update_fields=["remind_at"])
    days = {outcome: getattr(promise, f"{outcome}_on") for outcome in OUTCOMES}
    outcome, on = next((outcome, day) for outcome, day in days.items() if day)
    details = {"outcome": outcome, "on": on.isoformat(), "words": promise.outcome}
    record_event(promise, "promise.noted", by=by, at=at, details=details)


def weights_checked(
    custody: WeightsCustody, *, before: str, reason: str, by: User | None, at: datetime
) -> None:
    """Plan the next check, too; `before` is the digest of the last one."""
    plan_check(custody, at)
    custody.save(update_fields=["check_due_on", "remind_at"])
    assert custody.checked_on
    details = {"on": custody.checked_on.isoformat(), "digest": custody.digest, "before": before}
    details["reason"] = reason
    if custody.has_failed:
        details["expected"] = custody.expected_digest
    record_event(custody, "weights.checked", by=by, at=at, details=details)


def plan_check(custody: WeightsCustody, now: datetime) -> None:
    """Set the day of the next check and of its first reminder."""
    custody.check_due_on = custody.remind_at = None
    if custody.check_every_days is None:
        return
    custody.check_due_on = check_day(custody) or now.date()
    if custody.has_failed:  # whoever answers for them hears of that by the event
        custody.remind_at = clock.next_check_reminder(custody.check_due_on, now)
    else:
        first = max(custody.check_due_on, now.date())  # at once if its day has passed
        custody.remind_at = datetime.combine(first, time(), tzinfo=UTC)


def check_day(custody: WeightsCustody) -> date | None:
    """Return the day of the next check: at once after a failed one; None if there was none."""
    if custody.checked_on is None or custody.has_failed:
        return custody.checked_on
    return custody.checked_on + timedelta(days=custody.check_every_days or 0)


def record(change: RowChange, *, by: User, at: datetime, reason: str) -> bool:
    """Record a change that has a kind of event of its own; False if it has none."""
    if change.after is None:
        return False
    if change.table == PROMISE:
        return _record_promise(change, by=by, at=at)
    return change.table == CUSTODY and _record_check(change, by=by, at=at, reason=reason)


def _record_check(change: RowChange, *, by: User, at: datetime, reason: str) -> bool:
    # The second check of a day leaves the day as it is.
    if change.before is None or not CHECKED & change.before.keys():
        return False
    custody = WeightsCustody.objects.get(pk=change.pk)
    if custody.checked_on is None:
        return False
    before = change.before.get("digest", custody.digest)
    weights_checked(custody, before=before, reason=reason, by=by, at=at)
    return True


def _record_promise(change: RowChange, *, by: User, at: datetime) -> bool:
    promise = Promise.objects.get(pk=change.pk)
    changed = set(change.after or ())
    if change.before is None:
        promise_recorded(promise, by=by, at=at)
    elif changed & {f"{outcome}_on" for outcome in OUTCOMES}:
        promise_noted(promise, by=by, at=at)
    elif changed & {"owner_id", "escalate_to_id"}:
        promise_assigned(promise, by=by, at=at)
    else:
        return False
    return True
