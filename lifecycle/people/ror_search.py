"""Search the Research Organization Registry by name (API v2, https://ror.readme.io/v2/docs).

Off unless ROR_API_URL is set. What it answers is a stranger's: it is read in part, checked, and
never needed, since people can type everything themselves.
"""

import asyncio
import hashlib
import json
import logging
import re
import ssl
from collections.abc import Iterator
from functools import cache as kept
from itertools import islice
from typing import Any, NamedTuple

import httpx
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError

from lifecycle.people import ror
from lifecycle.text.normalization import comparable, one_line
from lifecycle.text.validation import line_problem

MAX_SECONDS = 2  # for the whole call, however slowly its parts arrive
MAX_BYTES = 500_000  # its pages of 20 have about 100,000
MAX_MATCHES = 8
MAX_NAME_LENGTH = 200
MAX_QUERY_LENGTH = 200
KEPT_SECONDS = 86_400
PAUSE_SECONDS = 30  # after a failure nobody waits for it again
AWAY = "ror-away"
# Those of its query language; one alone would be an error, and keep it away from everybody.
_OPERATORS = re.compile(r'[-+=&|><!(){}\[\]^"~*?:\\/]')
_COUNTRY = re.compile(r"[A-Z]{2}")

log = logging.getLogger(__name__)


class Unavailable(Exception):
    """The registry doesn't answer, or not as documented."""


class Organisation(NamedTuple):
    """An active organisation: its id as URL, its country as ISO 3166 code, its town."""

    name: str
    ror: str
    country: str
    town: str


def search(query: str) -> list[Organisation]:
    """Return the registry's best matches; nothing if it is off. Raises Unavailable."""
    query = " ".join(_OPERATORS.sub(" ", comparable(query)[:MAX_QUERY_LENGTH]).split())
    if not settings.ROR_API_URL or not query:
        return []
    name = f"ror-{hashlib.sha256(query.encode()).hexdigest()}"
    found = cache.get(name)
    if found is None:
        found = _ask(query)
        cache.set(name, found, KEPT_SECONDS)
    return [Organisation(*fields) for fields in found]


def _ask(query: str) -> list[Organisation]:
    if cache.get(AWAY):
        raise Unavailable
    try:
        return list(_read(asyncio.run(_answer(query))))
    except (httpx.HTTPError, TimeoutError, ValueError, RecursionError) as error:
        cache.set(AWAY, True, PAUSE_SECONDS)
        log.warning("The registry of organisations gave no answer: %s", type(error).__name__)
        raise Unavailable from None


async def _answer(query: str) -> bytes:
    """Return the body of the answer. Raises ValueError if it is refused or too large."""
    # Plain bytes: what is compressed could be far larger than what is read of it.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with (
        asyncio.timeout(MAX_SECONDS),
        httpx.AsyncClient(verify=_tls(), trust_env=False, timeout=MAX_SECONDS) as client,
        client.stream(
            "GET", settings.ROR_API_URL, params={"query": query}, headers=headers
        ) as answer,
    ):
        if answer.status_code != 200:
            raise ValueError(answer.status_code)
        body = bytearray()
        async for part in answer.aiter_raw():
            body += part
            if len(body) > MAX_BYTES:
                raise ValueError("too large")
        return bytes(body)


def _read(body: bytes) -> Iterator[Organisation]:
    """Yield the organisations that are as documented. Raises ValueError if nothing is."""
    answer = json.loads(body)
    items = answer.get("items") if isinstance(answer, dict) else None
    if not isinstance(items, list):
        raise ValueError("no items")
    readable = filter(None, map(_organisation, items))
    yield from islice(readable, MAX_MATCHES)


def _organisation(item: Any) -> Organisation | None:
    try:
        if item["status"] != "active":
            return None
        name, place = _name(item["names"]), item["locations"][0]["geonames_details"]
        country = str(place["country_code"])
        found = Organisation(name, ror.clean(item["id"]), country, _line(place["name"]))
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, ValidationError):
        return None
    is_sound = found.name and found.ror.startswith(ror.SITE) and _COUNTRY.fullmatch(country)
    return found if is_sound else None


def _name(names: list[dict[str, Any]]) -> str:
    shown = [name for name in names if "ror_display" in name["types"]]
    return _line((shown or names)[0]["value"])


def _line(value: Any) -> str:
    """Return a name of one line; empty if it is none."""
    text = one_line(value)
    return "" if len(text) > MAX_NAME_LENGTH or line_problem(text) else text


@kept
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
