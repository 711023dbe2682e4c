"""Record that kept weights were checked, and remind of checks that are due."""

import re
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.catalogue.models import WeightsCustody
from lifecycle.catalogue.retirements import lock
from lifecycle.people.models import User
from lifecycle.text.normalization import is_readable, one_line
from requests_app import clock
from requests_app.actions.catalogue import editing, ledger_events
from requests_app.models import Proposal
from requests_app.refusals import Invalid, NotAllowed
from requests_app.rules.catalogue import is_editor
from requests_app.rules.permissions import checked_reason
from requests_app.transitions.register_locks import lock_custody
from requests_app.transitions.transition import record_event
from requests_app.validation.voice import recorded_texts

# An algorithm and its digest in hexadecimal, such as sha256:9f86d0….
DIGEST = re.compile(r"[a-z0-9-]{2,20}:[0-9a-f]{32,150}")
BAD_DIGEST = gettext_lazy("Enter the algorithm and the digest, like sha256:9f86d0….")
REASON_REQUIRED = gettext_lazy(
    "The digest differs from that of the last check. Say why; it is kept with the check."
)


@transaction.atomic
def record_check(
    custody: WeightsCustody,
    *,
    digest: str,
    on: date,
    by: User,
    reason: str = "",
    is_intended: bool = False,
) -> WeightsCustody | Proposal:
    """Note the digest that was found on a day (UTC), by an editor or whoever is responsible.

    A digest other than the last needs a reason; unless the weights were changed on purpose
    (`is_intended`), the check has failed, which is public. Of a model that people can request, the
    check waits for a second editor.
    """
    lock()
    custody = lock_custody(custody.pk)
    _check_allowed(custody, by)

    def write() -> WeightsCustody:
        return _record_check(
            custody, digest=digest, on=on, by=by, reason=reason, is_intended=is_intended
        )

    because = reason if is_readable(reason) else f"Checked on {on.isoformat()}."
    return editing.write_or_propose(custody.ai_model, write, by=by, reason=because)


def _record_check(
    custody: WeightsCustody, *, digest: str, on: date, by: User, reason: str, is_intended: bool
) -> WeightsCustody:
    now, before = timezone.now(), custody.digest
    digest = _checked_digest(digest)
    _check_day(custody, on, now)
    expected = custody.expected_digest or before
    is_other = bool(expected) and digest != expected
    reason = checked_reason(reason, needed=REASON_REQUIRED if is_other else "")
    custody.checked_on, custody.digest = on, digest
    custody.expected_digest = expected if is_other and not is_intended else ""
    custody.save(update_fields=["checked_on", "digest", "expected_digest"])
    ledger_events.weights_checked(custody, before=before, reason=reason, by=by, at=now)
    return custody


def _check_allowed(custody: WeightsCustody, by: User) -> None:
    is_active = User.objects.filter(pk=by.pk, is_active=True).exists()
    is_responsible = custody.responsible_id == by.pk and is_active
    if not (is_responsible or is_editor(by)):
        raise NotAllowed(_("Only catalogue editors and the person responsible can record a check."))


def _checked_digest(digest: str) -> str:
    digest = one_line(digest).lower()
    if not DIGEST.fullmatch(digest):
        raise Invalid({"digest": BAD_DIGEST})
    return digest


def _check_day(custody: WeightsCustody, on: date, now: datetime) -> None:
    recorded_texts.past_day("on", on, now.date())
    if custody.checked_on and on < custody.checked_on:
        raise Invalid({"on": _("There is a later check already. Enter its day or a later one.")})


@transaction.atomic
def remind(custody_id: int, *, now: datetime) -> bool:
    """Remind of a check if that is due; False if not, or if its day only had to be set."""
    custody = lock_custody(custody_id)
    if not WeightsCustody.objects.to_remind_of(now).filter(pk=custody.pk).exists():
        return False
    if custody.remind_at is None or custody.remind_at > now or _is_moved(custody):
        ledger_events.plan_check(custody, now)
    is_due = custody.remind_at is not None and custody.remind_at <= now
    if is_due and custody.check_due_on:
        custody.remind_at = clock.next_check_reminder(custody.check_due_on, now)
    custody.save(update_fields=["check_due_on", "remind_at"])
    if is_due:
        details = {"due_on": str(custody.check_due_on)}
        record_event(custody, "weights.check_due", by=None, at=now, details=details)
    return is_due


def _is_moved(custody: WeightsCustody) -> bool:
    """Return whether the interval or the last check was changed since the day was set."""
    day = ledger_events.check_day(custody)
    return day is not None and custody.check_due_on != day
