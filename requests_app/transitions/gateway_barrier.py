"""Wait after a commit until no gateway process can still accept a call from its cache."""

import time
from typing import Any

from django.db import DatabaseError, connection, transaction

from requests_app.gateway.cache import TTL_SECONDS
from requests_app.gateway.invalidation import CHANNEL

# Longer than a cached row or a renewed lease is valid: see TTL_SECONDS in gateway/cache.py.
MAX_WAIT_SECONDS = 1.0
# A process marked lost this early has been marked for longer than a cached row is valid when the
# wait ends, so its row can be removed.
MARK_LOST_SECONDS = 0.05
MIN_PAUSE, MAX_PAUSE = 0.001, 0.02

# Events that take nothing away. Any event that isn't listed, including a new one, is waited for:
# to forget one here costs milliseconds, the opposite would let revoked keys pass.
HARMLESS_EVENT_GROUPS = frozenset(
    # Whoever ends access with a standing rule waits for that itself.
    {
        "request",
        "requester",
        "reviewer",
        "stage",
        "vote",
        "comment",
        "invitation",
        "reviewer_invitation",
        "standing_rule",
    }
    | {"retirement", "promise", "weights"}
    | {"interview", "preference", "essay", "protocol"}
    # No editor's change reaches what a key hangs on: a model's identifier or its withdrawal.
    | {"proposal"}
)
HARMLESS_EVENTS = frozenset(
    {
        *("grant.created", "grant.activated", "grant.resumed", "grant.confirmed"),
        *("grant.confirmation_asked", "grant.end_announced", "grant.terms_accepted"),
        *("grant.break_glass", "grant.break_glass_reviewed", "grant.break_glass_reminded"),
        *("key.claimed", "key.activated", "key.stuck", "key.renamed"),
        *("policy.created", "policy.drafted", "policy.edited", "policy.published"),
        *("policy.seat_lent", "policy.seat_returned"),
        *("policy.reason_shared", "policy.reason_removed"),
        *("policy.publication_asked", "policy.models_changed", "policy.capacity_set"),
        *("policy.reviewer_added", "policy.reviewer_removed", "policy.groups_made"),
        *("model.added", "model.corrected", "source.verified"),
        *("provider.added", "provider.corrected"),
    }
)
# When the clock causes these, the gateways need no message: the row they cache holds the time.
HARMLESS_BY_THE_CLOCK = frozenset(
    {"grant.ended", "grant.suspended", "key.expired", "key.confirmed"}
)

DRAW = "SELECT nextval('emeritus_clearing')"
TELL = "SELECT pg_notify(%s, %s)"
BEHIND = "SELECT EXISTS (SELECT FROM emeritus_gateway_process WHERE heard < %s)"
MARK = """
UPDATE emeritus_gateway_process SET is_lost = true
WHERE id IN (SELECT id FROM emeritus_gateway_process WHERE heard < %s ORDER BY id FOR UPDATE)
RETURNING id
"""
REMOVE = "DELETE FROM emeritus_gateway_process WHERE id = ANY(%s) AND is_lost RETURNING id"


def reduces_access(kind: str, *, by_the_clock: bool) -> bool:
    """Return whether the gateway check may refuse, after such an event, what it allowed before."""
    if kind in HARMLESS_EVENTS or kind.partition(".")[0] in HARMLESS_EVENT_GROUPS:
        return False
    return not (by_the_clock and kind in HARMLESS_BY_THE_CLOCK)


def wait_for_gateways() -> None:
    """Delay the answer to this transaction's caller until every gateway process refuses.

    Call it in the transaction that takes access away; further calls in it change nothing.
    """
    # Django has no public list of pending callbacks; without this look a bulk revocation would
    # wait once for each of its events.
    waiting = transaction.get_connection().run_on_commit
    if not any(callback is _wait for _, callback, _ in waiting):
        transaction.on_commit(_wait, robust=True)


def _wait() -> None:
    began = time.monotonic()
    try:
        _wait_until_all_have_heard(began)
    except DatabaseError:
        # The change is committed and nobody was told: only the age of the caches still protects.
        _sleep_until(began + MAX_WAIT_SECONDS)
        raise


def _wait_until_all_have_heard(began: float) -> None:
    """Announce a new number and wait until each process row shows it, or for one second."""
    # Drawn after the commit, and messages arrive in commit order: a process that shows this
    # number has dropped what it cached before.
    number = _one(DRAW)
    if not _one(BEHIND, number):
        return
    _one(TELL, CHANNEL, str(number))
    if _have_heard(number, until=began + MARK_LOST_SECONDS):
        return
    # A process that is alive sees the mark and starts anew; a dead one is waited for only once.
    marked, marked_at = _all(MARK, number), time.monotonic()
    if _have_heard(number, until=began + MAX_WAIT_SECONDS):
        return
    # Marked for less, a living process might still rely on its row.
    if time.monotonic() - marked_at > TTL_SECONDS:
        _all(REMOVE, marked)


def _have_heard(number: int, *, until: float) -> bool:
    pause = MIN_PAUSE
    while _one(BEHIND, number):
        if time.monotonic() >= until:
            return False
        _sleep_until(min(time.monotonic() + pause, until))
        pause = min(2 * pause, MAX_PAUSE)
    return True


def _all(sql: str, *parameters: Any) -> list[Any]:
    """Run `sql` and return the first column of all rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]


def _one(sql: str, *parameters: Any) -> Any:
    return _all(sql, *parameters)[0]


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
