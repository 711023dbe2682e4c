"""Bulk revocations that ended something under a policy, with what each ended there."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from requests_app.models import BulkRevocation, Event, Policy

COLUMNS = (
    *("receipt", "at", "under", "kind", "by", "reason"),
    *("grants", "keys", "shared", "requests", "people"),
)
COUNTED = ("grants", "keys", "shared", "requests", "persons")


class Ending(NamedTuple):
    """A receipt, and how much of it was under the policy."""

    receipt: BulkRevocation
    counts: Mapping[str, int]


def of_policy(policy: Policy, most: int | None = None) -> list[Ending]:
    """Return them in two queries, newest first."""
    rows = Event.objects.filter(
        kind="access.ended_under_policy", access_request__policy_version__policy=policy
    )
    events = list(rows.order_by("-pk")[:most])
    names = [event.details["receipt"] for event in events]
    found = BulkRevocation.objects.filter(public_id__in=names).select_related("by")
    receipts = {row.public_id: row for row in found}
    return [
        Ending(
            receipts[event.details["receipt"]],
            {name: event.details.get(name, 0) for name in COUNTED},
        )
        for event in events
    ]


def csv_rows(policy: Policy, now: datetime) -> Iterator[list[object]]:
    for receipt, counts in of_policy(policy):
        about = [receipt.name, receipt.kind, receipt.by, receipt.reason]
        yield [receipt, receipt.at.isoformat(), *about, *counts.values()]
