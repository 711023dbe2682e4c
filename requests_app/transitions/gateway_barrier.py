"""Waits, after a commit, until no gateway process can say yes from what it remembers."""

import time
from typing import Any

from django.db import DatabaseError, connection, transaction

from requests_app.gateway.cache import TTL_SECONDS
from requests_app.gateway.invalidation import CHANNEL

# Longer than anything is remembered, and than a look at a lease counts: gateway/cache.py.
MAX_WAIT_SECONDS = 1.0
# What is marked this early has been marked for long enough to be removed when the wait is over.
MARK_LOST_SECONDS = 0.05
MIN_PAUSE, MAX_PAUSE = 0.001, 0.02

# After these events the check lets pass no less than before. Whatever isn't here is waited for.
HARMLESS_EVENT_GROUPS = frozenset(
    {"request", "requester", "reviewer", "stage", "vote", "invitation"}
)
HARMLESS_EVENTS = frozenset(
    {
        *("grant.created", "grant.activated", "grant.resumed", "grant.confirmed"),
        *("grant.confirmation_asked", "grant.end_announced", "grant.terms_accepted"),
        *("grant.break_glass", "grant.break_glass_reviewed", "grant.break_glass_reminded"),
        *("key.claimed", "key.activated", "key.stuck"),
        *("policy.created", "policy.drafted", "policy.edited", "policy.published"),
        *("policy.models_changed", "policy.capacity_set"),
    }
)
# What the clock does so, the check sees by itself: the moment is in the row that it reads.
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
    """Whether the check may refuse, after an event of this kind, what it let pass before."""
    if kind in HARMLESS_EVENTS or kind.partition(".")[0] in HARMLESS_EVENT_GROUPS:
        return False
    return not (by_the_clock and kind in HARMLESS_BY_THE_CLOCK)


def wait_for_gateways() -> None:
    """Let the caller of this transaction be answered only when every process refuses.

    Call it in the transaction that takes something away; a second call changes nothing.
    """
    waiting = transaction.get_connection().run_on_commit
    if not any(callback is _wait for _, callback, _ in waiting):
        transaction.on_commit(_wait, robust=True)


def _wait() -> None:
    began = time.monotonic()
    try:
        _wait_until_all_have_heard(began)
    except DatabaseError:
        _sleep_until(began + MAX_WAIT_SECONDS)
        raise


def _wait_until_all_have_heard(began: float) -> None:
    """Who hasn't when the second is over, has nothing left that it could say yes from."""
    number = _one(DRAW)
    if not _one(BEHIND, number):
        return
    _one(TELL, CHANNEL, str(number))
    if _have_heard(number, until=began + MARK_LOST_SECONDS):
        return
    marked, marked_at = _all(MARK, number), time.monotonic()
    if _have_heard(number, until=began + MAX_WAIT_SECONDS):
        return
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
    """The first column."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]


def _one(sql: str, *parameters: Any) -> Any:
    return _all(sql, *parameters)[0]


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
