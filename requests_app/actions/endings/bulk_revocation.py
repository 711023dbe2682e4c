"""Revoke everything under a person, institution, policy or model in one transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app import system_reasons
from requests_app.actions.endings import losses
from requests_app.actions.endings.losses import Decision, Loss
from requests_app.actions.grants import collaborators, grants, model_withdrawal
from requests_app.actions.keys import key_revocation
from requests_app.actions.review import stages, votes
from requests_app.actions.standing import rules as standing_rules
from requests_app.models import AccessRequest, BulkRevocation, Policy, ServiceToken
from requests_app.refusals import NotAllowed, WrongState
from requests_app.rules.permissions import NOT_IN_GOOD_STANDING, checked_reason
from requests_app.rules.roles import in_group, owner_ids
from requests_app.transitions import audit_chain, batch, gateway_barrier
from requests_app.transitions.affected import (
    Affected,
    Extent,
    RevocationSubject,
    affected_by,
)
from requests_app.transitions.locks import LockedRows, lock_affected
from requests_app.transitions.people_locks import lock_institution, lock_person
from requests_app.transitions.policy_locks import lock_policy, lock_rules_of_policy
from requests_app.transitions.register_locks import lock_model

REASON_REQUIRED = gettext_lazy("Give a reason. Everyone who loses access will see it.")


def why_not_revoke_all(subject: RevocationSubject, by: User) -> str | None:
    """Return the sentence that refuses a bulk revocation by `by`; None if they may."""
    if isinstance(subject, Policy):
        owns = in_group(by, subject.owners_id)
        return None if owns else _("Only the policy's owners can revoke all access under it.")
    if not by.is_superuser:
        return _("Only a superuser can do this.")
    if subject == by:
        return _("You can't end your own access here. Ask another superuser.")
    return None


@transaction.atomic
def revoke_everything(
    subject: RevocationSubject, *, by: User, reason: str, shown: str = ""
) -> BulkRevocation:
    """Revoke all grants and keys under `subject`; all are refused from this commit.

    `shown` is the digest of the `Extent` that was previewed. Whatever came since ends too, and the
    receipt says that something changed.

    A person's open requests are withdrawn and their account is closed. A model is withdrawn. A
    policy's standing rules end. Shared access of a person, or of an institution's people, ends too.
    Everyone who loses something is notified once.
    """
    _lock(subject)
    _check(subject, by)
    reason, now = checked_reason(reason, needed=REASON_REQUIRED), timezone.now()
    ending = revoke_affected(
        subject, by=by, reason=reason, name=subject_name(subject), now=now, shown=shown
    )
    if isinstance(subject, Policy):
        # Otherwise members could start again at once what has just been revoked.
        standing_rules.end_all(subject, by=by, reason=reason, now=now)
    return ending


def revoke_affected(
    subject: RevocationSubject,
    *,
    by: User,
    reason: str,
    name: str,
    now: datetime,
    shown: str = "",
) -> BulkRevocation:
    """Revoke it all, with `name` on the receipt, for a caller that locked and checked."""
    # Queries, not rows: `lock_affected` evaluates them again under the locks.
    below = affected_by(subject)
    locked = lock_affected(below)
    closed = locked.open_requests if below.closes_requests else []
    extent = _extent(below, locked, closed)
    ending = _receipt(subject, name=name, by=by, at=now, reason=reason)
    decision = Decision(
        by, system_reasons.BULK_REVOKED % {"name": ending.name, "reason": reason}, now
    )
    _sign_out(subject, by=by, now=now)
    with batch.batched(), audit_chain.with_details(receipt=ending.public_id):
        lost = _end(locked, closed, decision)
        ending.people = losses.tell_people(lost, decision)
        informed = losses.tell_owners(lost, decision)
        if isinstance(subject, AIModel):
            _withdraw(subject, reason=reason, but=informed, by=by, now=now)
    _fill(ending, extent, shown)
    ending.save(force_insert=True)
    return ending


def _extent(below: Affected, locked: LockedRows, closed: list[AccessRequest]) -> Extent:
    """Return what ends now that it is locked, as `Affected.extent` does before."""
    return Extent(
        grants=sorted(row.public_id for row in locked.grants),
        keys=sorted(row.public_id for row in locked.keys),
        requests=sorted(row.public_id for row in closed),
        tokens=sorted(row.public_id for row in below.tokens),
        rules=sorted(row.public_id for row in below.rules),
        places=sorted(row.pk for row in locked.places),
    )


def _fill(ending: BulkRevocation, extent: Extent, shown: str) -> None:
    ending.grants, ending.keys, ending.requests = extent.grants, extent.keys, extent.requests
    ending.tokens, ending.rules = extent.tokens, extent.rules
    ending.places = len(extent.places)
    ending.differs_from_preview = bool(shown) and shown != extent.digest


def _check(subject: RevocationSubject, by: User) -> None:
    if not User.objects.filter(pk=by.pk, is_active=True).exists():
        raise NotAllowed(_(NOT_IN_GOOD_STANDING))
    if sentence := why_not_revoke_all(subject, by):
        raise NotAllowed(sentence)


def _lock(subject: RevocationSubject) -> None:
    """Hold the subject, so that nothing new is requested or granted under it meanwhile."""
    if isinstance(subject, User):
        lock_person(subject)
    elif isinstance(subject, AIModel):
        # Its withdrawal is an event of the policy, which is locked before the model.
        _lock_policies_of(subject)
        lock_model(subject)
    elif isinstance(subject, Policy):
        lock_rules_of_policy(subject)
    else:
        check_standing(lock_institution(subject))


def check_standing(institution: Institution) -> None:
    """Raise WrongState for one that is only a name of another."""
    if other := institution.merged_into:
        raise WrongState(
            _("%(name)s was merged into %(other)s. Revoke all access under that one instead.")
            % {"name": institution, "other": other}
        )


def _lock_policies_of(ai_model: AIModel) -> list[Policy]:
    rows = Policy.objects.filter(ai_models=ai_model).order_by("pk")
    return [lock_policy(policy) for policy in rows.ids()]


def _receipt(subject: RevocationSubject, **common: Any) -> BulkRevocation:
    policy = subject if isinstance(subject, Policy) else None
    kind = affected_by(subject).kind
    assert kind  # a subject has one
    return BulkRevocation(kind=kind, policy=policy, **common)


def subject_name(subject: RevocationSubject) -> str:
    """Return the unambiguous name of the subject, which has to be typed to confirm."""
    if isinstance(subject, User):
        return subject.email
    if isinstance(subject, Institution | Policy):
        return subject.name
    return subject.identifier


def _sign_out(subject: RevocationSubject, *, by: User, now: datetime) -> None:
    # Even without a grant or key to revoke: people and models are read by the check themselves.
    gateway_barrier.wait_for_gateways()
    if isinstance(subject, User):
        User.objects.filter(pk=subject.pk).update(is_active=False)
        tokens = ServiceToken.objects.filter(owner=subject, revoked_at=None)
        tokens.update(revoked_at=now, revoked_by=by)
        transaction.on_commit(stages.recheck_all, robust=True)  # they may have been a reviewer


def _withdraw(ai_model: AIModel, *, reason: str, but: set[int], by: User, now: datetime) -> None:
    """Withdraw the locked model, and tell those owners of its policy who aren't told otherwise."""
    still_there = Q(withdrawn_at=None) | Q(withdrawn_at__gt=now)
    if not AIModel.objects.filter(still_there, pk=ai_model.pk).update(withdrawn_at=now):
        return
    for policy in _lock_policies_of(ai_model):
        owners = owner_ids([policy])[policy.pk] - but
        model_withdrawal.note(
            policy, ai_model, by=by, reason=reason, at=now, now=now, owners=owners
        )


def _end(locked: LockedRows, closed: list[AccessRequest], decision: Decision) -> list[Loss]:
    """End it all and return the losses."""
    common: dict[str, Any] = {"by": decision.by, "reason": decision.reason, "now": decision.now}
    for access_request in closed:
        stages.close_rest(access_request, by=decision.by, now=decision.now)
        votes.close_request(access_request, "withdraw", **common)
    # Read before the grants end: afterwards nobody shares them any more.
    lost = list(losses.of(locked, closed))
    grants.revoke_all(locked.grants, **common)
    collaborators.remove_all(locked.places, by=decision.by, now=decision.now)
    key_revocation.revoke_all(locked.keys, **common)
    return lost
