"""The site's cache; while Valkey is away, each process keeps its own."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, wraps
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

TIMEOUT_SECONDS = 0.25
RETRY_SECONDS = 1.0
MAX_COUNTERS = 100_000
OPTIONS = {
    "socket_timeout": TIMEOUT_SECONDS,
    "socket_connect_timeout": TIMEOUT_SECONDS,
    "retry": Retry(NoBackoff(), 0),
}
log = logging.getLogger(__name__)


class Breaker:
    """Decides whether to try a server: while it is away, one thread tries once a second.

    So only one caller in that time waits TIMEOUT_SECONDS.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._next_try = 0.0
        self.is_open = False

    def may_try(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if self.is_open and now < self._next_try:
                return False
            self._next_try = now + RETRY_SECONDS
            return True

    def failed(self, error: Exception) -> None:
        with self._lock:
            self._next_try = time.monotonic() + RETRY_SECONDS
            was_open, self.is_open = self.is_open, True
        if not was_open:
            log.warning(
                "The cache is unavailable (%s); each process counts on its own.",
                type(error).__name__,
            )

    def worked(self) -> None:
        if self.is_open:
            self.is_open = False
            log.warning("The cache is back.")


_breakers: dict[str, Breaker] = {}


def _with_fallback(method: str) -> Callable[..., Any]:
    """Wrap a method of RedisCache to use this process's memory while the server is away."""
    real, alone = getattr(RedisCache, method), getattr(LocMemCache, method)

    @wraps(real)
    def ask(self: "FallbackCache", *args: Any, **kwargs: Any) -> Any:
        if self.breaker.may_try():
            try:
                answer = real(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                self.breaker.failed(error)
            else:
                self.breaker.worked()
                return answer
        return alone(self.local, *args, **kwargs)

    return ask


class OneServerClient(RedisCacheClient):
    """Django's, which makes a client for every call and takes longer for that than the server."""

    @cached_property
    def _kept(self) -> Redis:
        return super().get_client(write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        return self._kept


class FallbackCache(RedisCache):
    """A cache for counters and copies only, so a sign-in doesn't fail while Valkey is away."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        params = {**params, "OPTIONS": {**OPTIONS, **params.get("OPTIONS", {})}}
        super().__init__(server, params)
        self._class = OneServerClient
        self.breaker = _breakers.setdefault(str(server), Breaker())
        here = {**params, "OPTIONS": {"MAX_ENTRIES": MAX_COUNTERS}}
        self.local = LocMemCache(f"alone without {server}", here)

    add = _with_fallback("add")
    get = _with_fallback("get")
    set = _with_fallback("set")
    touch = _with_fallback("touch")
    delete = _with_fallback("delete")
    get_many = _with_fallback("get_many")
    set_many = _with_fallback("set_many")
    delete_many = _with_fallback("delete_many")
    has_key = _with_fallback("has_key")
    incr = _with_fallback("incr")
    clear = _with_fallback("clear")

    def seconds_left(self, key: str) -> int | None:
        """Return the key's remaining lifetime; None without the key or the server."""
        made = self.make_and_validate_key(key)
        left = self._asked(lambda: self._cache.get_client(made).ttl(made))
        return None if left is None or left < 0 else int(left)

    def time(self) -> float | None:
        """Return the server's clock in seconds since the epoch; None while it is away."""
        reply = self._asked(lambda: self._cache.get_client().time())
        return None if reply is None else float(reply[0]) + float(reply[1]) / 1e6

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """Return the answer, or None while the server is away."""
        if not self.breaker.may_try():
            return None
        try:
            return ask()
        except (RedisError, OSError) as error:
            self.breaker.failed(error)
            return None


def is_available() -> bool:
    """Return whether Valkey answers; if not, one of many callers waits TIMEOUT_SECONDS for it."""
    cache.has_key("anything")
    return not _is_away()


def process_share(limit: int) -> int:
    """Return this process's share of a limit while processes can't count together."""
    return max(1, limit // settings.SITE_PROCESSES) if _is_away() else limit


def _is_away() -> bool:
    breaker: Breaker | None = getattr(cache, "breaker", None)
    return breaker is not None and breaker.is_open


class ProcessRates(Mapping[str, str]):
    """allauth's limits ("5/300s/key"), reduced to this process's share while Valkey is away."""

    def __init__(self, rates: Mapping[str, str]) -> None:
        self._rates = rates

    def __getitem__(self, name: str) -> str:
        return ",".join(_share_of_rate(rate) for rate in self._rates[name].split(","))

    def __iter__(self) -> Iterator[str]:
        return iter(self._rates)

    def __len__(self) -> int:
        return len(self._rates)


def _share_of_rate(rate: str) -> str:
    amount, _, rest = rate.partition("/")
    return f"{process_share(int(amount))}/{rest}"
