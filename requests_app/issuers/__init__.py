"""Gateways with key stores of their own. Our own check needs none: it reads our tables."""

from collections.abc import Collection

from django.conf import settings

from requests_app.issuers.base import Issuer, IssuerError, KeyTerms, ListedKey, Unreachable

__all__ = [
    "Issuer",
    "IssuerError",
    "ListedKey",
    "KeyTerms",
    "Unreachable",
    "names_for_models",
    "get_issuer",
]

LOCAL = "local"


def get_issuer(name: str) -> Issuer:
    """Return the issuer of this name. Raises IssuerError if the settings no longer have it."""
    if name not in settings.ISSUERS:
        raise IssuerError(f"ISSUERS no longer includes {name}, so we can't reach it.")
    from requests_app.issuers.litellm import LiteLLM  # its HTTP client is slow to load

    return LiteLLM(settings.ISSUERS[name], settings.SITE_URL)


def names_for_models(identifiers: Collection[str]) -> list[str]:
    """Return the names of the issuers that serve any of these models."""
    return [
        name
        for name, issuer in settings.ISSUERS.items()
        if not issuer.models.keys().isdisjoint(identifiers)
    ]
