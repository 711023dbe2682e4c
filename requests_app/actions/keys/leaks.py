"""Revoke leaked keys and service tokens, reported by anyone without signing in."""

from collections.abc import Callable, Iterable
from functools import partial

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from requests_app import key_format, system_reasons
from requests_app.actions.keys import key_revocation, service_tokens
from requests_app.models import Key, ServiceToken

MAX_REPORTED = 100


@sensitive_variables()
def report(texts: Iterable[str]) -> None:
    """Revoke every key and token found in `texts`, MAX_REPORTED at most. Returns nothing.

    The queries are the same for known and unknown secrets, so response times reveal nothing. Each
    revocation has its own transaction; an error is raised after the others are done.
    """
    digests = _digests(texts)
    known: list[Callable[[], bool]] = [
        *(partial(_revoke, key) for key in Key.objects.filter(digest__in=digests).order_by("pk")),
        *(
            partial(service_tokens.revoke_reported, token)
            for token in ServiceToken.objects.filter(digest__in=digests).order_by("pk")
        ),
    ]
    error: Exception | None = None
    for revoke in known:
        try:
            revoke()
        except Exception as failed:
            error = failed
    if error:
        raise error


def _revoke(key: Key) -> bool:
    return key_revocation.revoke_reported(key, reason=system_reasons.LEAKED, cause="leak")


@sensitive_variables()
def _digests(texts: Iterable[str]) -> list[bytes]:
    # With nothing found a dummy is looked up, so that the time is the same.
    found = [secret for text in texts for secret in key_format.found_in(text)]
    return [
        digest
        for secret in found[:MAX_REPORTED] or ["none"]
        for digest in key_format.digests(secret, settings.KEY_PEPPERS)
    ]
