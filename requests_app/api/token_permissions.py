"""One table: which power a service token needs for which call. What isn't listed is refused."""

from collections.abc import Mapping

from django.utils.translation import gettext
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from lifecycle.people.sign_in import second_factors
from requests_app.models import Power, ServiceToken
from requests_app.refusals import NeedsSecondFactor, NotAllowed

# By the name of the address and the method; None is for people only, whatever the token may do.
NEEDED: Mapping[tuple[str, str], Power | None] = {
    ("me", "GET"): Power.READ,
    ("requests", "GET"): Power.READ,
    ("requests", "POST"): None,
    ("request", "GET"): Power.READ,
    ("request", "PUT"): None,
    ("submit", "POST"): None,
    ("withdraw", "POST"): None,
    ("appeal", "POST"): None,
    ("grants", "GET"): Power.READ,
    ("grant", "GET"): Power.READ,
    ("usage", "GET"): Power.READ,
    ("usage-csv", "GET"): Power.READ,
    ("key-receipt", "GET"): Power.READ,
    ("claim", "POST"): Power.CLAIM_KEYS,
    ("rotate-key", "POST"): Power.CLAIM_KEYS,
    ("end", "POST"): None,
    ("shorten", "POST"): None,
    ("suspend", "POST"): None,
    ("resume", "POST"): None,
    ("confirm", "POST"): None,
    ("extend", "POST"): None,
    ("accept", "POST"): None,
    ("leave", "POST"): None,
    ("remove", "POST"): None,
    ("revoke", "POST"): None,
    ("revoke-key", "POST"): Power.REVOKE_KEYS,
}

# What a session does only after a second factor was shown: new keys, and what policy owners do.
# A service token needs none: it was made at the desk, which takes one.
SECOND_FACTOR = {"claim", "rotate-key", "shorten", "suspend", "resume", "revoke"}


class HasSecondFactor(BasePermission):
    """Asks nothing of service tokens, and of people what the site asks."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        name, _ = _call(request)
        if name in SECOND_FACTOR and request.auth is None and second_factors.is_missing(request):
            raise NeedsSecondFactor(gettext("This takes a second factor. Sign in with one first."))
        return True


class HasThePower(BasePermission):
    """Asks nothing of people, and of a service token that it has the power for this call."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if isinstance(request.auth, ServiceToken):
            _check(request.auth, *_call(request))
        return True


def _call(request: Request) -> tuple[str, str]:
    match = request.resolver_match
    assert match  # a view was found
    method = "GET" if request.method == "HEAD" else str(request.method)
    return str(match.url_name), method


def _check(token: ServiceToken, name: str, method: str) -> None:
    power = NEEDED.get((name, method))
    if power is None:
        raise NotAllowed("No service token may do this; sign in and do it yourself.")
    if power not in token.powers:
        raise NotAllowed(
            f"This needs the power {power.value} ({power.label.lower()}), and {token.public_id} "
            "doesn't have it. A superuser can make a token that has."
        )
