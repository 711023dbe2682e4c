"""Lock rows for an action, always in the same order, so that actions can't deadlock.

The order, here and in the other modules of locks, is: institution, person, policy (its version
first), standing rule, provider, model, preference, promise, custody of weights, proposal, essay,
request, invitation, stage, delegation, group membership, grant, key, capacity; several rows of a
kind by ascending primary key. Where a request continues a grant, that grant and its request are
locked first, being older.

Each function returns fresh rows that share one instance of their request, whose chain the
events of the action are appended to.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import (
    AccessRequest,
    BreakGlass,
    Capacity,
    Collaborator,
    Delegation,
    Grant,
    Invitation,
    Key,
    Stage,
)
from requests_app.transitions.affected import Affected
from requests_app.transitions.register_locks import lock_essay

RELATED_TO_REQUEST = ("requester", "policy_version__policy", "standing_rule")


def lock_request(request_id: int) -> AccessRequest:
    return AccessRequest.objects.select_related(*RELATED_TO_REQUEST).locked(request_id)


def lock_invitation(invitation_id: int) -> Invitation:
    """Lock an invitation after its request."""
    which = Invitation.objects.values_list("access_request", flat=True)
    access_request = lock_request(which.get(pk=invitation_id))
    invitation = Invitation.objects.select_related("person").locked(invitation_id)
    invitation.access_request = access_request
    return invitation


def lock_stage(stage_id: int) -> Stage:
    # Ids are read without a lock, to lock the older grant first; they never change.
    which = Stage.objects.values_list("access_request", "access_request__continues", "essay")
    request_id, continues_id, essay_id = which.get(pk=stage_id)
    if essay_id:
        return _lock_stage_of_essay(stage_id, essay_id)
    if continues_id:
        lock_grant(continues_id)
    access_request = lock_request(request_id)
    stage = Stage.objects.select_related("step__reviewers", "step__alternates", "revision").locked(
        stage_id
    )
    stage.access_request = stage.revision.access_request = access_request
    return stage


def _lock_stage_of_essay(stage_id: int, essay_id: int) -> Stage:
    essay = lock_essay(essay_id)
    related = ("step__reviewers", "step__alternates", "step__version")
    stage = Stage.objects.select_related(*related).locked(stage_id)
    stage.essay = essay
    return stage


def lock_seats(stage: Stage, voter: User) -> None:
    """Lock the group memberships in which `voter` may vote: their own and those delegated to them.

    Whoever removes somebody from a group waits for this, so no vote follows a committed removal.
    Eligibility and the deadline have to be checked after this call.
    """
    lent = Delegation.objects.filter(delegate=voter, ended_at=None).order_by("pk")
    lenders = [row.person_id for row in lent.select_for_update(no_key=True)]
    places = User.groups.through.objects.filter(
        user__in=[voter.pk, *lenders],
        group__in=[stage.step.reviewers_id, stage.step.alternates_id],
    )
    list(places.order_by("pk").select_for_update(no_key=True))


def lock_grants(grant_ids: set[int]) -> list[Grant]:
    """Lock grants after their requests, in order."""
    found = dict(Grant.objects.filter(pk__in=grant_ids).values_list("pk", "access_request"))
    requests = lock_requests(set(found.values()))
    grants = _in_order(Grant.objects.select_related("holder"), set(found))
    for grant in grants:
        grant.access_request = requests[grant.access_request_id]
    return grants


def lock_grant(grant_id: int) -> Grant:
    access_request = lock_request(
        Grant.objects.values_list("access_request", flat=True).get(pk=grant_id)
    )
    grant = Grant.objects.select_related("holder").locked(grant_id)
    grant.access_request = access_request
    return grant


def lock_break_glass(broken_id: int) -> BreakGlass:
    grant = lock_grant(BreakGlass.objects.values_list("grant", flat=True).get(pk=broken_id))
    broken = BreakGlass.objects.select_related("by").locked(broken_id)
    broken.grant = grant
    return broken


def lock_key(key_id: int) -> Key:
    grant = lock_grant(Key.objects.values_list("grant", flat=True).get(pk=key_id))
    key = Key.objects.select_related("holder").locked(key_id)
    key.grant = grant
    return key


@dataclass(frozen=True)
class LockedRows:
    """The locked rows under the subject of a bulk revocation, each list by primary key."""

    open_requests: list[AccessRequest]
    grants: list[Grant]
    keys: list[Key]
    places: list[Collaborator]


def affected_request_ids(below: Affected) -> set[int]:
    """Return the ids of all requests to lock before their grants and keys are ended."""
    return {
        *below.open_requests.values_list("pk", flat=True),
        *below.grants.values_list("access_request", flat=True),
        *below.shared.values_list("access_request", flat=True),
        *below.keys.values_list("grant__access_request", flat=True),
    }


def lock_requests(pks: set[int]) -> dict[int, AccessRequest]:
    rows = AccessRequest.objects.select_related(*RELATED_TO_REQUEST)
    return {row.pk: row for row in _in_order(rows, pks)}


def lock_affected(below: Affected) -> LockedRows:
    """Lock everything that a bulk revocation ends, requests first.

    Approvals and key claims hold the lock of their request, so each of them either finished before,
    and its grant or key is found here, or waits and is then refused.
    """
    asked = affected_request_ids(below)
    requests = lock_requests(asked)
    # Queried again now that the requests are locked, and only within those: rows of others that
    # came meanwhile aren't locked.
    ended = set(below.grants.filter(access_request__in=asked).values_list("pk", flat=True))
    keyed = below.keys.filter(grant__access_request__in=asked)
    lent = below.places.filter(grant__access_request__in=asked)
    given = {
        *ended,
        *(each for rows in (keyed, lent) for each in rows.values_list("grant", flat=True)),
    }
    grants = {row.pk: row for row in _in_order(Grant.objects.select_related("holder"), given)}
    for grant in grants.values():
        grant.access_request = requests[grant.access_request_id]
    keys = _in_order(Key.objects.select_related("holder"), set(keyed.values_list("pk", flat=True)))
    for key in keys:
        key.grant = grants[key.grant_id]
    places = list(lent.filter(grant__in=grants).select_related("person").order_by("pk"))
    for place in places:
        place.grant = grants[place.grant_id]
    still_open = set(below.open_requests.filter(pk__in=asked).values_list("pk", flat=True))
    return LockedRows(
        [row for row in requests.values() if row.pk in still_open],
        [row for row in grants.values() if row.pk in ended],
        keys,
        places,
    )


def _in_order(rows: Any, pks: set[int]) -> list[Any]:
    return list(rows.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",)))


def lock_capacities(ai_models: Iterable[AIModel]) -> bool:
    """Lock the capacity rows of these models, so that nobody else starts a grant for them.

    Return False when none of the models has a limit.
    """
    rows = Capacity.objects.select_for_update(of=("self",)).filter(ai_model__in=ai_models)
    return bool(rows.order_by("pk"))


def lock_extensions(grant: Grant, *, now: datetime) -> Iterator[Grant]:
    """Lock and yield the grants that extend this one and haven't begun, older ones first."""
    for pk in Grant.objects.to_follow(grant, now).order_by("pk").ids():
        yield lock_grant(pk)
