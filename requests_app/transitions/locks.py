"""Row locks, in one order: person, policy (its version first), model, request, invitation, stage,
place, grant, key, capacity.

Many rows of a kind are locked by ascending primary key.

Each returns fresh rows that share one instance of their request, since its chain is written to.
Where a request continues a grant, that grant and its request are locked first, being older.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

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
    Policy,
    PolicyVersion,
    Revision,
    Stage,
)
from requests_app.transitions.affected import Affected


def lock_person(person: User) -> User:
    """Two actions of one person wait for each other; rows that only refer to them don't."""
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def lock_people(*people: User) -> dict[int, User]:
    rows = User.objects.filter(pk__in=[person.pk for person in people]).order_by("pk")
    return {row.pk: row for row in rows.select_for_update(no_key=True)}


def lock_superusers() -> None:
    """For whoever takes one of them away."""
    rows = User.objects.filter(is_superuser=True).order_by("pk")
    list(rows.select_for_update(no_key=True))


def lock_request(request_id: int) -> AccessRequest:
    rows = AccessRequest.objects.select_related("requester", "policy_version__policy")
    return rows.locked(request_id)


def lock_invitation(invitation_id: int) -> Invitation:
    """Its request comes first; it has the rest of what the request is locked with."""
    which = Invitation.objects.values_list("access_request", flat=True)
    access_request = lock_request(which.get(pk=invitation_id))
    invitation = Invitation.objects.select_related("person").locked(invitation_id)
    invitation.access_request = access_request
    return invitation


def lock_stage(stage_id: int) -> Stage:
    which = Stage.objects.values_list("access_request", "access_request__continues")
    request_id, continues_id = which.get(pk=stage_id)
    if continues_id:
        lock_grant(continues_id)
    access_request = lock_request(request_id)
    stage = Stage.objects.select_related("step__reviewers", "step__alternates", "revision").locked(
        stage_id
    )
    stage.access_request = stage.revision.access_request = access_request
    return stage


def lock_seats(stage: Stage, voter: User) -> None:
    """Hold the places in the step's groups in which `voter` may act: their own, and those lent.

    Whoever removes somebody meanwhile waits, so a removal that was committed is never followed by
    a vote. Who may vote, and whether it is still time, is asked after this.
    """
    lent = Delegation.objects.filter(delegate=voter, ended_at=None).order_by("pk")
    lenders = [row.person_id for row in lent.select_for_update(no_key=True)]
    places = User.groups.through.objects.filter(
        user__in=[voter.pk, *lenders],
        group__in=[stage.step.reviewers_id, stage.step.alternates_id],
    )
    list(places.order_by("pk").select_for_update(no_key=True))


def lock_models(identifiers: Iterable[str]) -> list[AIModel]:
    """Keep these models from being withdrawn meanwhile; other approvals may hold them too.

    A shared lock, which querysets don't have. Take it before the request's, as `revoke_everything`
    does: who waits for a request while holding its model would wait for good otherwise.
    """
    held = "SELECT * FROM catalogue_aimodel WHERE identifier = ANY(%s) ORDER BY id FOR SHARE"
    return list(AIModel.objects.raw(held, [list(identifiers)]))


def lock_requested_models(revision: Revision) -> None:
    """All models that a text asks for; an approval gives no other."""
    lock_models(revision.ai_models.values_list("identifier", flat=True))


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
    """All that is under something, in the order of its keys in the database."""

    open_requests: list[AccessRequest]
    grants: list[Grant]
    keys: list[Key]
    places: list[Collaborator]


def affected_request_ids(below: Affected) -> set[int]:
    """The keys of all requests that are locked with what is under something."""
    return {
        *below.open_requests.values_list("pk", flat=True),
        *below.grants.values_list("access_request", flat=True),
        *below.shared.values_list("access_request", flat=True),
        *below.keys.values_list("grant__access_request", flat=True),
    }


def lock_requests(pks: set[int]) -> dict[int, AccessRequest]:
    related = ("requester", "policy_version__policy")
    return {row.pk: row for row in _in_order(AccessRequest.objects.select_related(*related), pks)}


def lock_affected(below: Affected) -> LockedRows:
    """Requests first, so that whoever approves or claims has finished, or waits for us.

    What they finished meanwhile is seen by the queries that come after.
    """
    asked = affected_request_ids(below)
    requests = lock_requests(asked)
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
    """Until the end of the transaction, nobody else starts a grant for these models.

    False when none of them is bounded.
    """
    rows = Capacity.objects.select_for_update(of=("self",)).filter(ai_model__in=ai_models)
    return bool(rows.order_by("pk"))


def lock_version(version_id: int) -> PolicyVersion:
    version = PolicyVersion.objects.select_related("policy").locked(version_id)
    version.policy = type(version.policy).objects.locked(version.policy_id)
    return version


def lock_policy(policy_id: int) -> Policy:
    return Policy.objects.locked(policy_id)


def lock_extensions(grant: Grant, *, now: datetime) -> Iterator[Grant]:
    """Grants that continue this one and haven't begun: each locked, older ones first."""
    to_come = Q(activated_at=None) | Q(activated_at__gt=now)
    rows = Grant.objects.live().filter(to_come, access_request__continues=grant)
    for pk in rows.order_by("pk").ids():
        yield lock_grant(pk)
