"""Rate limits per person and per address.

While Valkey is away, each process of the site counts its own share.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_network

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext

from lifecycle.config.cache import process_share
from lifecycle.people.models import User
from requests_app.refusals import RateLimited

NETWORK_PREFIX_LENGTHS = {4: 32, 6: 64}  # one household has many IPv6 addresses
SHARED_NETWORK_FACTOR = 5  # people who can share an address without noticing its limit
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class RateLimit:
    """A number per `seconds`, from the settings; maybe also one for everybody at an address."""

    setting: str
    seconds: int
    is_shared: bool = True


RATE_LIMITS = {
    "calls": RateLimit("API_CALLS_PER_MINUTE", MINUTE, is_shared=False),
    "draft": RateLimit("DRAFTS_PER_HOUR", HOUR),
    "submit": RateLimit("SUBMISSIONS_PER_HOUR", HOUR),
    "invite": RateLimit("INVITATIONS_PER_HOUR", HOUR),
    "upload": RateLimit("UPLOADS_PER_HOUR", HOUR),
    "claim": RateLimit("KEYS_PER_HOUR", HOUR),
    "try": RateLimit("TRIAL_CALLS_PER_HOUR", HOUR),
    "look_up": RateLimit("LOOKUPS_PER_HOUR", HOUR),
    "move": RateLimit("INSTITUTIONS_PER_HOUR", HOUR),
    "type": RateLimit("TEXTS_KEPT_PER_HOUR", HOUR),
    "report": RateLimit("LEAK_REPORTS_PER_MINUTE", MINUTE),
}


@dataclass(frozen=True)
class Bucket:
    """How much of a limit its caller has left, and the seconds until it is full again."""

    what: str
    limit: int
    window: int
    left: int
    reset: int


class Taken:
    """What one call has counted, which is given back if it comes to nothing."""

    def __init__(self, bucket: Bucket, counters: Iterable[str]) -> None:
        self.bucket, self._counters = bucket, tuple(counters)

    def give_back(self) -> None:
        for counter in self._counters:
            with suppress(ValueError):  # the cache was emptied in between
                cache.decr(counter)
        if self._counters:
            left = min(self.bucket.left + 1, self.bucket.limit)
            self.bucket = replace(self.bucket, left=left)
        self._counters = ()


def check(what: str, request: HttpRequest, person: User | None = None) -> None:
    """Count one more. Raises RateLimited; what is refused counts too."""
    _take(what, request, f"person:{person.pk}" if person else "", keep_refused=True)


def take(what: str, request: HttpRequest, caller: str = "") -> Taken:
    """Count one more, to give back if it comes to nothing. Raises RateLimited.

    `caller` is whose limit it is; without one, it is that of the address alone.
    """
    return _take(what, request, caller, keep_refused=False)


def look(what: str, request: HttpRequest, caller: str = "") -> Bucket:
    """Return what is left, and count nothing."""
    pace, now = RATE_LIMITS[what], int(timezone.now().timestamp())
    counters = _counters(what, request, caller, now)
    counter, limit = list(counters.items())[-1]
    return _bucket(what, limit, int(cache.get(counter) or 0), pace.seconds, now)


def _take(what: str, request: HttpRequest, caller: str, *, keep_refused: bool) -> Taken:
    pace, now = RATE_LIMITS[what], int(timezone.now().timestamp())
    counters = _counters(what, request, caller, now)
    # All are counted before any is judged.
    counts = {counter: _count(counter, pace.seconds) for counter in counters}
    *_rest, own = counters
    bucket = _bucket(what, counters[own], counts[own], pace.seconds, now)
    taken = Taken(bucket, counters)
    if any(counts[counter] > limit for counter, limit in counters.items()):
        if not keep_refused:
            taken.give_back()
        raise RateLimited(_sentence(bucket.reset), bucket.reset, replace(bucket, left=0))
    return taken


def _counters(what: str, request: HttpRequest, caller: str, now: int) -> dict[str, int]:
    """Return the limit of each counter, the caller's own last.

    People behind one address may share a higher limit.
    """
    pace, address = RATE_LIMITS[what], f"address:{_network(request)}"
    most = process_share(getattr(settings, pace.setting))
    counters = {caller or address: most}
    if caller and pace.is_shared:
        counters = {address: most * SHARED_NETWORK_FACTOR, **counters}
    return {f"{what}:{who}:{now // pace.seconds}": limit for who, limit in counters.items()}


def _bucket(what: str, limit: int, count: int, seconds: int, now: int) -> Bucket:
    return Bucket(what, limit, seconds, max(limit - count, 0), seconds - now % seconds)


def _count(counter: str, seconds: int) -> int:
    cache.add(counter, 0, 2 * seconds)
    with suppress(ValueError):  # the cache was emptied in between
        return int(cache.incr(counter))
    return 1


def _sentence(wait: int) -> str:
    """Return the sentence; `wait` is in seconds and shown in minutes."""
    minutes = -(-wait // MINUTE)
    sentence = ngettext(
        "Too many attempts. Try again in %(minutes)d minute.",
        "Too many attempts. Try again in %(minutes)d minutes.",
        minutes,
    )
    return sentence % {"minutes": minutes}


def _network(request: HttpRequest) -> str:
    try:
        address = ip_network(get_adapter().get_client_ip(request))
    except (PermissionDenied, ValueError):
        return "unknown"
    return str(address.supernet(new_prefix=NETWORK_PREFIX_LENGTHS[address.version]))
