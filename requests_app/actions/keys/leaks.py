"""Revoke leaked keys and service tokens, reported by anyone without signing in."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial

from django.conf import settings
from django.db.models import QuerySet
from django.views.decorators.debug import sensitive_variables

from requests_app import key_format, system_reasons
from requests_app.actions.keys import key_revocation, service_tokens
from requests_app.models import Key, Policy, ServiceToken
from requests_app.rules.roles import owner_ids

MAX_REPORTED = 100


@sensitive_variables()
def report(texts: Iterable[str]) -> None:
    """Revoke every key and token found in `texts`, MAX_REPORTED at most. Returns nothing.

    The queries are the same for known and unknown secrets, so response times reveal nothing. Each
    revocation has its own transaction; an error is raised after the others are done.
    """
    digests = _digests(texts)
    keys = _Reported(Key.objects.filter(digest__in=digests).order_by("pk"))
    known: list[Callable[[], bool]] = [
        *(partial(keys.revoke, key) for key in keys.found),
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


class _Reported:
    """The keys of one report, and the owners of their policies who know of it."""

    def __init__(self, keys: QuerySet[Key]) -> None:
        related = keys.select_related("grant__access_request__policy_version__policy")
        self.found = list(related)
        self.names = [key.public_id for key in self.found]
        self.informed: set[int] = set()

    @cached_property
    def owners(self) -> Mapping[int, set[int]]:
        return owner_ids(_policy_of(key) for key in self.found)

    def revoke(self, key: Key) -> bool:
        """Revoke a key; its event names the whole report to owners who don't know of it yet."""
        owners = self.owners[_policy_of(key).pk] - self.informed - {key.holder_id}
        details = {"owners": sorted(owners), "reported": self.names} if owners else {}
        revoked = key_revocation.revoke_reported(
            key, reason=system_reasons.LEAKED, cause="leak", **details
        )
        if revoked:
            self.informed |= owners
        return revoked


def _policy_of(key: Key) -> Policy:
    return key.grant.access_request.policy_version.policy


@sensitive_variables()
def _digests(texts: Iterable[str]) -> list[bytes]:
    # With nothing found a dummy is looked up, so that the time is the same.
    found = [secret for text in texts for secret in key_format.found_in(text)]
    return [
        digest
        for secret in found[:MAX_REPORTED] or ["none"]
        for digest in key_format.digests(secret, settings.KEY_PEPPERS)
    ]
