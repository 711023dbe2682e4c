"""How often one address may do what needs no sign-in. Without the cache nothing is refused."""

from contextlib import suppress
from ipaddress import ip_network

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

WINDOW_SECONDS = 60
PREFIX = {4: 32, 6: 64}  # one household has many addresses of IPv6


def may_report(request: HttpRequest) -> bool:
    """Whether this address may report keys now; counts it as done."""
    minute = int(timezone.now().timestamp()) // WINDOW_SECONDS
    counter = f"reports:{_network(request)}:{minute}"
    cache.add(counter, 0, 2 * WINDOW_SECONDS)
    with suppress(ValueError):  # the cache was emptied just now
        return int(cache.incr(counter)) <= settings.LEAK_REPORTS_PER_MINUTE
    return True


def _network(request: HttpRequest) -> str:
    try:
        address = ip_network(get_adapter().get_client_ip(request))
    except (PermissionDenied, ValueError):
        return "unknown"
    return str(address.supernet(new_prefix=PREFIX[address.version]))
