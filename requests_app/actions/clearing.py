"""Waits, after a commit, until no gateway process can say yes from what it remembers."""

import time

from django.db import DatabaseError, connection, transaction

from requests_app.gateway.clearing import CHANNEL, NAME

LONGEST_SECONDS = 1.0  # longer than anything is remembered: gateway/cache.py
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.02

LISTENING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE %s
  AND split_part(application_name, ' ', 2)::bigint < %s
"""
DRAW = "SELECT nextval('emeritus_clearing')"
TELL = "SELECT pg_notify(%s, %s)"


def wait_for_gateways() -> None:
    """Let the caller of this transaction be answered only when every process refuses.

    Call it in the transaction that takes something away; a second call changes nothing.
    """
    waiting = transaction.get_connection().run_on_commit
    if not any(callback is _wait for _, callback, _ in waiting):
        transaction.on_commit(_wait, robust=True)


def _wait() -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    try:
        _wait_until_all_show(deadline)
    except DatabaseError:
        time.sleep(max(0.0, deadline - time.monotonic()))
        raise


def _wait_until_all_show(deadline: float) -> None:
    with connection.cursor() as cursor:

        def behind(number: int) -> int:
            cursor.execute(LISTENING, [f"{NAME} %", number])
            return int(cursor.fetchone()[0])

        cursor.execute(DRAW)
        number = cursor.fetchone()[0]
        if not behind(number):
            return
        cursor.execute(TELL, [CHANNEL, str(number)])
        pause = FIRST_PAUSE
        while behind(number) and time.monotonic() < deadline:
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
