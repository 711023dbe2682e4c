"""Which permission a service token needs for each call; unlisted calls are refused."""

from collections.abc import Mapping

from django.utils.translation import gettext
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from lifecycle.people.sign_in import second_factors
from requests_app.models import ServiceToken, TokenPermission
from requests_app.refusals import MissingPermission, NeedsSecondFactor, NotForTokens

# What catalogue editors record of what models said.
VOICE = (
    "protocols",
    "model-interviews",
    "interview-participants",
    "interview-sessions",
    "correct-interview",
    "model-preferences",
    "accept-preference",
    "decline-preference",
    "defer-preference",
    "complete-preference",
    "essay-series-list",
    "hand-in-essay",
    "withdraw-essay",
)

# What the review desk does, by name and methods. For people only, with the second factor that the
# desk needs.
DESK: Mapping[str, tuple[str, ...]] = {
    "reviews": ("GET",),
    "review": ("GET",),
    "review-file": ("GET",),
    "review-comments": ("GET", "POST"),
    "approve-request": ("POST",),
    "decline-request": ("POST",),
    "request-changes": ("POST",),
    "recuse": ("POST",),
    "seats": ("GET",),
    "reassign-seat": ("POST",),
    "delegates": ("GET",),
    "delegations": ("GET", "POST"),
    "end-delegation": ("POST",),
    "away": ("GET", "POST"),
    "reminders": ("GET", "PUT"),
    "policies": ("GET", "POST"),
    "policy": ("GET",),
    "policy-models": ("PUT",),
    "policy-capacities": ("GET", "POST"),
    "policy-drafts": ("POST",),
    "policy-version": ("GET", "PUT"),
    "policy-version-file": ("GET",),
    "publish-policy": ("POST",),
    "ask-to-publish": ("POST",),
    "reviewers": ("GET",),
    "add-reviewer": ("POST",),
    "remove-reviewer": ("POST",),
    "policy-report": ("GET",),
    "model-withdrawal": ("GET", "POST"),
    "revocations": ("GET", "POST"),
    "revocation-preview": ("GET",),
    "revocation": ("GET",),
    "emergency-requests": ("GET",),
    "emergency-request": ("GET",),
    "grant-emergency": ("POST",),
    "emergency-grants": ("GET",),
    "emergency-grant": ("GET",),
    "review-emergency": ("POST",),
}

# By URL name and method; None means that no service token may make the call.
REQUIRED_PERMISSIONS: Mapping[tuple[str, str], TokenPermission | None] = {
    ("me", "GET"): TokenPermission.READ,
    ("profile", "GET"): TokenPermission.READ,
    ("profile", "PUT"): None,
    ("profile", "PATCH"): None,
    ("export", "GET"): None,
    ("delete-account", "POST"): None,
    ("following", "GET"): TokenPermission.READ,
    ("following", "POST"): None,
    ("unfollow", "POST"): None,
    ("service-tokens", "GET"): None,
    ("service-tokens", "POST"): None,
    ("service-token", "GET"): None,
    ("rotate-token", "POST"): None,
    ("revoke-token", "POST"): None,
    ("model-demand", "GET"): TokenPermission.READ,
    ("model-demand", "POST"): None,
    ("withdraw-demand", "POST"): None,
    ("load-catalogue", "POST"): TokenPermission.EDIT_CATALOGUE,
    ("essay-series-list", "GET"): TokenPermission.READ,
    **{(name, "POST"): TokenPermission.EDIT_CATALOGUE for name in VOICE},
    ("requests", "GET"): TokenPermission.READ,
    ("requests", "POST"): TokenPermission.WRITE_REQUESTS,
    ("request", "GET"): TokenPermission.READ,
    ("request", "PUT"): TokenPermission.WRITE_REQUESTS,
    ("request", "PATCH"): TokenPermission.WRITE_REQUESTS,
    ("write", "GET"): TokenPermission.READ,
    ("write", "POST"): TokenPermission.WRITE_REQUESTS,
    ("submit", "POST"): None,
    ("withdraw", "POST"): TokenPermission.WRITE_REQUESTS,
    ("appeal", "POST"): None,
    ("request-events", "GET"): TokenPermission.READ,
    ("files", "GET"): TokenPermission.READ,
    ("files", "POST"): TokenPermission.WRITE_REQUESTS,
    ("file", "GET"): TokenPermission.READ,
    ("remove-file", "POST"): TokenPermission.WRITE_REQUESTS,
    ("request-invitations", "GET"): TokenPermission.READ,
    ("request-invitations", "POST"): TokenPermission.WRITE_REQUESTS,
    ("remove-collaborator", "POST"): TokenPermission.WRITE_REQUESTS,
    ("invitations", "GET"): TokenPermission.READ,
    ("invitation", "GET"): TokenPermission.READ,
    ("send-invitation-again", "POST"): TokenPermission.WRITE_REQUESTS,
    ("allow-invitation", "POST"): TokenPermission.WRITE_REQUESTS,
    ("withdraw-invitation", "POST"): TokenPermission.WRITE_REQUESTS,
    ("accept-invitation", "POST"): None,
    ("decline-invitation", "POST"): None,
    ("grants", "GET"): TokenPermission.READ,
    ("grant", "GET"): TokenPermission.READ,
    ("usage", "GET"): TokenPermission.READ,
    ("usage-csv", "GET"): TokenPermission.READ,
    ("keys", "GET"): TokenPermission.READ,
    ("key", "GET"): TokenPermission.READ,
    ("rename-key", "POST"): TokenPermission.CLAIM_KEYS,
    ("key-receipt", "GET"): TokenPermission.READ,
    ("claim", "POST"): TokenPermission.CLAIM_KEYS,
    ("rotate-key", "POST"): TokenPermission.CLAIM_KEYS,
    ("end", "POST"): None,
    ("shorten", "POST"): None,
    ("suspend", "POST"): TokenPermission.SUSPEND_GRANTS,
    ("resume", "POST"): None,
    ("confirm", "POST"): None,
    ("extend", "POST"): TokenPermission.WRITE_REQUESTS,
    ("accept", "POST"): None,
    ("leave", "POST"): None,
    ("remove", "POST"): None,
    ("revoke", "POST"): TokenPermission.REVOKE_GRANTS,
    ("revoke-key", "POST"): TokenPermission.REVOKE_KEYS,
    **{(name, method): None for name, methods in DESK.items() for method in methods},
    ("standing-offers", "GET"): TokenPermission.READ,
    ("start-standing", "POST"): None,
    ("standing-rules", "GET"): TokenPermission.READ,
    ("standing-rule", "GET"): TokenPermission.READ,
    ("standing-members", "GET"): TokenPermission.KEEP_LISTS,
    ("add-members", "POST"): TokenPermission.KEEP_LISTS,
    ("remove-members", "POST"): TokenPermission.KEEP_LISTS,
}

# Calls for which a session needs a second factor: new keys and tokens, what policy owners do.
# Service tokens need none: whoever creates them has shown one.
SECOND_FACTOR = {
    *("service-tokens", "rotate-token"),
    *("claim", "rotate-key", "shorten", "suspend", "resume", "revoke"),
    *("add-members", "remove-members", "load-catalogue", *VOICE, *DESK),
}


class HasSecondFactor(BasePermission):
    """Requires a second factor of people where the site does, and nothing of service tokens."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        name, _ = _call(request)
        if name in SECOND_FACTOR and request.auth is None and second_factors.is_missing(request):
            raise NeedsSecondFactor(
                gettext(
                    "This requires two-factor authentication. Sign in "
                    "with your second factor first."
                )
            )
        return True


class HasTokenPermission(BasePermission):
    """Requires of a service token the permission for this call, and nothing of people."""

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
    permission = REQUIRED_PERMISSIONS.get((name, method))
    if permission is None:
        raise NotForTokens(gettext("Service tokens can't do this. Sign in instead."))
    if permission not in token.permissions:
        sentence = gettext(
            "This needs the permission %(permission)s, which %(token)s doesn't have. Its owner "
            "can create a token that has it."
        )
        names = {"permission": permission.value, "token": token.public_id}
        raise MissingPermission(sentence % names, needs=permission.value)
