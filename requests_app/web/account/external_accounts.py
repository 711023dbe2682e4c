"""What follows for standing access when somebody signs in with an external account or drops it."""

from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialLogin

from requests_app.actions.standing import access


def note_sign_in(sociallogin: SocialLogin, **kwargs: Any) -> None:
    """Take the claims that allauth has just stored."""
    access.note_sign_in(sociallogin.user)


def note_removal(socialaccount: SocialAccount, **kwargs: Any) -> None:
    access.recheck_person(socialaccount.user)
