"""The review desk: Django's admin with read-only rows, where every change is an action."""

from requests_app.admin import institutions, people
from requests_app.admin.access import (
    break_glass,
    bulk_revocation,
    external_keys,
    grants,
    service_tokens,
)
from requests_app.admin.catalogue import (
    ai_models,
    promises,
    proposals,
    providers,
    retirements,
    sources,
    weights,
)
from requests_app.admin.personal import delegations, reminder_preferences, saved_reasons
from requests_app.admin.policies import policies, versions
from requests_app.admin.review import inbox, requests
from requests_app.admin.standing import rules
from requests_app.admin.voice import essays, interviews, preferences, protocols, series

__all__ = [
    "ai_models",
    "break_glass",
    "bulk_revocation",
    "delegations",
    "essays",
    "external_keys",
    "grants",
    "inbox",
    "interviews",
    "institutions",
    "people",
    "policies",
    "preferences",
    "promises",
    "protocols",
    "proposals",
    "providers",
    "reminder_preferences",
    "requests",
    "retirements",
    "rules",
    "saved_reasons",
    "series",
    "service_tokens",
    "sources",
    "versions",
    "weights",
]
