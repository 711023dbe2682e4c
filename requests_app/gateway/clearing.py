"""How a process hears that what it remembers may have changed, and says that it has heard.

PostgreSQL's own messages, sent with the commit by triggers. After the commit, whoever revoked
sends a number from a sequence (actions/clearing.py). A process shows the highest number that
reached it in its connection's application_name, where everybody can read it. Messages arrive in
the order of commits, and a number is drawn after its revocation was committed; so a process that
shows this number or a higher one has forgotten what it knew before that revocation.
"""

import asyncio
import logging
from contextlib import suppress

import psycopg
from psycopg import sql

from requests_app.gateway.cache import Cache
from requests_app.gateway.pool import CONNECT, SECONDS

CHANNEL = "emeritus_gateway"
NAME = "emeritus-gateway-clearing"
PING_SECONDS = 1.0
AGAIN_SECONDS = 0.25
logger = logging.getLogger(__name__)


class Listener:
    """Clears one cache, and lets it be trusted only while the messages reach it."""

    def __init__(self, url: str, cache: Cache) -> None:
        self._url = url
        self._cache = cache
        self._highest = 0

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
            except (psycopg.Error, OSError, TimeoutError) as error:
                logger.warning("No messages about revocations: %s", type(error).__name__)
            finally:
                self._cache.trust(trusted=False)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        named = CONNECT | {"application_name": f"{NAME} 0"}
        connection = await psycopg.AsyncConnection.connect(self._url, **named)
        try:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            await self._start_from_here(connection)
            self._cache.trust(trusted=True)
            while True:
                await self._hear(connection)
                # Also tells whether the connection still lives.
                await asyncio.wait_for(self._show(connection), SECONDS)
        finally:
            self._cache.trust(trusted=False)
            await connection.close()

    async def _start_from_here(self, connection: psycopg.AsyncConnection) -> None:
        """Numbers that were drawn before are for revocations that every look-up sees from now."""
        cursor = await connection.execute("SELECT last_value, is_called FROM emeritus_clearing")
        row = await cursor.fetchone()
        assert row is not None
        last, is_drawn = row
        self._highest = last if is_drawn else last - 1
        await self._show(connection)

    async def _hear(self, connection: psycopg.AsyncConnection) -> None:
        async for message in connection.notifies(timeout=PING_SECONDS, stop_after=1):
            if message.payload:
                self._highest = max(self._highest, int(message.payload))
            else:
                self._cache.forget()

    async def _show(self, connection: psycopg.AsyncConnection) -> None:
        name = f"{NAME} {self._highest}"
        await connection.execute("SELECT set_config('application_name', %s, false)", [name])
