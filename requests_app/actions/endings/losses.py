"""What an ending takes from whom: each person and each policy's owners are told once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Collaborator, Policy
from requests_app.rules.roles import owner_ids
from requests_app.transitions.locks import LockedRows
from requests_app.transitions.transition import chain_of, record_event

Loss = tuple[int, str, Any]  # who loses, in which category, and the row that ends


@dataclass(frozen=True)
class Decision:
    """Who revokes everything, why and when: recorded with every change."""

    by: User
    reason: str
    now: datetime


def of(locked: LockedRows, closed: list[AccessRequest]) -> Iterator[Loss]:
    """Yield each loss with the row whose chain records it."""
    yield from ((row.holder_id, "grants", row) for row in locked.grants)
    yield from ((row.holder_id, "keys", row) for row in locked.keys)
    yield from ((row.requester_id, "requests", row) for row in closed)
    yield from ((place.person_id, "shared", place.grant) for place in locked.places)
    ended = {grant.pk: grant for grant in locked.grants}
    shared = Collaborator.objects.filter(removed_at=None, person__is_active=True, grant__in=ended)
    for place in shared.order_by("pk"):
        yield place.person_id, "shared", ended[place.grant_id]


def tell_people(losses: Iterable[Loss], decision: Decision) -> int:
    """Record one event per person, on the chain of their first loss; it notifies them of all.

    Return the number of people.
    """
    lost: dict[int, Counter[str]] = {}
    first: dict[int, Any] = {}
    for person, name, row in losses:
        lost.setdefault(person, Counter())[name] += 1
        first.setdefault(person, row)
    for person, row in first.items():
        details = {"reason": decision.reason, "person": str(person), **lost[person]}
        _record(row, "access.ended", decision, details)
    return len(first)


def tell_owners(losses: Iterable[Loss], decision: Decision) -> set[int]:
    """Record one event per policy, on the chain of its first loss; return who needs no more email.

    Whoever did it knows, and people who lost something themselves are told of that.
    """
    under: dict[Policy, list[Loss]] = {}
    for loss in losses:
        access_request = chain_of(loss[2])
        assert isinstance(access_request, AccessRequest)
        under.setdefault(access_request.policy_version.policy, []).append(loss)
    owners = owner_ids(under)
    informed = {decision.by.pk, *(person for lost in under.values() for person, _, _ in lost)}
    for policy, lost in sorted(under.items(), key=lambda each: each[0].pk):
        recipients = owners[policy.pk] - informed
        informed |= recipients
        counts = Counter(category for _, category, _ in lost)
        persons = len({person for person, _, _ in lost})
        details = {
            "reason": decision.reason,
            "persons": persons,
            "owners": sorted(recipients),
            **counts,
        }
        _record(lost[0][2], "access.ended_under_policy", decision, details)
    return informed


def _record(row: Any, kind: str, decision: Decision, details: dict[str, Any]) -> None:
    record_event(row, kind, by=decision.by, at=decision.now, details=details)
