"""The review desk: Django's admin with read-only rows, where every change is an action."""

from requests_app.admin import catalogue, people
from requests_app.admin.access import (
    break_glass,
    bulk_revocation,
    external_keys,
    grants,
    service_tokens,
)
from requests_app.admin.policies import policies, versions
from requests_app.admin.review import delegations, inbox, reminder_preferences, requests

__all__ = [
    "break_glass",
    "bulk_revocation",
    "catalogue",
    "delegations",
    "external_keys",
    "grants",
    "inbox",
    "people",
    "policies",
    "reminder_preferences",
    "requests",
    "service_tokens",
    "versions",
]
