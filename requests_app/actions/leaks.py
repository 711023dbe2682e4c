"""Leaked keys: whoever can show a key may have it revoked, without signing in."""

from collections.abc import Iterable

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from requests_app.actions import keys
from requests_app.gateway import key_format
from requests_app.models import Key
from requests_app.notices.audiences import LEAKED

MOST = 100


@sensitive_variables()
def report(texts: Iterable[str]) -> None:
    """Revoke every key of ours in `texts`, at most `MOST`. Tells nobody which of them it knew.

    There is one look-up whatever was sent, so that time tells a guesser nothing. Each key has a
    transaction of its own; one that fails is raised when the others are revoked.
    """
    error: Exception | None = None
    for key in Key.objects.filter(digest__in=_digests(texts)).order_by("pk"):
        try:
            keys.revoke_reported(key, reason=LEAKED)
        except Exception as failed:
            error = failed
    if error:
        raise error


@sensitive_variables()
def _digests(texts: Iterable[str]) -> list[bytes]:
    found = [secret for text in texts for secret in key_format.found_in(text)]
    return [
        digest
        for secret in found[:MOST] or ["none"]
        for digest in key_format.digests(secret, settings.KEY_PEPPERS)
    ]
