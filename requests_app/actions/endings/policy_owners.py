"""Record what an ending took under each policy, so that each owner is told of it once."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Policy
from requests_app.rules.roles import owner_ids
from requests_app.transitions.transition import chain_of, record_event

Loss = tuple[int, str, Any]  # who loses, in which category, and the row that ends


def record_losses(losses: Iterable[Loss], *, by: User, reason: str, now: datetime) -> set[int]:
    """Record one event per policy, on the chain of its first loss; return who needs no more email.

    Whoever did it knows, and people who lost something themselves are told of that.
    """
    under: dict[Policy, list[Loss]] = {}
    for loss in losses:
        access_request = chain_of(loss[2])
        assert isinstance(access_request, AccessRequest)
        under.setdefault(access_request.policy_version.policy, []).append(loss)
    owners = owner_ids(under)
    informed = {by.pk, *(person for lost in under.values() for person, _, _ in lost)}
    for policy, lost in sorted(under.items(), key=lambda each: each[0].pk):
        recipients = owners[policy.pk] - informed
        informed |= recipients
        counts = Counter(category for _, category, _ in lost)
        persons = len({person for person, _, _ in lost})
        details = {"reason": reason, "persons": persons, "owners": sorted(recipients), **counts}
        record_event(lost[0][2], "access.ended_under_policy", by=by, at=now, details=details)
    return informed
