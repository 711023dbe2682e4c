"""Parse ISSUERS: the other gateways that store copies of our keys."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = ("litellm",)
NAME = re.compile(r"[a-z0-9-]{1,40}")
FIELDS = {"name", "kind", "url", "admin_key", "models"}


@dataclass(frozen=True)
class IssuerSettings:
    """One gateway. `models` maps our identifiers to the gateway's names."""

    name: str
    kind: str
    url: str
    admin_key: str = field(repr=False)
    models: Mapping[str, str]


def parse(text: str) -> dict[str, IssuerSettings]:
    """Return the issuers by name. Raises ValueError with a message that reveals no value."""
    try:
        entries = json.loads(text or "[]")
    except ValueError:
        raise ValueError("must be JSON") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("must be a JSON list of objects")
    found = {each.name: each for each in map(_one, entries)}
    if len(found) != len(entries):
        raise ValueError("lists a gateway twice")
    return found


def _one(entry: dict[str, Any]) -> IssuerSettings:
    if set(entry) != FIELDS:
        raise ValueError("must have exactly " + ", ".join(sorted(FIELDS)) + " in each object")
    models = entry["models"]
    words = [entry[name] for name in FIELDS - {"models"}]
    if not isinstance(models, dict) or not models:
        raise ValueError("must map at least one model in each object")
    if not all(isinstance(word, str) and word for word in (*words, *models, *models.values())):
        raise ValueError("must have text, not empty, everywhere")
    if entry["kind"] not in KINDS or not NAME.fullmatch(entry["name"]) or entry["name"] == "local":
        raise ValueError("must have a kind that we know and a name of a-z, 0-9 and -, not local")
    if not entry["url"].startswith(("https://", "http://")):
        raise ValueError("must have a url that starts with https://")
    return IssuerSettings(**{**entry, "url": entry["url"].rstrip("/")})
