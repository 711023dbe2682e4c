"""The gateway's PostgreSQL connections, which recover by themselves after an outage."""

from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from requests_app.gateway.http.timeouts import within

SECONDS = 2
WRITE_TIMEOUT_SECONDS = 10  # several statements, each of which may take SECONDS
MAX_CONNECTIONS = 10
SESSION = f"""
SET default_transaction_read_only = on;
SET statement_timeout = '{SECONDS}s';
SET timezone = 'UTC';
"""
CONNECT: dict[str, Any] = {
    "autocommit": True,
    "application_name": "emeritus-gateway",
    "connect_timeout": SECONDS,
    # Milliseconds. Without it, a database that vanished from the network blocks for minutes.
    "tcp_user_timeout": SECONDS * 1000,
}


class Pool:
    """Run prepared statements, and replace dead connections.

    A connection that is dead only at the other end is noticed by its silence: TimeoutError.
    """

    def __init__(self, url: str) -> None:
        """Raises psycopg.ProgrammingError if `url` is invalid."""
        conninfo_to_dict(url)
        self.url = url

    async def open(self) -> None:
        """Open the pool without waiting; if the database is away, each look-up fails."""
        self._pool = AsyncConnectionPool(
            self.url,
            kwargs=CONNECT,
            open=False,
            configure=_configure,
            min_size=2,
            max_size=MAX_CONNECTIONS,
            timeout=SECONDS,
            # Give up soon and retry at the next look-up instead of backing off for minutes.
            reconnect_timeout=1,
        )
        await self._pool.open(wait=False)

    async def close(self) -> None:
        await self._pool.close()

    async def row(self, sql: LiteralString, *parameters: object) -> tuple[Any, ...] | None:
        """Return the first row or None."""
        found = await self.rows(sql, *parameters)
        return found[0] if found else None

    async def rows(self, sql: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
        """Return all rows, trying the next connection when one is dead. Raises TimeoutError."""
        return await within(SECONDS, self._rows(sql, *parameters))

    async def _rows(self, sql: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
        for _ in range(MAX_CONNECTIONS):
            async with self._pool.connection() as connection:
                try:
                    cursor = await connection.execute(sql, parameters, prepare=True)
                    return await cursor.fetchall()
                except psycopg.Error:
                    was_dead = connection.broken
                    # An error may leave something behind, such as a plan for an altered table.
                    await connection.close()
                    if not was_dead:
                        raise
        raise psycopg.OperationalError("Every connection of the pool was dead.")

    async def write(self, *statements: tuple[LiteralString, tuple[object, ...]]) -> None:
        """Run all statements in one transaction, the only one that isn't read-only."""
        await within(WRITE_TIMEOUT_SECONDS, self._write(*statements))

    async def _write(self, *statements: tuple[LiteralString, tuple[object, ...]]) -> None:
        async with self._pool.connection() as connection:
            try:
                await connection.execute("BEGIN READ WRITE")
                for sql, parameters in statements:
                    await connection.execute(sql, parameters)
                await connection.execute("COMMIT")
            except BaseException:
                await connection.close()
                raise


async def _configure(connection: psycopg.AsyncConnection) -> None:
    await connection.execute(SESSION)
