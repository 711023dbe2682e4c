"""Cache key rows for less than a second, and only while this process holds its lease."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from requests_app.gateway.decision import KeyRow, RetiredModel, Store
from requests_app.gateway.http.request_headers import Question
from requests_app.gateway.precomputed import PreparedAnswer

# A revocation waits at most a second for processes it can't reach (transitions/gateway_barrier.py),
# so a cached row or a lease has to be invalid sooner, counted from before it was queried.
TTL_SECONDS = 0.9
NEVER = float("-inf")
MAX_KEYS = 20_000
MAX_UNKNOWN = 20_000
MAX_RETIREMENTS = 1_000
MAX_PREPARED = 50  # for one key: its models and operations, and the addresses it comes from


@dataclass(slots=True)
class CacheEntry:
    """The result of a look-up, when it expires, and the answers prepared from it."""

    row: KeyRow | None
    until: float
    is_bound: bool = field(init=False)
    """Limited to networks; for all other keys the caller's address makes no difference."""
    prepared: dict[Question, PreparedAnswer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.is_bound = self.row is not None and bool(self.row.networks)

    def recall(self, question: Question) -> PreparedAnswer | None:
        return self.prepared.get(question if self.is_bound else question[:2])

    def keep(self, question: Question, prepared: PreparedAnswer) -> None:
        if len(self.prepared) < MAX_PREPARED:
            self.prepared[question if self.is_bound else question[:2]] = prepared


class LRUStore:
    """A bounded dict that drops the entry which expires first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.entries: OrderedDict[bytes, CacheEntry] = OrderedDict()

    def put(self, digest: bytes, entry: CacheEntry) -> None:
        self.entries.pop(digest, None)
        self.entries[digest] = entry
        if len(self.entries) > self.most:
            self.entries.popitem(last=False)


@dataclass
class Cache:
    """A Store that caches another one while this process's lease is valid.

    Concurrent calls with one key share a look-up. Unknown keys are cached apart, so that made-up
    ones can't displace real ones.
    """

    store: Store
    clock: Callable[[], float] = time.monotonic
    trusted_until: float = NEVER
    known: LRUStore = field(default_factory=lambda: LRUStore(MAX_KEYS))
    unknown: LRUStore = field(default_factory=lambda: LRUStore(MAX_UNKNOWN))
    pending_lookups: dict[bytes, asyncio.Task[CacheEntry]] = field(default_factory=dict)
    clearing_count: int = 0
    retirements: dict[tuple[str, date], tuple[float, RetiredModel | None]] = field(
        default_factory=dict
    )
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self) -> None:
        await self.store.open()

    async def close(self) -> None:
        await self.store.close()

    async def ping(self) -> None:
        await self.store.ping()

    async def retired(self, identifier: str, today: date) -> RetiredModel | None:
        """Return the model's retirement, one look-up at a time for all callers without a key."""
        place = identifier, today
        async with self.asking:
            until, model = self.retirements.get(place, (NEVER, None))
            if self.clock() < until:
                return model
            asked = self.clock()
            model = await self.store.retired(identifier, today)
            if len(self.retirements) >= MAX_RETIREMENTS:
                self.retirements.clear()
            self.retirements[place] = asked + TTL_SECONDS, model
            return model

    @property
    def trusted(self) -> bool:
        return self.clock() < self.trusted_until

    def trust(self, since: float) -> None:
        """Start caching from empty; `since` is the time at which the lease was requested."""
        self.forget()
        self.renew(since)

    def renew(self, since: float) -> None:
        """Extend the trust after a check of the lease that was sent at `since`."""
        self.trusted_until = since + TTL_SECONDS

    def distrust(self) -> None:
        self.forget()
        self.trusted_until = NEVER

    def forget(self) -> None:
        """Drop everything; look-ups under way are repeated."""
        self.clearing_count += 1
        self.known = LRUStore(self.known.most)
        self.unknown = LRUStore(self.unknown.most)
        self.pending_lookups = {}

    def remembered(self, digest: bytes) -> CacheEntry | None:
        """Return a valid entry without waiting, or None if the key has to be looked up."""
        entry = self.known.entries.get(digest) or self.unknown.entries.get(digest)
        if entry is None:
            return None
        now = self.clock()
        return entry if now < entry.until and now < self.trusted_until else None

    async def key(self, digests: Sequence[bytes]) -> KeyRow | None:
        while True:
            entry = self.remembered(digests[0]) or await self._shared_look_up(digests)
            # A look-up that took too long is repeated: the key may have been revoked since.
            if self.clock() < entry.until:
                return entry.row

    async def _shared_look_up(self, digests: Sequence[bytes]) -> CacheEntry:
        if not self.trusted:
            return await self._look_up(digests)
        digest = digests[0]
        task = self.pending_lookups.get(digest)
        if task is None:
            task = self.pending_lookups[digest] = asyncio.ensure_future(self._look_up(digests))
            task.add_done_callback(lambda done: self._is_done(digest, done))
        # Shielded: a caller that gives up must not cancel it for the others.
        return await asyncio.shield(task)

    def _is_done(self, digest: bytes, task: asyncio.Task[CacheEntry]) -> None:
        if self.pending_lookups.get(digest) is task:
            del self.pending_lookups[digest]
        if not task.cancelled():
            # Retrieved, or asyncio logs it when no caller is left to receive it.
            task.exception()

    async def _look_up(self, digests: Sequence[bytes]) -> CacheEntry:
        while True:
            # Before the query: the row may change right after the database has read it.
            clearing_count, asked = self.clearing_count, self.clock()
            entry = CacheEntry(await self.store.key(digests), asked + TTL_SECONDS)
            # A revocation arrived during the query, which may not have seen it: ask again.
            if clearing_count == self.clearing_count:
                self._remember(digests[0], entry)
                return entry

    def _remember(self, digest: bytes, entry: CacheEntry) -> None:
        if self.trusted:
            (self.unknown if entry.row is None else self.known).put(digest, entry)
