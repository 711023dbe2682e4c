"""Look up keys that this process hasn't seen: made-up ones, and real ones at their first call.

All waiting keys are looked up together, one statement after the other, so they use at most one
connection however many there are. Known keys don't wait in this queue.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence

from requests_app.gateway.decision import KeyRow

MAX_BATCH = 500
MAX_WAITING = 10_000
MAX_KNOWN_DIGESTS = 100_000

Lookup = Callable[[Sequence[bytes]], Awaitable[Mapping[bytes, KeyRow]]]
PendingLookup = tuple[Sequence[bytes], asyncio.Future[KeyRow | None]]


class TooManyWaiting(Exception):
    """More keys are waiting than can be looked up in time."""


class LookUpFailed(Exception):
    """A failed look-up, raised to each waiting caller; its cause is the common error."""


class KnownDigests:
    """Digests found recently: that such a key exists, never what it may do."""

    def __init__(self) -> None:
        self._met: OrderedDict[bytes, None] = OrderedDict()

    def knows(self, digest: bytes) -> bool:
        return digest in self._met

    def meet(self, digest: bytes) -> None:
        self._met[digest] = None
        self._met.move_to_end(digest)
        if len(self._met) > MAX_KNOWN_DIGESTS:
            self._met.popitem(last=False)


class LookupQueue:
    """Look up all waiting keys together."""

    def __init__(self, look_up: Lookup) -> None:
        self._look_up = look_up
        self._waiting: list[PendingLookup] = []
        self._task: asyncio.Task[None] | None = None

    async def key(self, digests: Sequence[bytes]) -> KeyRow | None:
        """Return the row under any of the digests. Raises TooManyWaiting or LookUpFailed."""
        if len(self._waiting) >= MAX_WAITING:
            raise TooManyWaiting
        found: asyncio.Future[KeyRow | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((digests, found))
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._run())
        return await found

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            # Callers that timed out meanwhile are left out.
            await self._settle([one for one in batch if not one[1].done()])

    async def _settle(self, batch: Sequence[PendingLookup]) -> None:
        try:
            rows = await self._look_up([digest for digests, _ in batch for digest in digests])
        except Exception as error:
            for _, found in batch:
                if not found.done():
                    # One exception each: raising a shared one in several tasks would mix up their
                    # tracebacks.
                    failed = LookUpFailed()
                    failed.__cause__ = error
                    found.set_exception(failed)
            return
        for digests, found in batch:
            if not found.done():
                found.set_result(next((rows[each] for each in digests if each in rows), None))
