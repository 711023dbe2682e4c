"""Rate limits per person and per address.

While Valkey is away, each process of the site counts its own share.
"""

from contextlib import suppress
from dataclasses import dataclass
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
    """A number per `seconds`, from the settings."""

    setting: str
    seconds: int


RATE_LIMITS = {
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


def check(what: str, request: HttpRequest, person: User | None = None) -> None:
    """Count one more. Raises RateLimited."""
    pace = RATE_LIMITS[what]
    most = process_share(getattr(settings, pace.setting))
    # The person is counted by account, so people behind one address may share a higher limit.
    counters = {f"address:{_network(request)}": most * SHARED_NETWORK_FACTOR if person else most}
    if person:
        counters[f"person:{person.pk}"] = most
    now = int(timezone.now().timestamp())
    # All are counted before any is judged: refused tries count too.
    taken = [_count(f"{what}:{who}:{now // pace.seconds}", pace.seconds) for who in counters]
    if any(count > limit for count, limit in zip(taken, counters.values(), strict=True)):
        wait = pace.seconds - now % pace.seconds
        raise RateLimited(_sentence(wait), wait)


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
