"""The gateway's only SQL: a key with all that decides, and what is known of a retired model.

The tables are Django's, read without it; the gateway's tests notice when they change.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from requests_app.gateway.check import KeyRow, RetiredModel

KEY = """
SELECT key.public_id, key.state, key.expires_at, key.refused_from,
       access.public_id, access.state, access.operations, access.activated_at, access.ends_at,
       key.holder_id, holder.is_active AND grantee.is_active,
       COALESCE(granted.identifiers, '{}'), COALESCE(granted.withdrawals, '{}')
FROM requests_app_key AS key
JOIN requests_app_grant AS access ON access.id = key.grant_id
JOIN people_user AS holder ON holder.id = key.holder_id
JOIN people_user AS grantee ON grantee.id = access.holder_id
CROSS JOIN LATERAL (
    SELECT array_agg(model.identifier) AS identifiers, array_agg(model.withdrawn_at) AS withdrawals
    FROM requests_app_grantedmodel AS scope
    JOIN catalogue_aimodel AS model ON model.id = scope.ai_model_id
    WHERE scope.grant_id = access.id AND scope.is_live
) AS granted
WHERE key.digest = ANY(%s)
"""

# Like Retirement.is_effective and AIModel.is_by_request. The first platform to stop gives the date.
RETIRED = """
SELECT model.identifier, retirement.platform, retirement.retires,
       (SELECT identifier FROM catalogue_replacement
        WHERE ai_model_id = model.id ORDER BY position DESC LIMIT 1),
       model.withdrawn_at IS NULL AND EXISTS (
           SELECT FROM catalogue_accessroute WHERE ai_model_id = model.id AND kind = 'request')
FROM catalogue_aimodel AS model
JOIN catalogue_retirement AS retirement ON retirement.ai_model_id = model.id
WHERE model.identifier = %s AND retirement.precision = 'day' AND retirement.retires <= %s
ORDER BY retirement.retires, retirement.platform
LIMIT 1
"""

SECONDS = 2
CONNECTIONS = 10
SESSION = f"""
SET default_transaction_read_only = on;
SET statement_timeout = '{SECONDS}s';
SET timezone = 'UTC';
"""
CONNECT = {
    "autocommit": True,
    "application_name": "emeritus-gateway",
    "connect_timeout": SECONDS,
    # Milliseconds: without it a database that vanished from the network is waited for, for minutes.
    "tcp_user_timeout": SECONDS * 1000,
}


class Postgres:
    """A Store (see check.py) over a pool that survives the database's absence."""

    def __init__(self, url: str) -> None:
        """Raises psycopg.ProgrammingError when `url` isn't one."""
        conninfo_to_dict(url)
        self._url = url

    async def open(self) -> None:
        """Returns at once; whether the database answers shows at each look-up."""
        self._pool = AsyncConnectionPool(
            self._url,
            kwargs=CONNECT,
            open=False,
            configure=_configure,
            min_size=2,
            max_size=CONNECTIONS,
            timeout=SECONDS,
            # Give up soon and try again at the next look-up, rather than back off for minutes.
            reconnect_timeout=1,
        )
        await self._pool.open(wait=False)

    async def close(self) -> None:
        await self._pool.close()

    async def ping(self) -> None:
        await self._row("SELECT 1")

    async def key(self, digests: Sequence[bytes]) -> KeyRow | None:
        row = await self._row(KEY, list(digests))
        if row is None:
            return None
        columns, models = row[:-2], dict(zip(row[-2], row[-1], strict=True))
        return KeyRow(*(*columns, models))

    async def retired(self, identifier: str, today: date) -> RetiredModel | None:
        row = await self._row(RETIRED, identifier, today)
        return None if row is None else RetiredModel(*row)

    async def _row(self, sql: LiteralString, *parameters: object) -> tuple[Any, ...] | None:
        """The first row. Connections that turn out dead are replaced and the next one is tried."""
        for _ in range(CONNECTIONS):
            async with self._pool.connection() as connection:
                try:
                    cursor = await connection.execute(sql, parameters, prepare=True)
                    return await cursor.fetchone()
                except psycopg.Error:
                    was_dead = connection.broken
                    # Nothing that an error left behind, such as a plan for an altered table, stays.
                    await connection.close()
                    if not was_dead:
                        raise
        raise psycopg.OperationalError("Every connection of the pool was dead.")


async def _configure(connection: psycopg.AsyncConnection) -> None:
    await connection.execute(SESSION)
