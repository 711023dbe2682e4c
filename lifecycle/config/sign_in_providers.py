"""Parse SIGN_IN_PROVIDERS: OpenID Connect providers whose accounts can sign in."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

KINDS = ("oidc", "orcid")
NAME = re.compile(r"[a-z0-9-]{1,40}")
FIELDS = {"name", "kind", "label", "url", "client_id", "secret"}


@dataclass(frozen=True)
class ProviderSettings:
    """One provider; `url` is its issuer. With kind `orcid` an account is an ORCID iD."""

    name: str
    kind: str
    label: str
    url: str
    client_id: str
    secret: str = field(repr=False)

    def as_app(self) -> dict[str, Any]:
        """Return django-allauth's settings. ORCID has only this scope and provides no address."""
        more = {"scope": ["openid"]} if self.kind == "orcid" else {}
        return {
            "provider_id": self.name,
            "name": self.label,
            "client_id": self.client_id,
            "secret": self.secret,
            "settings": {"server_url": self.url, "oauth_pkce_enabled": True, **more},
        }


def parse(text: str, *, insecure: bool = False) -> dict[str, ProviderSettings]:
    """Return the providers by name. Raises ValueError with a message that reveals no value.

    `insecure` allows a provider on this machine without https.
    """
    try:
        entries = json.loads(text or "[]")
    except ValueError:
        raise ValueError("must be JSON") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("must be a JSON list of objects")
    found = {each.name: each for each in (_one(entry, insecure) for entry in entries)}
    if len(found) != len(entries):
        raise ValueError("lists a provider twice")
    if len({each.client_id for each in found.values()}) != len(entries):
        raise ValueError("has a client_id twice, and an unfinished sign-up is known by it")
    return found


def _one(entry: dict[str, Any], insecure: bool) -> ProviderSettings:
    if set(entry) != FIELDS:
        raise ValueError("must have exactly " + ", ".join(sorted(FIELDS)) + " in each object")
    if not all(isinstance(word, str) and word for word in entry.values()):
        raise ValueError("must have text, not empty, everywhere")
    if entry["kind"] not in KINDS or not NAME.fullmatch(entry["name"]):
        raise ValueError("must have a kind that we know and a name of a-z, 0-9 and -")
    url = urlsplit(entry["url"])
    here = insecure and url.scheme == "http" and url.hostname in ("localhost", "127.0.0.1")
    if not (url.hostname and (url.scheme == "https" or here)):
        raise ValueError("must have a url that starts with https://")
    return ProviderSettings(**{**entry, "url": entry["url"].rstrip("/")})
