"""The SQL look-ups of the gateway: a key with everything that decides, and a retired model.

The tables belong to Django models and are read without it; the gateway's tests notice changes.
"""

from collections.abc import Sequence
from datetime import date
from ipaddress import ip_network
from typing import Any

from requests_app.gateway.decision import KeyLimits, KeyRow, KeyUsage, RetiredModel
from requests_app.gateway.pool import Pool
from requests_app.gateway.unknown_keys import KnownDigests, LookupQueue

MILLIONTHS = 1_000_000
DIGEST = 25  # its column in KEY

FIRST = (
    *("key", "key_state", "expires_at", "refused_from"),
    *("grant", "grant_state", "operations", "activated_at", "ends_at"),
    *("holder", "in_good_standing"),
)

# Usage is summed only for grants whose limits depend on it. Sums are numeric, so that full bigint
# columns can't overflow and make the look-up fail.
KEY = """
SELECT key.public_id, key.state, key.expires_at, key.refused_from,
       access.public_id, access.state, access.operations, access.activated_at,
       LEAST(access.ends_at, access.member_until),
       key.holder_id, holder.is_active AND grantee.is_active,
       COALESCE(granted.identifiers, '{}'), COALESCE(granted.withdrawals, '{}'),
       COALESCE(granted.ids, '{}'),
       key.holder_id = access.holder_id OR EXISTS (
           SELECT FROM requests_app_collaborator AS collaborator
           WHERE collaborator.grant_id = access.id AND collaborator.person_id = key.holder_id
             AND collaborator.removed_at IS NULL),
       key.networks,
       access.requests_per_minute, access.requests_per_day, access.tokens_per_day,
       access.spend_cap,
       COALESCE(used.requests, 0), COALESCE(used.tokens, 0), COALESCE(used.spend, 0),
       key.id, access.confirm_by, key.digest
FROM requests_app_key AS key
JOIN requests_app_grant AS access ON access.id = key.grant_id
JOIN people_user AS holder ON holder.id = key.holder_id
JOIN people_user AS grantee ON grantee.id = access.holder_id
CROSS JOIN LATERAL (
    SELECT array_agg(model.identifier) AS identifiers,
           array_agg(model.withdrawn_at) AS withdrawals, array_agg(model.id) AS ids
    FROM requests_app_grantedmodel AS scope
    JOIN catalogue_aimodel AS model ON model.id = scope.ai_model_id
    WHERE scope.grant_id = access.id AND scope.is_live
) AS granted
CROSS JOIN LATERAL (
    SELECT sum(usage.requests) FILTER (WHERE usage.day = (now() AT TIME ZONE 'UTC')::date)
               AS requests,
           sum(usage.input_tokens::numeric + usage.output_tokens)
               FILTER (WHERE usage.day = (now() AT TIME ZONE 'UTC')::date) AS tokens,
           sum(usage.cost) AS spend
    FROM requests_app_key AS sibling
    JOIN requests_app_usage AS usage ON usage.key_id = sibling.id
    WHERE sibling.grant_id = access.id
      AND (access.spend_cap IS NOT NULL
           OR usage.day = (now() AT TIME ZONE 'UTC')::date
              AND (access.requests_per_day IS NOT NULL OR access.tokens_per_day IS NOT NULL))
) AS used
WHERE key.digest = ANY(%s)
"""

# The same as AIModel.is_retired and AIModel.is_by_request, with the first platform's date.
RETIRED = """
SELECT model.identifier, retirement.platform, retirement.announced, retirement.retires,
       (SELECT identifier FROM catalogue_replacement
        WHERE ai_model_id = model.id ORDER BY position DESC LIMIT 1),
       model.withdrawn_at IS NULL AND EXISTS (
           SELECT FROM catalogue_accessroute WHERE ai_model_id = model.id AND kind = 'request')
FROM catalogue_aimodel AS model
JOIN catalogue_retirement AS retirement ON retirement.ai_model_id = model.id
WHERE model.identifier = %s
  AND retirement.precision IN ('day', 'not_later_than') AND retirement.retires <= %s
  AND (retirement.reopened IS NULL OR retirement.reopened > %s)
  AND NOT EXISTS (
      SELECT FROM catalogue_retirement AS later
      WHERE later.ai_model_id = model.id AND later.platform = retirement.platform
        AND later.round > retirement.round)
ORDER BY retirement.retires, retirement.platform
LIMIT 1
"""


class Postgres:
    """The Store that reads PostgreSQL."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._familiar = KnownDigests()
        self._strangers = LookupQueue(self._rows)

    async def open(self) -> None:
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    async def ping(self) -> None:
        await self._pool.row("SELECT 1")

    async def key(self, digests: Sequence[bytes]) -> KeyRow | None:
        """Look up a key; known keys bypass the queue in which unknown ones wait."""
        if not self._familiar.knows(digests[0]):
            row = await self._strangers.key(digests)
        else:
            row = next(iter((await self._rows(digests)).values()), None)
        if row is not None:
            self._familiar.meet(digests[0])
        return row

    async def _rows(self, digests: Sequence[bytes]) -> dict[bytes, KeyRow]:
        rows = await self._pool.rows(KEY, list(digests))
        return {bytes(row[DIGEST]): key_row(row) for row in rows}

    async def retired(self, identifier: str, today: date) -> RetiredModel | None:
        row = await self._pool.row(RETIRED, identifier, today, today)
        return None if row is None else RetiredModel(*row)


def key_row(columns: Sequence[Any]) -> KeyRow:
    """Build a row from the columns of KEY, in their order."""
    identifiers, withdrawals, ids, is_member, networks = columns[11:16]
    minute, day, tokens, cap = columns[16:20]
    return KeyRow(
        **dict(zip(FIRST, columns, strict=False)),
        models=dict(zip(identifiers, withdrawals, strict=True)),
        is_member=is_member,
        networks=tuple(ip_network(network) for network in networks),
        limits=KeyLimits(minute, day, tokens, None if cap is None else cap * MILLIONTHS),
        used=KeyUsage(*map(int, columns[20:23])),
        key_id=columns[23],
        model_ids=dict(zip(identifiers, ids, strict=True)),
        confirm_by=columns[24],
    )
