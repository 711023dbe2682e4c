"""Create the grant of an approval and activate it, at once or from the waitlist."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import clock
from requests_app.actions.grants import suspensions
from requests_app.models import (
    AccessRequest,
    Collaborator,
    Grant,
    GrantedModel,
    Revision,
    Scope,
)
from requests_app.refusals import WrongState
from requests_app.rules import standing
from requests_app.rules.suspension import standing_suspension
from requests_app.rules.waitlist import Waitlist
from requests_app.states import GRANT, GrantState, InvitationState
from requests_app.transitions.each import act_on_each
from requests_app.transitions.locks import lock_capacities, lock_grant
from requests_app.transitions.register_locks import lock_granted_models
from requests_app.transitions.transition import move, record_event


def check_possible(revision: Revision, scope: Scope, *, now: datetime) -> None:
    """Refuse an approval whose grant couldn't be used; the caller holds the models' locks.

    Models aren't dropped silently: a vote is for exactly what was shown, so a reviewer has to
    narrow the request to the models that remain.
    """
    # Read again: the requester came with the request's lock and isn't locked itself.
    requester = User.objects.filter(pk=revision.access_request.requester_id, is_active=True)
    if not requester.exists():
        raise WrongState(
            _("The requester's account is not in good standing, so nothing can be granted.")
        )
    for ai_model in _models_within(scope, revision):
        if ai_model.withdrawn_at and ai_model.withdrawn_at <= now:
            raise WrongState(
                _(
                    "%(ai_model)s has been withdrawn and can't be granted. Narrow the request "
                    "to its other models, or decline it."
                )
                % {"ai_model": ai_model}
            )
    _check_extendable(revision.access_request)


def _models_within(scope: Scope, revision: Revision) -> list[AIModel]:
    return [row for row in revision.ai_models.all() if row.identifier in scope.identifiers]


def create(
    revision: Revision, scope: Scope, *, by: User, now: datetime, at_once: timedelta | None = None
) -> Grant:
    """Create the grant of `scope` that an approval gives, and activate it unless it must wait.

    It waits for a later start that was requested, and for a free place. An extension of a running
    grant waits for neither: it keeps the place and begins when that grant ends. A break-glass grant
    begins at once and lasts no longer than `at_once`. The caller holds the models' locks.
    """
    ai_models = _models_within(scope, revision)
    # The waitlist is ordered by `created_at`: take it only once the lock is held, or two
    # approvals could stand in another order than that in which they got a place.
    is_limited = lock_capacities(ai_models)
    if is_limited:
        now = timezone.now()
    starts_at = now if at_once else _extension_start(revision, now)
    scope = replace(scope, duration=min(scope.duration, at_once or scope.duration))
    grant = Grant.objects.create(
        access_request=revision.access_request,
        holder=revision.access_request.requester,
        operations=list(scope.operations),
        duration=scope.duration,
        created_at=now,
        starts_at=starts_at or clock.grant_starts(revision.starts_on, now),
        **vars(scope.limits),
    )
    _fill(grant, revision, ai_models, now=now)
    details = {**scope.as_details(), "starts_at": grant.starts_at.isoformat()}
    record_event(grant, "grant.created", by=by, at=now, details=details)
    # Nobody waits for a model without a limit, and the caller's lock keeps it without one.
    has_room = not is_limited or Waitlist(now).has_room(grant.pk)
    if starts_at or (grant.starts_at <= now and has_room):
        _activate(grant, by=by, now=now, start=starts_at or now)
    return grant


def _fill(grant: Grant, revision: Revision, ai_models: Sequence[AIModel], *, now: datetime) -> None:
    if people := revision.collaborators.all():
        accepted = _accepted(revision.access_request)
        Collaborator.objects.bulk_create(
            Collaborator(grant=grant, person=one, added_at=now, accepted_at=accepted.get(one.pk))
            for one in people
        )
    # Provisional for a grant that waits; activation writes the real period.
    period = (grant.starts_at, clock.grant_ends(grant.starts_at, grant.duration))
    GrantedModel.objects.bulk_create(
        GrantedModel(grant=grant, ai_model=ai_model, holder=grant.holder, period=period)
        for ai_model in ai_models
    )


def _accepted(access_request: AccessRequest) -> dict[int, datetime | None]:
    """Return when each collaborator accepted the terms of the policy version now in use."""
    invitations = access_request.invitations.filter(
        # Terms of an older version don't count: they accept the new ones before they create a
        # key.
        state=InvitationState.ACCEPTED,
        policy_version=access_request.policy_version_id,
    )
    return {row.person_id: row.accepted_at for row in invitations if row.person_id}


def _activate(grant: Grant, *, by: User | None, now: datetime, start: datetime) -> None:
    """Activate from `start`: now, or the end of the grant that this one extends."""
    ends_at = _end_from(start, grant)
    confirm_by = clock.confirm_by(start, start, ends_at)
    move(
        grant,
        "activate",
        by=by,
        at=now,
        details={"starts_at": start.isoformat(), "ends_at": ends_at.isoformat()},
        activated_at=start,
        ends_at=ends_at,
        claim_by=clock.claim_due(start, ends_at),
        expiry_notice_at=clock.next_end_notice(start, ends_at, after=now),
        confirm_by=confirm_by,
        confirmation_notice_at=confirm_by and clock.next_confirmation_notice(confirm_by, after=now),
    )
    # A grant that starts with its approval has its real period already.
    if start != grant.starts_at or ends_at != clock.grant_ends(start, grant.duration):
        grant.granted_models.update(period=(start, ends_at))


def _end_from(start: datetime, grant: Grant) -> datetime:
    """Return the end by the granted duration, or that of the standing rule if it is earlier."""
    ends_at = clock.grant_ends(start, grant.duration)
    rule = grant.access_request.standing_rule
    return min(ends_at, rule.ends_at) if rule else ends_at


@transaction.atomic
def activate(grant_id: int, *, now: datetime) -> bool:
    """Start a waiting grant whose start has come and whose models have room; False otherwise."""
    lock_granted_models(grant_id)
    grant = lock_grant(grant_id)
    lock_capacities(AIModel.objects.filter(pk__in=grant.granted_models.values("ai_model")))
    # Checked again under the locks: another worker may have started or ended it meanwhile.
    if not Grant.objects.due_for_activation(now).filter(pk=grant.pk).exists():
        return False
    if not Waitlist(now).has_room(grant.pk):
        return False
    rule = grant.access_request.standing_rule
    # A sweep ends it.
    if rule and not standing.holds(rule, grant.holder, now):
        return False
    _activate(grant, by=None, now=now, start=now)
    # A suspension by an owner outlasts the grant: waiting for the next one doesn't lift it.
    if held := suspensions.longer_suspension(grant):
        suspensions.carry_on(grant, held, now=now)
    return True


def activate_next(ai_models: Sequence[int]) -> int:
    """Start the waiting grants that now have room for these models; return how many started."""
    now = timezone.now()
    return act_on_each(Waitlist(now).can_start(ai_models), activate, now)


def activate_next_on_commit(ai_models: Sequence[int]) -> None:
    """Start waiting grants once this transaction has freed places; the sweep is the fallback."""
    # Not a partial: Django logs the __qualname__ of a robust callback that fails.
    transaction.on_commit(lambda: activate_next(ai_models), robust=True)


def _check_extendable(access_request: AccessRequest) -> None:
    """Refuse an extension of a grant that was revoked or is suspended."""
    if access_request.continues_id is None:
        return
    continued = lock_grant(access_request.continues_id)
    if continued.state == GrantState.REVOKED:
        raise WrongState(
            _(
                "%(continued)s was revoked, so it can't be extended. Decline this; the "
                "requester can send a new request."
            )
            % {"continued": continued}
        )
    if continued.state == GrantState.SUSPENDED:
        raise WrongState(
            _(
                "%(continued)s is suspended, so it can't be extended. Resume it first, or "
                "decline this."
            )
            % {"continued": continued}
        )
    if continued.state == GrantState.ENDED and standing_suspension(continued):
        raise WrongState(
            _(
                "%(continued)s was suspended when it ended, so it can't be extended. Decline "
                "this; the requester can send a new request."
            )
            % {"continued": continued}
        )


def _extension_start(revision: Revision, now: datetime) -> datetime | None:
    """Return when an extension begins: exactly at the end of the grant that it extends.

    None for first grants, for extensions with a later requested start, and for those approved after
    that end; they begin like any grant.
    """
    continues_id = revision.access_request.continues_id
    continued = lock_grant(continues_id) if continues_id else None
    if continued is None or continued.state not in GRANT.live or not continued.ends_at:
        return None
    first_day = clock.grant_starts(revision.starts_on, now)
    return continued.ends_at if max(first_day, now) <= continued.ends_at else None
