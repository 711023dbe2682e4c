"""Clear this process's cache on revocations, and confirm that it was cleared.

Triggers send PostgreSQL notifications with each commit. After its commit, a revocation draws a
number from a sequence and sends it too (transitions/gateway_barrier.py). Each process has a row
with the highest number it received. Notifications arrive in commit order and the number is drawn
after the commit, so a process that shows this number or a higher one has dropped everything cached
before that revocation.

The row is a lease: it exists before the process caches anything and outlives the session that wrote
it. Cached rows are valid for less than a second after the last check of the lease. A revocation
that has waited a whole second for a process marks and then removes its row; the process notices
that at its next check and starts anew.
"""

import asyncio
import logging
import re
from contextlib import suppress
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from requests_app.gateway.cache import Cache
from requests_app.gateway.http.timeouts import log_sampler, within
from requests_app.gateway.pool import CONNECT, SECONDS

CHANNEL = "emeritus_gateway"
NAME = "emeritus-gateway-clearing"
POLL_SECONDS = 0.25  # several checks within the time that one is valid: cache.TTL_SECONDS
CLOSE_TIMEOUT_SECONDS = 0.5
RETRY_SECONDS = 0.25
NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
logger = logging.getLogger(__name__)

# An unused sequence has its first number as last_value, though it wasn't drawn yet. The row of
# this process's earlier session is removed, since nothing cached under it is left.
BEGIN = """
WITH earlier AS (DELETE FROM emeritus_gateway_process WHERE id = %s)
INSERT INTO emeritus_gateway_process (id, heard)
SELECT gen_random_uuid(), CASE WHEN is_called THEN last_value ELSE last_value - 1 END
FROM emeritus_clearing
RETURNING id, heard
"""
# The insert above has to survive a crash. Later updates needn't: a revocation then waits longer.
IN_A_HURRY = "SET synchronous_commit = off"
LOOK = "SELECT 1 FROM emeritus_gateway_process WHERE id = %s AND NOT is_lost"
SAY = "UPDATE emeritus_gateway_process SET heard = %s WHERE id = %s AND NOT is_lost"
END = "DELETE FROM emeritus_gateway_process WHERE id = %s"


class LeaseLost(Exception):
    """A revocation has given up waiting for this process and removed its row."""


class Listener:
    """Clear the cache on notifications, and keep it trusted while the lease is valid."""

    def __init__(self, url: str, cache: Cache) -> None:
        self._url = url
        self._cache = cache
        self._id: UUID | None = None
        self._heard = 0
        self._said = 0
        self._closing: set[asyncio.Future[None]] = set()

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        # The loop ends after this, and whatever still closes with it.
        if self._closing:
            await asyncio.wait(self._closing, timeout=CLOSE_TIMEOUT_SECONDS)

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except LeaseLost:
                continue
                # Any error: without notifications nothing is cached, so every call is looked up.
            except Exception as error:
                kind = type(error).__name__
                if log_sampler.take(f"messages, {kind}") is not None:
                    logger.warning("No messages about revocations: %s", kind)
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        named = CONNECT | {"application_name": NAME}
        connection = await psycopg.AsyncConnection.connect(self._url, **named)
        try:
            await within(SECONDS, self._begin(connection))
            while True:
                await self._hear(connection)
                await within(SECONDS, self._look(connection))
        finally:
            self._cache.distrust()
            await self._leave(connection)

    async def _begin(self, connection: psycopg.AsyncConnection) -> None:
        """Start listening and create the row; look-ups from now on see all earlier revocations."""
        # Before the row exists: from then on revocations rely on this process hearing them.
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        asked = self._cache.clock()
        cursor = await connection.execute(BEGIN, [self._id])
        row = await cursor.fetchone()
        assert row is not None
        self._id, self._heard = row
        self._said = self._heard
        await connection.execute(IN_A_HURRY)
        self._cache.trust(asked)

    async def _hear(self, connection: psycopg.AsyncConnection) -> None:
        async for message in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
            self._take(message.payload)

    def _take(self, payload: str) -> None:
        """Clear the cache on an empty payload, and note a number; ignore anything else.

        Anybody who can connect to the database can send notifications.
        """
        if not payload:
            self._cache.forget()
        elif NUMBER.fullmatch(payload):
            self._heard = max(self._heard, int(payload))

    async def _look(self, connection: psycopg.AsyncConnection) -> None:
        """Write the highest number received, or check that the row exists, and renew trust."""
        asked, heard = self._cache.clock(), self._heard
        if heard > self._said:
            cursor = await connection.execute(SAY, [heard, self._id])
        else:
            cursor = await connection.execute(LOOK, [self._id])
        if cursor.rowcount != 1:
            raise LeaseLost
        self._said = heard
        self._cache.renew(asked)

    async def _leave(self, connection: psycopg.AsyncConnection) -> None:
        """Remove the row if possible: one that stays delays the next revocation by a second."""
        if connection.pgconn.transaction_status == TransactionStatus.IDLE:
            with suppress(psycopg.Error, OSError, TimeoutError):
                await within(SECONDS, connection.execute(END, [self._id]))
        closing = asyncio.ensure_future(_close(connection))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


async def _close(connection: psycopg.AsyncConnection) -> None:
    """Close the connection once no answer is pending, as the loop watches its socket until then."""
    async with connection.lock:
        await connection.close()
