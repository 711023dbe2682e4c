"""Which pages require a second factor, in one table, and where to set one up or use it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import ResolverMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from lifecycle.people.models import User
from lifecycle.people.sign_in import second_factors

DESK = "admin"
NOT_GUARDED = {"login", "logout", "jsi18n"}
CLAIMING = {"grant_claim": "grant", "key_rotate": "access"}  # each with the page of its button
HANDLING_FACTORS = {
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
}
ONCE_MORE = "account_reauthenticate"  # allauth then continues with the earlier request
KEPT = "second_factor_next"


class SecondFactorMiddleware:
    """Requires a second factor for the desk and for new keys.

    For people who have one, also for managing factors and wherever the password is asked again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if not match or not _may_be_guarded(match):
            return None
        name, person = str(match.url_name), request.user
        if not isinstance(person, User):
            return None
        if name in HANDLING_FACTORS | {ONCE_MORE} and second_factors.has_factor(person):
            return None if second_factors.has_shown(request) else to_page(_wanted(request, name))
        if match.namespace == DESK and person.is_staff and name not in NOT_GUARDED:
            return to_page(request.get_full_path()) if second_factors.is_missing(request) else None
        if name in CLAIMING and request.method == "POST" and second_factors.is_missing(request):
            page = CLAIMING[name]
            return to_page(reverse(page, kwargs=kwargs) if page == "grant" else reverse(page))
        return None


def _may_be_guarded(match: ResolverMatch) -> bool:
    """Decide by the URL alone, so that other pages needn't query who is signed in."""
    guarded = HANDLING_FACTORS | {ONCE_MORE} | CLAIMING.keys()
    return match.namespace == DESK or str(match.url_name) in guarded


def _wanted(request: HttpRequest, name: str) -> str:
    """Return the page to continue to; the password page itself leads to another one."""
    further = request.GET.get("next", "") if name == ONCE_MORE else ""
    return further or request.get_full_path()


def to_page(wanted: str) -> HttpResponse:
    """Redirect to the page that explains and offers the second factor."""
    return redirect(f"{reverse('second_factor')}?{urlencode({'next': wanted})}")


def keep_next(request: HttpRequest) -> None:
    """Remember the page the person wanted, if it is on this site."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    if is_ours and wanted.startswith("/"):
        request.session[KEPT] = wanted


def kept_next(request: HttpRequest) -> str:
    return str(request.session.get(KEPT, ""))
