"""Grants: made by an approval, activated, shortened, ended, revoked."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lifecycle.people.models import User
from requests_app import clock
from requests_app.actions import issuing, keys
from requests_app.actions.locks import hold_models, lock_grant
from requests_app.actions.moves import move, note
from requests_app.models import Collaborator, Grant, GrantedModel, Revision
from requests_app.rules import Invalid, WrongState, check, reason_given

NEEDS_REASON = "Give a reason. The holder is told."


def check_possible(revision: Revision, *, now: datetime) -> None:
    """Refuse to approve what could not be used. Models are held, so that none is withdrawn now.

    Nothing is dropped silently: a vote is for exactly what was shown, so a reviewer has to
    narrow the request to the models that are left.
    """
    requester = User.objects.filter(pk=revision.access_request.requester_id, is_active=True)
    if not requester.exists():  # asked again: the row that came with the lock may be older
        raise WrongState("Who asks is not in good standing at present, so nothing can be granted.")
    for ai_model in hold_models(revision.scope().identifiers):
        if ai_model.withdrawn_at and ai_model.withdrawn_at <= now:
            raise WrongState(
                f"{ai_model} was withdrawn meanwhile and can't be granted any more. "
                "Narrow the request to its other models, or deny it."
            )


def create(revision: Revision, *, by: User, now: datetime) -> Grant:
    """What the approval of `revision` gives; active at once unless a later start was asked for."""
    access_request = revision.access_request
    scope = revision.scope()
    starts_at = clock.grant_starts(revision.starts_on, now)
    grant = Grant.objects.create(
        access_request=access_request,
        holder=access_request.requester,
        operations=list(scope.operations),
        duration=scope.duration,
        created_at=now,
        starts_at=starts_at,
        **vars(scope.limits),
    )
    _add_collaborators(grant, revision, now=now)
    period = (starts_at, clock.grant_ends(starts_at, grant.duration))
    ai_models = list(revision.ai_models.filter(identifier__in=scope.identifiers))
    GrantedModel.objects.bulk_create(
        GrantedModel(grant=grant, ai_model=ai_model, holder=grant.holder, period=period)
        for ai_model in ai_models
    )
    details = {
        **scope.as_details(),
        "starts_at": starts_at.isoformat(),
    }
    note(grant, "grant.created", by=by, at=now, details=details)
    if starts_at <= now:
        _activate(grant, by=by, now=now)
    return grant


def _add_collaborators(grant: Grant, revision: Revision, *, now: datetime) -> None:
    Collaborator.objects.bulk_create(
        Collaborator(grant=grant, person=person, added_at=now)
        for person in revision.collaborators.all()
    )


def _activate(grant: Grant, *, by: User | None, now: datetime) -> None:
    ends_at = clock.grant_ends(now, grant.duration)
    move(
        grant,
        "activate",
        by=by,
        at=now,
        details={"ends_at": ends_at.isoformat()},
        activated_at=now,
        ends_at=ends_at,
        claim_by=clock.claim_due(now, ends_at),
    )
    grant.granted_models.update(period=(now, ends_at))


@transaction.atomic
def activate(grant_id: int, *, now: datetime) -> bool:
    """Start a waiting grant whose day has come; False if it hasn't."""
    grant = lock_grant(grant_id)
    if not Grant.objects.due_for_activation(now).filter(pk=grant.pk).exists():
        return False
    _activate(grant, by=None, now=now)
    return True


@transaction.atomic
def shorten(grant: Grant, *, by: User, ends_at: datetime, reason: str = "") -> Grant:
    """Let the grant end earlier than approved. Ends never move later.

    An owner of the policy takes something away, and so gives a reason; the holder needs none.
    """
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("shorten", grant, by)
    assert grant.ends_at  # active grants have their dates (constraint)
    assert grant.claim_by
    if not now < ends_at < grant.ends_at:
        raise Invalid({"ends_at": "Choose a time between now and the present end."})
    needed = "" if grant.holder_id == by.pk else NEEDS_REASON
    reason = reason_given(reason, needed=needed)
    span = {"from": grant.ends_at.isoformat(), "to": ends_at.isoformat()}
    details = {**span, **({"reason": reason} if reason else {})}
    grant.ends_at, grant.claim_by = ends_at, min(grant.claim_by, ends_at)
    grant.save(update_fields=["ends_at", "claim_by"])
    grant.granted_models.update(period=(grant.activated_at, ends_at))
    grant.keys.filter(expires_at__gt=ends_at).update(expires_at=ends_at)
    issuing.refresh(grant, now=now)
    note(grant, "grant.shortened", by=by, at=now, details=details)
    return grant


@transaction.atomic
def end(grant: Grant, *, by: User, reason: str = "") -> Grant:
    """The holder gives the access back; its keys are refused from this moment."""
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("end", grant, by)
    reason = reason_given(reason) or "Ended by its holder."
    return _close(grant, "end", by=by, reason=reason, now=now)


@transaction.atomic
def revoke(grant: Grant, *, by: User, reason: str) -> Grant:
    """Take the access away; its keys are refused from this moment."""
    grant = lock_grant(grant.pk)
    now = timezone.now()
    check("revoke", grant, by)
    reason = reason_given(reason, needed=NEEDS_REASON)
    return _close(grant, "revoke", by=by, reason=reason, now=now)


@transaction.atomic
def end_due(grant_id: int, *, now: datetime) -> bool:
    """End a grant whose end has come; False if it hasn't."""
    grant = lock_grant(grant_id)
    if not Grant.objects.due_for_end(now).filter(pk=grant.pk).exists():
        return False
    _close(grant, "end", by=None, reason="It reached its end.", now=now)
    return True


@transaction.atomic
def lapse(grant_id: int, *, now: datetime) -> bool:
    """End a grant under which nobody claimed a key in time; False if that isn't so."""
    grant = lock_grant(grant_id)
    if not Grant.objects.due_for_lapse(now).filter(pk=grant.pk).exists():
        return False
    _close(grant, "end", by=None, reason="No key was claimed in time.", now=now)
    return True


def revoke_all(grants: Sequence[Grant], *, by: User, reason: str, now: datetime) -> None:
    """For an action that holds the locks, has checked who does it, and revokes the keys itself."""
    for grant in grants:
        _shut(grant, "revoke", by=by, reason=reason, now=now)
    GrantedModel.objects.filter(grant__in=grants).update(is_live=False)


def _close(grant: Grant, action: str, *, by: User | None, reason: str, now: datetime) -> Grant:
    _shut(grant, action, by=by, reason=reason, now=now)
    grant.granted_models.update(is_live=False)
    keys.close_all(grant, by=by, now=now)
    return grant


def _shut(grant: Grant, action: str, *, by: User | None, reason: str, now: datetime) -> None:
    move(
        grant,
        action,
        by=by,
        at=now,
        details={"reason": reason},
        suspended_at=None,
        closed_at=now,
        closed_by=by,
        closing_reason=reason,
    )
