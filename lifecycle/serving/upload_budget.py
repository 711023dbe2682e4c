"""Limits on how slowly a body may arrive, and how much may wait in total and per address."""

from collections import Counter
from ipaddress import ip_network
from typing import Any, NamedTuple

MIN_WAITING_BYTES = 128 * 1024**2
SHARE_OF_ADDRESS = 4  # one address may use a quarter of the budget
IPV6_PREFIX = 64  # what one household or server usually gets


class UploadPace(NamedTuple):
    """How slowly a body may arrive: at the slowest, 7 MB in half an hour.

    Faster parts earn time for later, up to `max_ahead_seconds`.
    """

    grace_seconds: float = 10
    bytes_per_second: int = 4096
    max_ahead_seconds: float = 30
    max_seconds: float = 1800


class UploadDeadline:
    """When the next part of a body has to arrive."""

    def __init__(self, pace: UploadPace, now: float) -> None:
        self.pace = pace
        self.end = now + pace.max_seconds
        self.at = now + pace.grace_seconds

    def extend(self, received: int, now: float) -> None:
        earned = self.at + received / self.pace.bytes_per_second
        self.at = min(earned, now + self.pace.max_ahead_seconds, self.end)


class UploadBudget:
    """Counts the bytes of large bodies that are incomplete or wait for a thread."""

    def __init__(self, max_body_bytes: int, max_bytes: int | None = None) -> None:
        """By default it fits the largest body from several addresses at once."""
        needed = SHARE_OF_ADDRESS * max_body_bytes
        self.max_bytes = max_bytes or max(MIN_WAITING_BYTES, needed)
        self.max_bytes_of_address = max(self.max_bytes // SHARE_OF_ADDRESS, max_body_bytes)
        self.bytes = 0
        self.bytes_of: Counter[str] = Counter()

    def take(self, address: str, size: int) -> bool:
        """Reserve bytes; False if there is no room."""
        of_address = self.bytes_of[address] + size
        if self.bytes + size > self.max_bytes or of_address > self.max_bytes_of_address:
            return False
        self.bytes += size
        self.bytes_of[address] += size
        return True

    def give_back(self, address: str, size: int) -> None:
        self.bytes -= size
        self.bytes_of[address] -= size
        if not self.bytes_of[address]:
            del self.bytes_of[address]


def sender_of(environ: dict[str, Any], trusted_proxies: int) -> str:
    """Return the address seen by the outermost trusted proxy, which the sender can't choose."""
    hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    known = trusted_proxies and len(hops) >= trusted_proxies
    address = hops[-trusted_proxies] if known else environ["REMOTE_ADDR"]
    try:
        network = ip_network(address)
    except ValueError:
        return str(environ["REMOTE_ADDR"])
    return str(network if network.version == 4 else network.supernet(new_prefix=IPV6_PREFIX))
