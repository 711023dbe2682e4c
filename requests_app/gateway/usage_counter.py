"""Count allowed and refused calls in memory and write them to the database periodically."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import LiteralString, Protocol

from requests_app.gateway.decision import KeyRow

WRITE_INTERVAL_SECONDS = 2.0
DAY, MINUTE = 86_400, 60
logger = logging.getLogger(__name__)

# A full bigint column stays full. Rows are written in the order of the unique columns, so that
# two processes can't deadlock. The join leaves out keys that no longer exist.
USAGE = """
INSERT INTO requests_app_usage
    (key_id, ai_model_id, day, requests, input_tokens, output_tokens, cost)
SELECT counted.key_id, counted.ai_model_id, counted.day, counted.requests, 0, 0, 0
FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::bigint[])
    AS counted (key_id, ai_model_id, day, requests)
JOIN requests_app_key AS key ON key.id = counted.key_id
ORDER BY 1, 2, 3
ON CONFLICT (key_id, ai_model_id, day)
DO UPDATE SET requests = LEAST(
    requests_app_usage.requests, 9223372036854775807 - excluded.requests
) + excluded.requests
"""
KEY_ACTIVITY = """
INSERT INTO requests_app_keyactivity AS seen (key_id, last_used_at, refusals, last_refused_at)
SELECT counted.*
FROM unnest(%s::bigint[], %s::timestamptz[], %s::bigint[], %s::timestamptz[])
    AS counted (key_id, last_used_at, refusals, last_refused_at)
JOIN requests_app_key AS key ON key.id = counted.key_id
ORDER BY 1
ON CONFLICT (key_id) DO UPDATE
SET last_used_at = GREATEST(seen.last_used_at, excluded.last_used_at),
    refusals = seen.refusals + excluded.refusals,
    last_refused_at = GREATEST(seen.last_refused_at, excluded.last_refused_at)
WHERE excluded.refusals > 0 OR seen.last_used_at IS NULL
   OR seen.last_used_at < excluded.last_used_at
"""


CallCell = tuple[int, int, int]
"""Ids of key and model, and the day since the epoch."""


def call_cell(row: KeyRow, model: str, now: int) -> CallCell:
    return row.key_id, row.model_ids[model], now // DAY


@dataclass
class PendingCounts:
    """Counts since the last write; times are seconds since the epoch, in whole minutes."""

    calls: Counter[CallCell] = field(default_factory=Counter)
    used: dict[int, int] = field(default_factory=dict)
    refusals: Counter[int] = field(default_factory=Counter)
    refused: dict[int, int] = field(default_factory=dict)

    def count_allowed(self, place: CallCell, now: int) -> None:
        self.calls[place] += 1
        self.used[place[0]] = now - now % MINUTE

    def refuse(self, row: KeyRow, now: int) -> None:
        self.refusals[row.key_id] += 1
        self.refused[row.key_id] = now - now % MINUTE

    def add(self, earlier: "PendingCounts") -> None:
        """Merge counts back whose write failed."""
        self.calls.update(earlier.calls)
        self.refusals.update(earlier.refusals)
        self.used = earlier.used | self.used
        self.refused = earlier.refused | self.refused

    def __bool__(self) -> bool:
        return bool(self.calls or self.refusals)

    def usage(self) -> tuple[list[int], list[int], list[date], list[int]]:
        places = list(self.calls)
        days = [datetime.fromtimestamp(day * DAY, UTC).date() for _, _, day in places]
        keys, ai_models = [place[0] for place in places], [place[1] for place in places]
        return keys, ai_models, days, list(self.calls.values())

    def key_activity_rows(
        self,
    ) -> tuple[list[int], list[datetime | None], list[int], list[datetime | None]]:
        keys = list({*self.used, *self.refused})
        used = [_moment(self.used.get(key)) for key in keys]
        refused = [_moment(self.refused.get(key)) for key in keys]
        return keys, used, [self.refusals[key] for key in keys], refused


class Writer(Protocol):
    """Writes all statements in one transaction; see pool.py."""

    async def write(self, *statements: tuple[LiteralString, tuple[object, ...]]) -> None: ...


class UsageCounter:
    """Write the counts of one process; if it is killed, those of the last seconds are lost."""

    def __init__(self, pool: Writer) -> None:
        self.counts = PendingCounts()
        self._pool = pool
        self._writing: asyncio.Future[None] | None = None

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if self._writing:
            await self._writing
        await self.write()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(WRITE_INTERVAL_SECONDS)
            # A write that has begun is finished: if cancelled, it might be counted twice.
            self._writing = asyncio.ensure_future(self.write())
            await asyncio.shield(self._writing)

    async def write(self) -> None:
        counts, self.counts = self.counts, PendingCounts()
        if not counts:
            return
        try:
            await self._pool.write(
                (USAGE, counts.usage()), (KEY_ACTIVITY, counts.key_activity_rows())
            )
        # This task has to live as long as the process.
        except Exception as error:
            self.counts.add(counts)
            logger.warning("Usage will be written later: %s", type(error).__name__)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
