"""The gateway's connections to PostgreSQL; it goes on by itself when the database was away."""

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
    # Milliseconds: without it a database that vanished from the network is waited for, for minutes.
    "tcp_user_timeout": SECONDS * 1000,
}


class Pool:
    """Runs statements, prepared, and replaces connections that turn out dead.

    A connection that is dead at the other end only is noticed by its silence: TimeoutError.
    """

    def __init__(self, url: str) -> None:
        """Raises psycopg.ProgrammingError when `url` isn't one."""
        conninfo_to_dict(url)
        self.url = url

    async def open(self) -> None:
        """Returns at once; whether the database answers shows at each look-up."""
        self._pool = AsyncConnectionPool(
            self.url,
            kwargs=CONNECT,
            open=False,
            configure=_configure,
            min_size=2,
            max_size=MAX_CONNECTIONS,
            timeout=SECONDS,
            # Give up soon and try again at the next look-up, rather than back off for minutes.
            reconnect_timeout=1,
        )
        await self._pool.open(wait=False)

    async def close(self) -> None:
        await self._pool.close()

    async def row(self, sql: LiteralString, *parameters: object) -> tuple[Any, ...] | None:
        """The first of `rows`."""
        found = await self.rows(sql, *parameters)
        return found[0] if found else None

    async def rows(self, sql: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
        """Connections that turn out dead are replaced and the next one is tried."""
        return await within(SECONDS, self._rows(sql, *parameters))

    async def _rows(self, sql: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
        for _ in range(MAX_CONNECTIONS):
            async with self._pool.connection() as connection:
                try:
                    cursor = await connection.execute(sql, parameters, prepare=True)
                    return await cursor.fetchall()
                except psycopg.Error:
                    was_dead = connection.broken
                    # Nothing that an error left behind, such as a plan for an altered table, stays.
                    await connection.close()
                    if not was_dead:
                        raise
        raise psycopg.OperationalError("Every connection of the pool was dead.")

    async def write(self, *statements: tuple[LiteralString, tuple[object, ...]]) -> None:
        """All of them in one transaction; the only one that isn't read-only."""
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
