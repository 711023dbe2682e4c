"""The check once more, slow and plain: what the fast one is compared with. It shares no code.

A case is a dict of plain values; moments are whole microseconds since the epoch.
"""

from ipaddress import ip_address, ip_network
from typing import Any

SECOND = 1_000_000
MINUTE, DAY = 60 * SECOND, 86_400 * SECOND

Case = dict[str, Any]


def answer(case: Case) -> tuple[int, str]:
    """Status and reason; the reason is empty for a yes."""
    questions = (for_ever, by_time, for_now, not_from_here, not_in_scope, used_up)
    for question in questions:
        refusal = question(case)
        if refusal:
            return refusal
    return 204, ""


def last_moment(case: Case) -> int:
    """From when on a yes would be wrong."""
    ends = [case["expires_at"], case["ends_at"], case["models"][case["model"]]]
    return min(int(end) for end in ends if end is not None)


def for_ever(case: Case) -> tuple[int, str] | None:
    key, grant = case["key_state"], case["grant_state"]
    if key == "failed":
        return 401, "unknown-key"
    if key in ("revoking", "revoked") or grant == "revoked" or case["refused_from"] is not None:
        return 401, "revoked-key"
    if not case["is_member"]:
        return 401, "revoked-key"
    return None


def by_time(case: Case) -> tuple[int, str] | None:
    key, grant, now = case["key_state"], case["grant_state"], case["now"]
    if key == "expired" or grant == "ended" or now >= case["expires_at"]:
        return 401, "expired-key"
    if case["ends_at"] is not None and now >= case["ends_at"]:
        return 401, "expired-key"
    return None


def for_now(case: Case) -> tuple[int, str] | None:
    key, grant, now = case["key_state"], case["grant_state"], case["now"]
    if not case["in_good_standing"]:
        return 403, "holder-not-in-good-standing"
    unconfirmed = case["confirm_by"] is not None and case["confirm_by"] <= now
    if grant == "suspended" or unconfirmed:
        return 403, "grant-suspended"
    if key == "issuing" or grant == "waiting" or case["ends_at"] is None:
        return 403, "not-started"
    if case["activated_at"] is None or now < case["activated_at"]:
        return 403, "not-started"
    return None


def not_from_here(case: Case) -> tuple[int, str] | None:
    if not case["networks"]:
        return None
    try:
        address = ip_address(case["address"])
    except ValueError:
        return 403, "address-not-named"
    for network in case["networks"]:
        if address in ip_network(network):
            return None
    return 403, "wrong-network"


def not_in_scope(case: Case) -> tuple[int, str] | None:
    if case["model"] not in case["models"]:
        return 403, "wrong-model"
    withdrawn = case["models"][case["model"]]
    if withdrawn is not None and case["now"] >= withdrawn:
        return 410, "model-withdrawn"
    if case["operation"] not in case["operations"]:
        return 403, "wrong-operation"
    return None


def used_up(case: Case) -> tuple[int, str] | None:
    if case["spend_cap"] is not None and case["spent"] >= case["spend_cap"]:
        return 403, "spend-cap-reached"
    if case["tokens_per_day"] is not None and case["tokens"] >= case["tokens_per_day"]:
        return 429, "too-many-tokens"
    for length, limit in ((MINUTE, case["per_minute"]), (DAY, case["per_day"])):
        window = case["now"] // length
        calls = sum(1 for moment in case["earlier"] if moment // length == window)
        if limit is not None and calls >= limit:
            return 429, "too-many-requests"
    return None
