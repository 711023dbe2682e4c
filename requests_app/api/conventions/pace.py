"""`RateLimit` and `RateLimit-Policy` on every answer (draft-ietf-httpapi-ratelimit-headers)."""

from collections.abc import Callable

from django.http import HttpResponse
from rest_framework.request import Request

from requests_app import throttling
from requests_app.models import ServiceToken
from requests_app.refusals import RateLimited
from requests_app.throttling import Bucket, Taken

CALLS = "calls"


class Pace:
    """What one call counts. Each limit but that on all calls counts only what succeeded."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._taken: list[Taken] = []
        self._spent: Bucket | None = None

    @property
    def caller(self) -> str:
        """Return whose limits these are: each service token has its own."""
        if isinstance(self.request.auth, ServiceToken):
            return f"token:{self.request.auth.public_id}"
        return f"person:{self.request.user.pk}" if self.request.user.is_authenticated else ""

    def count_call(self) -> None:
        """Count any call, whatever becomes of it. Raises RateLimited."""
        self.take(CALLS)

    def take(self, what: str) -> None:
        try:
            self._taken.append(throttling.take(what, self.request._request, self.caller))
        except RateLimited as refusal:
            self._spent = refusal.bucket
            raise

    def only_if_it_succeeds(self, act: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return act()
        except Exception:
            self.give_back()
            raise

    def give_back(self) -> None:
        for taken in self._taken:
            if taken.bucket.what != CALLS:
                taken.give_back()

    def add_to(self, response: HttpResponse) -> None:
        buckets = {taken.bucket.what: taken.bucket for taken in self._taken}
        if self._spent:
            buckets[self._spent.what] = self._spent
        if CALLS not in buckets:  # refused before it was known who calls
            buckets[CALLS] = throttling.look(CALLS, self.request._request)
        shown = sorted(buckets.values(), key=lambda bucket: bucket.what)
        policies = (f'"{each.what}";q={each.limit};w={each.window}' for each in shown)
        response.headers["RateLimit-Policy"] = ", ".join(policies)
        left = (f'"{each.what}";r={each.left};t={each.reset}' for each in shown)
        response.headers["RateLimit"] = ", ".join(left)
