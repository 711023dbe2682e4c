"""Sign-in with external accounts, and ORCID iDs verified by it."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.openid_connect.views import login as begin
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from requests import RequestException

from lifecycle.people import orcid, profiles
from lifecycle.people.email import addresses
from lifecycle.people.models import User
from lifecycle.text.normalization import one_line
from lifecycle.text.validation import line_problem

ANOTHER_ACCOUNT = _(
    "Another account already uses this ORCID iD. If that account is yours, sign in to it; "
    "otherwise contact the site operator."
)
NOT_AN_ID = _("ORCID didn't return a valid iD. Contact the site operator.")
TWO_PEOPLE = _("ORCID returned details of two different people. Contact the site operator.")


class IdentityAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Gives access to an account only by a connected identity, never by an address."""

    error_messages = {  # noqa: RUF012
        **DefaultSocialAccountAdapter.error_messages,
        "email_taken": _(
            "An account with this address already exists. Sign in to it, then connect your %s "
            "account under Account."
        ),
        "no_password": _("Set a password first so you can still sign in."),
        "no_verified_email": _("Confirm an email address first so you can still sign in."),
    }

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Validate the identity before anybody is signed in or anything is saved."""
        _clean_addresses(sociallogin)
        if not _is_of_one(sociallogin.account.extra_data):
            raise ImmediateHttpResponse(refused(request, TWO_PEOPLE))
        if given := orcid_of(sociallogin):
            person = request.user if request.user.is_authenticated else sociallogin.user
            _check_orcid(request, given, person)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Any) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.full_name = _name(data)
        return user

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_signup_form_initial_data(sociallogin)
        return {**initial, "full_name": sociallogin.user.full_name}

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        note_orcid(sociallogin)
        return user


def note_orcid(sociallogin: SocialLogin, **kwargs: Any) -> None:
    """Store the ORCID iD of a newly connected identity as verified."""
    if given := orcid_of(sociallogin):
        profiles.note_orcid(sociallogin.user, given)


def forget_orcid(socialaccount: Any, **kwargs: Any) -> None:
    """Keep the iD but mark it as no longer verified."""
    if _is_orcid(socialaccount.provider):
        profiles.forget_proof_of_orcid(socialaccount.user)


def orcid_of(sociallogin: SocialLogin) -> str:
    """Return the identity's ORCID iD; "" for other providers."""
    return str(sociallogin.account.uid) if _is_orcid(sociallogin.account.provider) else ""


def begin_sign_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider from a page instead of a redirect.

    The `form-action` policy allows forms only to lead to this site, and browsers apply it to
    redirects too.
    """
    try:
        response: HttpResponse = begin(request, provider_id)
    except RequestException as error:
        provider = IdentityAdapter(request).get_provider(request, provider_id)
        response = render_authentication_error(request, provider, exception=error)
    if response.status_code != 302:
        return response
    context = {"to": response["Location"], "label": settings.SIGN_IN_PROVIDERS[provider_id].label}
    return render(request, "socialaccount/leaving.html", context)


def refused(request: HttpRequest, sentence: Any) -> HttpResponse:
    context = {"sentence": sentence}
    return render(request, "socialaccount/authentication_error.html", context, status=409)


def _check_orcid(request: HttpRequest, given: str, person: Any) -> None:
    try:
        orcid.validate(given)
    except ValidationError:
        raise ImmediateHttpResponse(refused(request, NOT_AN_ID)) from None
    others = User.objects.filter(orcid=given)
    if person and person.pk:
        others = others.exclude(pk=person.pk)
    # For a signed-in person, an iD that somebody else only typed in doesn't count.
    if request.user.is_authenticated:
        others = others.exclude(orcid_verified_at=None)
    if others.exists():
        raise ImmediateHttpResponse(refused(request, ANOTHER_ACCOUNT))


def _clean_addresses(sociallogin: SocialLogin) -> None:
    """Normalize the provider's addresses and drop those that aren't valid."""
    kept = []
    for address in sociallogin.email_addresses:
        address.email = _stored_or_nothing(address.email)
        # Some providers send strings, and "false" is truthy.
        address.verified = address.verified in (True, "true")
        if address.email:
            kept.append(address)
    sociallogin.email_addresses = kept
    if not sociallogin.is_existing:
        sociallogin.user.email = _stored_or_nothing(sociallogin.user.email)


def _stored_or_nothing(email: object) -> str:
    try:
        return addresses.cleaned(str(email or ""))
    except ValidationError:
        return ""


def _is_orcid(provider: str) -> bool:
    known = settings.SIGN_IN_PROVIDERS.get(provider)
    return bool(known and known.kind == "orcid")


def _is_of_one(data: dict[str, Any]) -> bool:
    """Return whether token and userinfo name the same person (OpenID Connect Core 1.0, 5.3.2)."""
    subjects = {part["sub"] for part in (data.get("userinfo"), data.get("id_token")) if part}
    return len(subjects) == 1


def _name(data: dict[str, Any]) -> str:
    parts = (data.get("first_name"), data.get("last_name"))
    name = str(data.get("name") or " ".join(part for part in parts if part))
    name = one_line(name)[:150].rstrip()
    return "" if line_problem(name) else name
