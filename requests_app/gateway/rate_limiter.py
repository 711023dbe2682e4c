"""How much a grant may still be used: taken from the ledger a little in advance.

A process takes a hundredth of a limit at a time, so that most calls cost no round trip; while the
ledger is away it lets through its own share. Tokens and spend are what was reported, read with the
key's row.
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

LEASES_PER_LIMIT = 100  # a process takes this part of a limit at a time, and at least one call
MINUTE, DAY = 60, 86_400
WINDOW_NAMES = {MINUTE: "minute", DAY: "day"}  # in the RateLimit fields
RETRY_SECONDS = 1.0
EPOCH_POLLS = 5  # in that time, whether Valkey was emptied
MAX_BUCKETS = 50_000


@dataclass(slots=True)
class Bucket:
    """One limit of one grant in one window (both in seconds), as this process knows it."""

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
        """What is left for everybody, as far as this process knows, and for how many seconds."""
        left = self.taken - self.allowed_count + self.beyond
        return b"%b;r=%d;t=%d" % (self.label, left, self.ends_at - now)

    @property
    def has_room(self) -> bool:
        return self.allowed_count < self.taken


@dataclass(frozen=True, slots=True)
class LimitRefusal:
    """Over a limit; `seconds` until it is worth another try, or None when waiting is no cure."""

    problem: Problem
    seconds: int | None
    buckets: tuple[Bucket, ...] = ()
    tokens: int | None = None
    """The limit on tokens a day that is used up."""


Outcome = LimitRefusal | tuple[Bucket, ...]
Window = tuple[tuple[str, int], int, int]
"""Whose (grant and seconds), how long in seconds, and how many calls."""
Windows = tuple[Window, ...]


class RateLimiter:
    """Lets calls through while their grant's limits last."""

    def __init__(self, ledger: SharedLedger, processes: int) -> None:
        """While the ledger is away, a process lets through a limit divided by `processes`."""
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
        """One call at `now` (seconds since the epoch); None when `refill` has to go before."""
        if refused := spent(row, now):
            return refused
        windows = windows_of(row)
        if (taken := self.take_locally(windows, now)) is not None:
            return taken
        return self.refusal(row, now) or self.take_locally(windows, now)

    def refusal(self, row: KeyRow, now: int) -> LimitRefusal | None:
        """Over which limit one more call at `now` would be; it takes nothing."""
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
        """Whether one more call could be taken without asking the ledger; it takes nothing."""
        return all(self._bucket(window, now).has_room for window in windows_of(row))

    def take_locally(self, windows: Windows, now: int) -> tuple[Bucket, ...] | None:
        """One call of each, where all are known and have room."""
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
            # A holder of its own, so that what an earlier one took stays taken.
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
        # When nothing was left, others may have given back since.
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
        """As if all processes were as busy; nothing of a limit that is known to be used up."""
        if used_before(bucket, row) >= bucket.limit:
            return 0
        return min(bucket.limit, max(1, bucket.limit // self._processes))

    async def _lease(self, bucket: Bucket, *, has: int, wants: int, used: int = 0) -> bool:
        """False while the ledger is away; it isn't asked again at once then."""
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
            except Exception as error:  # this goes on as long as the process
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
        """Say what is taken, in case Valkey forgot; what lay idle since the last time goes back."""
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
    """What was written down for the day, in case Valkey lost it."""
    return row.used.requests_today if bucket.seconds == DAY else 0


def windows_of(row: KeyRow) -> Windows:
    """The limits on requests that hold for a key, the shortest first."""
    limits = ((MINUTE, row.limits.requests_per_minute), (DAY, row.limits.requests_per_day))
    return tuple(
        ((row.grant, seconds), seconds, limit) for seconds, limit in limits if limit is not None
    )


def spent(row: KeyRow, now: int) -> LimitRefusal | None:
    """What was reported against what may be used, as of when the row was read."""
    limits, used = row.limits, row.used
    if limits.spend is not None and used.spend >= limits.spend:
        return LimitRefusal(SPEND_CAP_REACHED, None)
    if limits.tokens_per_day is not None and used.tokens_today >= limits.tokens_per_day:
        return LimitRefusal(TOO_MANY_TOKENS, DAY - now % DAY, tokens=limits.tokens_per_day)
    return None
