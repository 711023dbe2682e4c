"""Shorten, announce, end and revoke running grants."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.people.models import User
from requests_app import clock, system_reasons
from requests_app.actions.grants import activation
from requests_app.actions.keys import external_keys, key_revocation
from requests_app.models import Grant, GrantedModel
from requests_app.refusals import Invalid
from requests_app.rules.permissions import check, checked_reason
from requests_app.transitions.locks import lock_extensions, lock_grant
from requests_app.transitions.transition import move, record_event

REASON_REQUIRED = gettext_lazy("Give a reason. The holder will see it.")


@transaction.atomic
def shorten(grant: Grant, *, by: User, ends_at: datetime, reason: str = "") -> Grant:
    """Let the grant end earlier than approved. Ends never move later.

    An owner of the policy has to give a reason; the holder needs none.
    """
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("shorten", grant, by)
    assert grant.ends_at  # active grants have their dates (constraint)
    if not max(now, grant.activated_at or now) < ends_at < grant.ends_at:
        raise Invalid({"ends_at": _("Choose a time between now and the current end.")})
    needed = "" if grant.holder_id == by.pk else REASON_REQUIRED
    reason = checked_reason(reason, needed=needed)
    span = {"from": grant.ends_at.isoformat(), "to": ends_at.isoformat()}
    details = {**span, **({"reason": reason} if reason else {})}
    _end_at(grant, ends_at, now=now)
    record_event(grant, "grant.shortened", by=by, at=now, details=details)
    return grant


def _end_at(grant: Grant, ends_at: datetime, *, now: datetime) -> None:
    """Move the end, and every date, key and external key that depends on it."""
    assert grant.activated_at  # active grants have their dates (constraint)
    assert grant.claim_by
    grant.ends_at, grant.claim_by = ends_at, min(grant.claim_by, ends_at)
    grant.expiry_notice_at = clock.next_end_notice(grant.activated_at, ends_at, after=now)
    # It ends before a confirmation would be due, so nobody is asked for one.
    if grant.confirm_by and grant.confirm_by >= ends_at:
        grant.confirm_by = grant.confirmation_notice_at = None
    dates = ["ends_at", "claim_by", "expiry_notice_at", "confirm_by", "confirmation_notice_at"]
    grant.save(update_fields=dates)
    # The exclusion constraint on `period` must not block a new grant after the earlier end.
    grant.granted_models.update(period=(grant.activated_at, ends_at))
    grant.keys.filter(expires_at__gt=ends_at).update(expires_at=ends_at)
    external_keys.refresh(grant, now=now)


@transaction.atomic
def announce_end(grant_id: int, *, now: datetime) -> bool:
    """Remind the holder that the grant ends soon, if that is due; False otherwise."""
    grant = lock_grant(grant_id)
    if not Grant.objects.due_for_end_notice(now).filter(pk=grant.pk).exists():
        return False
    assert grant.activated_at  # active and suspended grants have their dates (constraint)
    assert grant.ends_at
    grant.expiry_notice_at = clock.next_end_notice(grant.activated_at, grant.ends_at, after=now)
    grant.save(update_fields=["expiry_notice_at"])
    record_event(grant, "grant.end_announced", by=None, at=now, details=_until(grant.ends_at))
    return True


def _until(ends_at: datetime) -> dict[str, str]:
    return {"ends_at": ends_at.isoformat()}


@transaction.atomic
def end(grant: Grant, *, by: User, reason: str = "") -> Grant:
    """End the holder's own access; its keys are refused from this commit."""
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("end", grant, by)
    reason = checked_reason(reason) or system_reasons.ENDED_BY_HOLDER
    return close(grant, "end", by=by, reason=reason, now=now)


@transaction.atomic
def revoke(grant: Grant, *, by: User, reason: str) -> Grant:
    """Revoke the grant and the grants that extend it; their keys are refused from this commit."""
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("revoke", grant, by)
    reason = checked_reason(reason, needed=REASON_REQUIRED)
    close(grant, "revoke", by=by, reason=reason, now=now)
    for extension in lock_extensions(grant, now=now):
        why = system_reasons.EXTENDED_GRANT_REVOKED % {"reason": reason}
        close(extension, "revoke", by=by, reason=why, now=now)
    return grant


@transaction.atomic
def end_due(grant_id: int, *, now: datetime) -> bool:
    """End a grant whose end has come; False otherwise."""
    grant = lock_grant(grant_id)
    if not Grant.objects.due_for_end(now).filter(pk=grant.pk).exists():
        return False
    close(grant, "end", by=None, reason=system_reasons.REACHED_ITS_END, now=now)
    return True


@transaction.atomic
def lapse(grant_id: int, *, now: datetime) -> bool:
    """End a grant under which no key was created in time; False otherwise."""
    grant = lock_grant(grant_id)
    if not Grant.objects.due_for_lapse(now).filter(pk=grant.pk).exists():
        return False
    close(grant, "end", by=None, reason=system_reasons.NEVER_CLAIMED, now=now)
    return True


@transaction.atomic
def end_without_models(grant_id: int, *, now: datetime) -> bool:
    """End a waiting grant whose models have all been withdrawn; False otherwise."""
    grant = lock_grant(grant_id)
    if not Grant.objects.without_models(now).filter(pk=grant.pk).exists():
        return False
    close(grant, "end", by=None, reason=system_reasons.MODELS_WITHDRAWN, now=now)
    return True


def revoke_all(grants: Sequence[Grant], *, by: User, reason: str, now: datetime) -> None:
    """Revoke locked grants for a caller that has checked permission and revokes the keys itself."""
    for grant in grants:
        _shut(grant, "revoke", by=by, reason=reason, now=now)
    freed = GrantedModel.objects.filter(grant__in=grants)
    # Live rows keep a holder from a second grant for the model (exclusion constraint).
    freed.update(is_live=False)
    activation.activate_next_on_commit(list(freed.values_list("ai_model", flat=True).distinct()))


def close(grant: Grant, action: str, *, by: User | None, reason: str, now: datetime) -> Grant:
    """End or revoke a locked grant with its keys, and offer its places to those who wait."""
    close_all([(grant, reason)], action, by=by, now=now)
    return grant


def close_all(
    reasons: Sequence[tuple[Grant, str]], action: str, *, by: User | None, now: datetime
) -> None:
    """End or revoke locked grants, each for its reason, as `close` does with one."""
    for grant, reason in reasons:
        _shut(grant, action, by=by, reason=reason, now=now)
    closed = [grant for grant, _ in reasons]
    freed = GrantedModel.objects.filter(grant__in=closed)
    freed.update(is_live=False)
    key_revocation.close_all(closed, by=by, now=now)
    activation.activate_next_on_commit(list(freed.values_list("ai_model", flat=True).distinct()))


def _shut(grant: Grant, action: str, *, by: User | None, reason: str, now: datetime) -> None:
    move(
        grant,
        action,
        by=by,
        at=now,
        details={"reason": reason},
        suspended_at=None,
        suspended_by=None,
        suspension_reason="",
        closed_at=now,
        closed_by=by,
        closing_reason=reason,
    )
