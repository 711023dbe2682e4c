"""Enforce request limits with small leases from a ledger shared by all processes.

A process leases a hundredth of a limit at a time, so most calls need no round trip. While the
ledger is away, it allows its own share. Tokens and spend are as reported, read with the key's row.
"""

import asyncio
import itertools
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field

from requests_app.gateway.decision import KeyRow
from requests_app.gateway.http.problems import (
    SPEND_CAP_REACHED,
    TOO_MANY_REQUESTS,
    TOO_MANY_TOKENS,
    Problem,
)
from requests_app.gateway.http.timeouts import log
from requests_app.gateway.shared_ledger import LedgerUnavailable, LedgerUncertain, SharedLedger

LEASES_PER_LIMIT = 100  # a lease is this fraction of a limit, and at least one call
MINUTE, DAY = 60, 86_400
WINDOW_NAMES = {MINUTE: "minute", DAY: "day"}  # in the RateLimit fields
RETRY_SECONDS = 1.0
EPOCH_POLLS = 5  # checks in that time of whether Valkey was emptied
MAX_BUCKETS = 50_000


@dataclass(slots=True)
class Bucket:
    """One request limit of a grant in one window (both in seconds), as this process knows it."""

    name: str
    holder: str
    seconds: int
    limit: int
    window: int
    taken: int = 0
    allowed_count: int = 0
    reported: int = -1
    beyond: int = 0
    asked_at: float = -RETRY_SECONDS
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    label: bytes = field(init=False)
    ends_at: int = field(init=False)

    def __post_init__(self) -> None:
        self.ends_at = (self.window + 1) * self.seconds
        self.label = f'"{WINDOW_NAMES[self.seconds]}"'.encode()

    def state(self, now: int) -> bytes:
        """Return the RateLimit field: calls left as far as known, and seconds until the reset."""
        left = self.taken - self.allowed_count + self.beyond
        return b"%b;r=%d;t=%d" % (self.label, left, self.ends_at - now)

    @property
    def has_room(self) -> bool:
        return self.allowed_count < self.taken


@dataclass(frozen=True, slots=True)
class LimitRefusal:
    """A limit is reached; `seconds` until a retry may succeed, None if it never will."""

    problem: Problem
    seconds: int | None
    buckets: tuple[Bucket, ...] = ()
    tokens: int | None = None
    """The daily token limit that is used up."""


Outcome = LimitRefusal | tuple[Bucket, ...]
Window = tuple[tuple[str, int], int, int]
"""The bucket's key (grant and seconds), length in seconds, and number of calls allowed."""
Windows = tuple[Window, ...]


class RateLimiter:
    """Allow calls within the request limits of their grant."""

    def __init__(self, ledger: SharedLedger, processes: int) -> None:
        """While the ledger is away, each process allows a limit divided by `processes`."""
        self._ledger = ledger
        self._processes = processes
        self._away_until = 0.0
        self._buckets: dict[tuple[str, int], Bucket] = {}
        self._me = secrets.token_hex(8)
        self._numbers = itertools.count()

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._report())

    async def stop(self) -> None:
        self._task.cancel()
        await self.report_all(give_back=True)
        await self._ledger.close()

    def take(self, row: KeyRow, now: int) -> Outcome | None:
        """Take one call at `now` (seconds since the epoch); None if `refill` has to run first."""
        if refused := spent(row, now):
            return refused
        windows = windows_of(row)
        if (taken := self.take_locally(windows, now)) is not None:
            return taken
        # Unknown buckets are created by `refusal`, and may turn out to have room.
        return self.refusal(row, now) or self.take_locally(windows, now)

    def refusal(self, row: KeyRow, now: int) -> LimitRefusal | None:
        """Return the limit that one more call would exceed, or None; takes nothing."""
        if refused := spent(row, now):
            return refused
        buckets = tuple(self._bucket(window, now) for window in windows_of(row))
        for bucket in buckets:
            if not bucket.has_room:
                if bucket.lock.locked() or self._may_get_more(bucket, row):
                    return None
                return LimitRefusal(TOO_MANY_REQUESTS, bucket.ends_at - now, buckets)
        return None

    def has_room(self, row: KeyRow, now: int) -> bool:
        """Return whether a call can be taken without asking the ledger; takes nothing."""
        return all(self._bucket(window, now).has_room for window in windows_of(row))

    def take_locally(self, windows: Windows, now: int) -> tuple[Bucket, ...] | None:
        """Take a call from each window if all are known and have room, else None."""
        buckets = []
        for place, seconds, limit in windows:
            bucket = self._buckets.get(place)
            if bucket is None or bucket.window != now // seconds or bucket.limit != limit:
                return None
            if bucket.allowed_count >= bucket.taken:
                return None
            buckets.append(bucket)
        for bucket in buckets:
            bucket.allowed_count += 1
        return tuple(buckets)

    async def refill(self, row: KeyRow, now: int) -> None:
        for window in windows_of(row):
            bucket = self._bucket(window, now)
            async with bucket.lock:
                if not bucket.has_room and self._may_get_more(bucket, row):
                    await self._get_more(bucket, row)

    def _bucket(self, one: Window, now: int) -> Bucket:
        place, seconds, limit = one
        bucket = self._buckets.get(place)
        window = now // seconds
        if bucket is None or bucket.window != window or bucket.limit != limit:
            name = f"{place[0]}:{seconds}:{window}"
            # A holder id of its own: the ledger keeps what an earlier bucket of this window took.
            holder = f"{self._me}-{next(self._numbers)}"
            bucket = Bucket(name, holder, seconds, limit, window)
            self._buckets[place] = bucket
            if len(self._buckets) > MAX_BUCKETS:
                del self._buckets[next(iter(self._buckets))]
        return bucket

    def _may_get_more(self, bucket: Bucket, row: KeyRow) -> bool:
        now = time.monotonic()
        if now < self._away_until:
            return bucket.taken < self._own_share(bucket, row)
        # If nothing was left, others may have returned some since then.
        return bucket.beyond > 0 or now - bucket.asked_at > RETRY_SECONDS

    async def _get_more(self, bucket: Bucket, row: KeyRow) -> None:
        wants, used = max(1, bucket.limit // LEASES_PER_LIMIT), used_before(bucket, row)
        try:
            answered = await self._lease(bucket, has=bucket.taken, wants=wants, used=used)
        except LedgerUncertain as doubt:
            await asyncio.sleep(doubt.seconds)
            bucket.asked_at = -RETRY_SECONDS  # so that it is asked again by whoever needs it
            return
        if not answered:
            bucket.taken, bucket.beyond = max(bucket.taken, self._own_share(bucket, row)), 0

    def _own_share(self, bucket: Bucket, row: KeyRow) -> int:
        """Return this process's equal share of the limit; 0 if the limit is known to be used up."""
        if used_before(bucket, row) >= bucket.limit:
            return 0
        return min(bucket.limit, max(1, bucket.limit // self._processes))

    async def _lease(self, bucket: Bucket, *, has: int, wants: int, used: int = 0) -> bool:
        """Ask the ledger for more; False while it is away, without asking for a second."""
        bucket.asked_at = time.monotonic()
        if bucket.asked_at < self._away_until:
            return False
        try:
            got, bucket.beyond = await self._ledger.lease(
                bucket.name,
                bucket.holder,
                has=has,
                wants=wants,
                limit=bucket.limit,
                used=used,
                seconds=bucket.seconds,
            )
        except LedgerUnavailable:
            self._away_until = time.monotonic() + RETRY_SECONDS
            return False
        bucket.taken = has + got
        return True

    async def _report(self) -> None:
        while True:
            try:
                await self._report_once()
                # This task has to live as long as the process.
            except Exception as error:
                log(error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _report_once(self) -> None:
        for _ in range(EPOCH_POLLS):
            await asyncio.sleep(RETRY_SECONDS / EPOCH_POLLS)
            if await self._was_emptied():
                break
        await self.report_all()
        if time.monotonic() >= self._away_until:
            self._ledger.acknowledge_epoch()

    async def _was_emptied(self) -> bool:
        with suppress(LedgerUnavailable):
            return time.monotonic() >= self._away_until and await self._ledger.was_emptied()
        self._away_until = time.monotonic() + RETRY_SECONDS
        return False

    async def report_all(self, *, give_back: bool = False) -> None:
        """Report leases in case Valkey lost them, and return calls unused since the last report."""
        now = time.time()
        for place, bucket in list(self._buckets.items()):
            if bucket.window != int(now) // bucket.seconds:
                self._buckets.pop(place, None)
            elif time.monotonic() >= self._away_until:
                await self._report_bucket(
                    bucket, give_back=give_back or bucket.allowed_count == bucket.reported
                )

    async def _report_bucket(self, bucket: Bucket, *, give_back: bool) -> None:
        async with bucket.lock:
            if give_back:
                bucket.taken = bucket.allowed_count
            bucket.reported = bucket.allowed_count
            await self._lease(bucket, has=bucket.taken, wants=0)


def used_before(bucket: Bucket, row: KeyRow) -> int:
    """Return today's recorded requests for a daily limit, in case Valkey lost them."""
    return row.used.requests_today if bucket.seconds == DAY else 0


def windows_of(row: KeyRow) -> Windows:
    """Return the request limits of a key, the shortest window first."""
    limits = ((MINUTE, row.limits.requests_per_minute), (DAY, row.limits.requests_per_day))
    return tuple(
        ((row.grant, seconds), seconds, limit) for seconds, limit in limits if limit is not None
    )


def spent(row: KeyRow, now: int) -> LimitRefusal | None:
    """Return a refusal if reported tokens or spend have reached a limit."""
    limits, used = row.limits, row.used
    if limits.spend is not None and used.spend >= limits.spend:
        return LimitRefusal(SPEND_CAP_REACHED, None)
    if limits.tokens_per_day is not None and used.tokens_today >= limits.tokens_per_day:
        return LimitRefusal(TOO_MANY_TOKENS, DAY - now % DAY, tokens=limits.tokens_per_day)
    return None
