"""What all gateway processes have taken of a limit, in Valkey.

One hash for each limit and window. A field of it says what one holder has taken, as a whole number
and never as a difference: said twice it changes nothing, and when Valkey was emptied the next word
restores it.
"""

import asyncio
from collections.abc import Awaitable
from typing import Protocol, cast

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

VALKEY_SECONDS = 0.25

# What the holder (ARGV[1]) has (2) and wants more (3) of the limit (4), of which (5) was used, as
# far as it was written down. Returns what it got, and what is left for everybody.
# A hash that begins, be it because Valkey was emptied, begins with what was written down: in the
# field "past", from which each holder that comes with something takes its own.
LEASE = """
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
if got > 0 then redis.call('HINCRBY', KEYS[1], ARGV[1], got) end
return {got, left - got}
"""


class Away(Exception):
    """It can't be asked at present."""


class Ledger(Protocol):
    """Where processes take from a limit."""

    async def lease(
        self, name: str, holder: str, *, has: int, wants: int, limit: int, used: int, seconds: int
    ) -> tuple[int, int]:
        """What was got, and what is left for everybody. Raises Away."""

    async def close(self) -> None: ...


class Nowhere:
    """No ledger at all."""

    async def lease(self, name: str, holder: str, **numbers: int) -> tuple[int, int]:
        raise Away

    async def close(self) -> None: ...


class Valkey:
    """The ledger of all processes on all machines."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=VALKEY_SECONDS,
            socket_connect_timeout=VALKEY_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = self._client.register_script(LEASE)

    async def lease(
        self, name: str, holder: str, *, has: int, wants: int, limit: int, used: int, seconds: int
    ) -> tuple[int, int]:
        arguments: list[str | int] = [holder, has, wants, limit, used, 2 * seconds]
        answer = cast(Awaitable[list[int]], self._script([f"emeritus:use:{name}"], arguments))
        try:
            got, left = await asyncio.wait_for(answer, VALKEY_SECONDS)
        except (RedisError, OSError, TimeoutError) as error:
            raise Away from error
        return got, left

    async def close(self) -> None:
        await self._client.aclose()
