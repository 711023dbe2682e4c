"""How long to wait after too many tries; allauth counts them, but doesn't tell."""

import math
import time
from collections.abc import Iterable, Iterator
from itertools import product

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

APP = "allauth.account"
CONFIRM = "confirm_email"
A_MINUTE = 60
ACTIONS = {"account_email": "manage_email"}  # the others have the name of their URL


def locked(request: HttpRequest, action: str, key: str) -> HttpResponse:
    """Return the "too many requests" page for tries of `key`."""
    request.allauth.wait = _seconds_left(request, action, key)  # type: ignore[attr-defined]
    response: HttpResponse = ratelimit.respond_429(request)
    return response


def seconds(request: HttpRequest) -> int:
    """Return the seconds to wait for the page shown instead of an answer; at least 1."""
    found: int | None = getattr(request.allauth, "wait", None)  # type: ignore[attr-defined]
    if found is None:
        name = str(request.resolver_match.url_name) if request.resolver_match else ""
        action = ACTIONS.get(name, name.removeprefix("account_"))
        found = _seconds_left(request, action)
    return max(found, 1)


def forget_mails_to(request: HttpRequest, emails: Iterable[str]) -> None:
    """Let a sign-up send its email to these addresses at once.

    Otherwise allauth skips it for some minutes, since it assumes that an earlier link still works.
    """
    for email, rate in product(emails, ratelimit.get_rates(app=APP, action=CONFIRM)):
        key = {"rate": rate, "key": email.lower()}
        cache.delete(ratelimit.get_cache_key(request, app=APP, action=CONFIRM, **key))


def _seconds_left(request: HttpRequest, action: str, key: str | None = None) -> int:
    """Return the seconds until the oldest try no longer counts."""
    return math.ceil(max(_waits(request, action, key), default=A_MINUTE))


def _waits(request: HttpRequest, action: str, key: str | None) -> Iterator[float]:
    """Yield the seconds left for each exhausted rate of the action."""
    known = {"ip"} | ({"key"} if key else set())
    known |= {"user"} if request.user.is_authenticated else set()
    for rate in ratelimit.get_rates(app=APP, action=action):
        if rate.per in known:
            name = ratelimit.get_cache_key(request, app=APP, action=action, rate=rate, key=key)
            tries = cache.get(name, [])
            if len(tries) >= rate.amount:
                yield tries[-1] + rate.duration - time.time()
