"""Start standing access, and end what no longer rests on a membership."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app import clock
from requests_app.actions.grants import activation, grants
from requests_app.actions.requests import affiliations
from requests_app.models import AccessRequest, Grant, RequestedModel, Revision, StandingRule
from requests_app.refusals import Invalid, WrongState
from requests_app.rules import standing
from requests_app.states import GRANT
from requests_app.transitions import batch, gateway_barrier
from requests_app.transitions.locks import lock_grants
from requests_app.transitions.people_locks import lock_person
from requests_app.transitions.policy_locks import share_standing_rule
from requests_app.transitions.register_locks import lock_models_of_rule
from requests_app.transitions.transition import move
from requests_app.validation.standing import offers
from requests_app.validation.standing.offers import StandingOffer


@transaction.atomic
def start(rule: StandingRule, *, by: User, accepts: bool, shown: str = "") -> Grant:
    """Give a member what the rule offers, at once or from the waitlist, without review.

    `shown` is the digest of the offer that they accepted the terms of.
    """
    by = lock_person(by)
    rule = share_standing_rule(rule.pk)
    lock_models_of_rule(rule)
    now = timezone.now()
    offer = offers.offer(rule, by, now)
    if shown and shown != offer.digest:
        raise WrongState(_("This has changed since you opened it. Read it again, then start."))
    if not accepts:
        raise Invalid({"accepts": _("Accept the policy's terms to start.")})
    revision = _admit(offer, by=by, now=now)
    grant = activation.create(revision, offer.scope, by=by, now=now)
    grant.member_until = standing.member_until(rule, by, now)
    grant.save(update_fields=["member_until"])
    return grant


def _admit(offer: StandingOffer, *, by: User, now: datetime) -> Revision:
    """Record the start as a request that the rule approved for its publisher."""
    rule = offer.rule
    access_request = AccessRequest.objects.create(
        requester=by, policy_version=offer.version, created_at=now, standing_rule=rule
    )
    revision = _text(offer, access_request, now)
    affiliations.declare(revision)
    revision.submitted_at = now
    revision.save(update_fields=["submitted_at"])
    revision.read_related()
    digest = revision.digest(offer.scope)
    move(
        access_request,
        "admit",
        by=by,
        at=now,
        details={"rule": rule.public_id, "policy": str(offer.version), "digest": digest},
        submitted_at=now,
        closed_at=now,
        closed_by=rule.published_by,
    )
    return revision


def _text(offer: StandingOffer, access_request: AccessRequest, now: datetime) -> Revision:
    """Write the text of the record, which names the rule as its purpose."""
    today = clock.utc_day(now)
    days = max(1, math.ceil(offer.scope.duration / timedelta(days=1)))
    revision = Revision.objects.create(
        access_request=access_request,
        purpose=f"Standing access by “{offer.rule.name}” ({offer.rule.public_id}).",
        starts_on=today,
        ends_on=today + timedelta(days=days),
        operations=list(offer.scope.operations),
        accepted=offer.version,
        accepted_at=now,
    )
    revision.ai_models.add(*offer.ai_models)
    RequestedModel.objects.bulk_create(
        RequestedModel(
            access_request=access_request,
            ai_model=ai_model,
            requester=access_request.requester,
            is_open=False,
        )
        for ai_model in offer.ai_models
    )
    return revision


@transaction.atomic
def recheck_person(person: User, *, by: User | None = None) -> int:
    """End what no longer rests on a membership of the person; call it where that may have changed.

    In the change's own transaction, so that the gateways refuse from its commit on.
    """
    lock_person(person)
    now = timezone.now()
    found = [grant.pk for grant in standing.live_grants(person) if _why_lost(grant, now)]
    return end_lost(found, by=by, now=now)


@transaction.atomic
def note_sign_in(person: User) -> int:
    """Take what an external account said at its last sign-in, and end what it no longer carries."""
    lock_person(person)
    now = timezone.now()
    for grant in standing.live_grants(person):
        rule = grant.access_request.standing_rule
        assert rule  # it is standing access (query)
        until = standing.member_until(rule, person, now)
        if grant.member_until != until:
            Grant.objects.filter(pk=grant.pk).update(member_until=until)
    return recheck_person(person)


@transaction.atomic
def end_unsupported(grant_id: int, *, now: datetime) -> bool:
    """End a grant that no longer rests on a membership; False otherwise."""
    lock_person(User.objects.get(grants=grant_id))  # a grant's holder never changes
    return bool(end_lost([grant_id], by=None, now=now))


def end_lost(grant_ids: Iterable[int], *, by: User | None, now: datetime) -> int:
    """End those of the grants that have no support, for a caller that holds what decides it."""
    lost = [
        (grant, reason)
        for grant in lock_grants(set(grant_ids))
        if grant.state in GRANT.live and (reason := _why_lost(grant, now))
    ]
    if lost:
        # The row that a gateway may have cached doesn't hold this end, whoever caused it.
        gateway_barrier.wait_for_gateways()
    with batch.batched():
        grants.close_all(lost, "end", by=by, now=now)
    return len(lost)


def _why_lost(grant: Grant, now: datetime) -> str | None:
    rule = grant.access_request.standing_rule
    return standing.why_lost(rule, grant.holder, now) if rule else None
