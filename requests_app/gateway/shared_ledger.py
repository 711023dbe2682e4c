"""What all gateway processes have taken of a limit, in Valkey.

One hash for each limit and window. A field of it says what one holder has taken, as a whole number
and never as a difference: said twice it changes nothing, and when Valkey was emptied the next word
restores it.
"""

import asyncio
import secrets
from typing import Any, Protocol

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

VALKEY_SECONDS = 0.25

UNCERTAIN_SECONDS = (
    0.5  # longer than a process takes to notice that Valkey was emptied, and to say so
)
EPOCH_KEY = "emeritus:use:epoch"

# An epoch begins when Valkey was emptied. Whoever knew another one (ARGV[1]) puts off, by ARGV[3]
# milliseconds, the moment from which it is known what everybody has taken.
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

# What the holder (ARGV[1]) has (2) and wants more (3) of the limit (4), of which (5) was used, as
# far as it was written down. Returns what it got, and what is left for everybody.
# A hash that begins, be it because Valkey was emptied, begins with what was written down: in the
# field "past", from which each holder that comes with something takes its own.
# While it isn't known what everybody has, nobody gets more; the third number returned says for how
# many milliseconds.
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
    """It can't be asked at present."""


class LedgerUncertain(Exception):
    """It was emptied, and has to hear from everybody first; `seconds` until it is worth a try."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class SharedLedger(Protocol):
    """Where processes take from a limit."""

    async def lease(
        self, name: str, holder: str, *, has: int, wants: int, limit: int, used: int, seconds: int
    ) -> tuple[int, int]:
        """What was got, and what is left for everybody. Raises Away, or where something is wanted
        InDoubt.
        """

    async def was_emptied(self) -> bool:
        """Whether all that was taken has to be said again. Raises Away."""

    def acknowledge_epoch(self) -> None: ...

    async def close(self) -> None: ...


class NoLedger:
    """No ledger at all."""

    async def lease(self, name: str, holder: str, **numbers: int) -> tuple[int, int]:
        raise LedgerUnavailable

    async def was_emptied(self) -> bool:
        raise LedgerUnavailable

    def acknowledge_epoch(self) -> None: ...

    async def close(self) -> None: ...


class ValkeyLedger:
    """The ledger of all processes on all machines."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=VALKEY_SECONDS,
            socket_connect_timeout=VALKEY_SECONDS,
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
        """Since the last look. If it was emptied meanwhile, that shows at the next one."""
        self._known = self._seen

    def _epoch(self) -> list[str | int]:
        return [self._known, secrets.token_hex(8), int(1000 * UNCERTAIN_SECONDS)]

    async def close(self) -> None:
        await self._client.aclose()


async def _soon(answer: Any) -> Any:
    """Raises Away when it doesn't come."""
    try:
        return await asyncio.wait_for(answer, VALKEY_SECONDS)
    except (RedisError, OSError, TimeoutError) as error:
        raise LedgerUnavailable from error
