"""The review desk: rows are read-only here, a change is an action."""

from requests_app.admin import (
    access,
    break_glass,
    catalogue,
    delegations,
    endings,
    inbox,
    issued,
    people,
    policies,
    policy_versions,
    reminders,
    review,
    tokens,
)

__all__ = [
    "access",
    "break_glass",
    "catalogue",
    "delegations",
    "endings",
    "inbox",
    "issued",
    "people",
    "policies",
    "policy_versions",
    "reminders",
    "review",
    "tokens",
]
