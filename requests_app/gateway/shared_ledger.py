"""The ledger in Valkey of what all gateway processes have leased of each limit.

Each limit and window has a hash with a field for each holder: a total, never a difference.
Reporting it twice changes nothing, and after Valkey was emptied the next report restores it.
"""

import asyncio
import secrets
from typing import Any, Protocol

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

VALKEY_SECONDS = 0.25

# Longer than a process takes to notice that Valkey was emptied, and to report its leases.
UNCERTAIN_SECONDS = 0.5
EPOCH_KEY = "emeritus:use:epoch"

# A new epoch begins when Valkey has been emptied. A process that knew another one (ARGV[1])
# postpones, by ARGV[3] milliseconds, the moment from which all leases are known again.
EPOCH_LUA = """
local function epoch(key, known, new, doubt)
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local id = redis.call('HGET', key, 'id')
  local certain = tonumber(redis.call('HGET', key, 'certain') or '0')
  if not id then
    id = new
    redis.call('HSET', key, 'id', id)
  end
  if known ~= '' and known ~= id then
    certain = math.max(certain, now + tonumber(doubt))
    redis.call('HSET', key, 'certain', string.format('%d', certain))
  end
  return id, math.max(0, certain - now)
end
"""
EPOCH_SCRIPT = (
    EPOCH_LUA
    + """
local id = epoch(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
return id
"""
)

# The holder (ARGV[1]) has (2) and wants more (3) of the limit (4), of which (5) was recorded as
# used. Returns what it got, what is left for everybody, and for how many milliseconds the leases
# of others are still unknown; until then nobody gets more.
# A new hash, also after Valkey was emptied, starts with the recorded usage in the field "past",
# from which each holder that reports its own lease is deducted.
LEASE_SCRIPT = (
    EPOCH_LUA
    + """
local _, doubt = epoch(KEYS[2], ARGV[7], ARGV[8], ARGV[9])
local has = tonumber(ARGV[2])
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  local past = tonumber(redis.call('HGET', KEYS[1], 'past') or ARGV[5])
  redis.call('HSET', KEYS[1], 'past', math.max(0, past - has))
end
redis.call('HSET', KEYS[1], ARGV[1], has)
redis.call('EXPIRE', KEYS[1], ARGV[6])
local used = 0
for _, taken in ipairs(redis.call('HVALS', KEYS[1])) do used = used + tonumber(taken) end
local left = math.max(0, tonumber(ARGV[4]) - used)
local got = math.min(tonumber(ARGV[3]), left)
if doubt > 0 then got = 0 end
if got > 0 then redis.call('HINCRBY', KEYS[1], ARGV[1], got) end
return {got, left - got, doubt}
"""
)


class LedgerUnavailable(Exception):
    """Valkey can't be reached at present."""


class LedgerUncertain(Exception):
    """Valkey was emptied and waits for reports; `seconds` until a retry may succeed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class SharedLedger(Protocol):
    """Where processes lease parts of a limit."""

    async def lease(
        self, name: str, holder: str, *, has: int, wants: int, limit: int, used: int, seconds: int
    ) -> tuple[int, int]:
        """Return the calls leased and those left for everybody.

        Raises LedgerUnavailable, or LedgerUncertain if anything is wanted.
        """

    async def was_emptied(self) -> bool:
        """Return whether all leases have to be reported again. Raises LedgerUnavailable."""

    def acknowledge_epoch(self) -> None: ...

    async def close(self) -> None: ...


class NoLedger:
    """A ledger that is always unavailable, for gateways without Valkey."""

    async def lease(self, name: str, holder: str, **numbers: int) -> tuple[int, int]:
        raise LedgerUnavailable

    async def was_emptied(self) -> bool:
        raise LedgerUnavailable

    def acknowledge_epoch(self) -> None: ...

    async def close(self) -> None: ...


class ValkeyLedger:
    """The ledger shared by all processes on all machines."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=VALKEY_SECONDS,
            socket_connect_timeout=VALKEY_SECONDS,
            # No retries: a call waits for this, and its own share of the limit is the fallback.
            retry=Retry(NoBackoff(), 0),
        )
        self._lease = self._client.register_script(LEASE_SCRIPT)
        self._look = self._client.register_script(EPOCH_SCRIPT)
        self._known = self._seen = ""

    async def lease(
        self, name: str, holder: str, *, has: int, wants: int, limit: int, used: int, seconds: int
    ) -> tuple[int, int]:
        arguments = [holder, has, wants, limit, used, 2 * seconds, *self._epoch()]
        keys = [f"emeritus:use:{name}", EPOCH_KEY]
        got, left, doubt = await _soon(self._lease(keys, arguments))
        if wants and doubt:
            raise LedgerUncertain(doubt / 1000)
        return got, left

    async def was_emptied(self) -> bool:
        self._seen = (await _soon(self._look([EPOCH_KEY], self._epoch()))).decode()
        return self._seen != self._known

    def acknowledge_epoch(self) -> None:
        """Accept the epoch of the last check; an emptying since then shows at the next one."""
        self._known = self._seen

    def _epoch(self) -> list[str | int]:
        return [self._known, secrets.token_hex(8), int(1000 * UNCERTAIN_SECONDS)]

    async def close(self) -> None:
        await self._client.aclose()


async def _soon(answer: Any) -> Any:
    """Await an answer for VALKEY_SECONDS. Raises LedgerUnavailable."""
    try:
        return await asyncio.wait_for(answer, VALKEY_SECONDS)
    except (RedisError, OSError, TimeoutError) as error:
        raise LedgerUnavailable from error
