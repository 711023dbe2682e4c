"""How a process hears that what it remembers may have changed, and says that it has heard.

PostgreSQL's own messages, sent with the commit by triggers. After the commit, whoever revoked
sends a number from a sequence (transitions/gateway_barrier.py). Each process has a row with the
highest number that reached it. Messages arrive in the order of commits, and a number is drawn
after its revocation was committed; so a process that says this number or a higher one has
forgotten what it knew before that revocation.

The row is a lease: it is there before the process remembers anything, and it outlives the
session that wrote it. What a process remembers counts for less than a second after its last
look at the row. Whoever waited a whole second for a process takes its row away, having marked
it before; the process sees the mark at its next look and begins anew.
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
POLL_SECONDS = 0.25  # several looks within the time for which one counts: cache.SECONDS
RETRY_SECONDS = 0.25
NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
logger = logging.getLogger(__name__)

# A new sequence names its first number before it was drawn. The row that this process had under
# an earlier session goes: nothing that was remembered under it is left.
BEGIN = """
WITH earlier AS (DELETE FROM emeritus_gateway_process WHERE id = %s)
INSERT INTO emeritus_gateway_process (id, heard)
SELECT gen_random_uuid(), CASE WHEN is_called THEN last_value ELSE last_value - 1 END
FROM emeritus_clearing
RETURNING id, heard
"""
# The row has to survive a crash. What is said in it later doesn't: then it is waited for.
IN_A_HURRY = "SET synchronous_commit = off"
LOOK = "SELECT 1 FROM emeritus_gateway_process WHERE id = %s AND NOT is_lost"
SAY = "UPDATE emeritus_gateway_process SET heard = %s WHERE id = %s AND NOT is_lost"
END = "DELETE FROM emeritus_gateway_process WHERE id = %s"


class LeaseLost(Exception):
    """Somebody who revoked has given up waiting for this process."""


class Listener:
    """Clears one cache, and lets it be trusted only while its lease runs."""

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

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except LeaseLost:
                continue
            except Exception as error:  # whatever it is, a process without messages asks anew
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
        """Numbers that were drawn before are for revocations that every look-up sees from now."""
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
        """A number, or nothing: forget. Anybody in the database can send something else."""
        if not payload:
            self._cache.forget()
        elif NUMBER.fullmatch(payload):
            self._heard = max(self._heard, int(payload))

    async def _look(self, connection: psycopg.AsyncConnection) -> None:
        """Say what was heard; and see that the row, and with it the connection, still lives."""
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
        """Take the row away, where that can be done; a row that stays costs somebody a second."""
        if connection.pgconn.transaction_status == TransactionStatus.IDLE:
            with suppress(psycopg.Error, OSError, TimeoutError):
                await within(SECONDS, connection.execute(END, [self._id]))
        closing = asyncio.ensure_future(_close(connection))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


async def _close(connection: psycopg.AsyncConnection) -> None:
    """Once nothing waits for its answer any more: the loop still watches its socket till then."""
    async with connection.lock:
        await connection.close()
