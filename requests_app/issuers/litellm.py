"""The LiteLLM proxy as an issuer, through its key management API.

https://docs.litellm.ai/docs/proxy/virtual_keys. Its keys start with `sk-`, so ours is sent as `sk-`
and the key. A key is identified by its alias, our public id. An empty list of models would mean all
of them.
"""

import json
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import httpx
from django.utils import timezone
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from tenacity.wait import wait_base

from lifecycle.config.issuers import IssuerSettings
from requests_app.issuers.base import IssuerError, KeyTerms, ListedKey, Unreachable

TIMES = httpx.Timeout(10, connect=3)
PAGE = 100  # the maximum of its API
TRIES = 3
PAUSE: wait_base = wait_random_exponential(multiplier=0.1, max=2)  # seconds
TOKEN = re.compile(r"[0-9a-f]{64}")  # it stores the SHA-256 of a key
ALIAS = re.compile(r"key_[0-9a-z_]{1,40}")  # our public ids; its own users choose freely
MAX_RESPONSE_BYTES = 16 * 2**20  # a page of 100 keys takes a hundredth of it
MAX_SECONDS = 30  # for one whole answer; httpx's timeout is per read
MAX_PER_MINUTE = 2**62  # a bigint holds it
BUSY = (408, 425, 429)
NOT_A_LIST = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)  # what parsing an unexpected answer may raise


class LiteLLM:
    """One proxy; `site` marks the keys that this installation created."""

    def __init__(self, settings: IssuerSettings, site: str) -> None:
        self.name = settings.name
        self.models: Mapping[str, str] = settings.models
        self._settings = settings
        self._site = site

    def create(self, reference: str, secret: str, terms: KeyTerms) -> None:
        if not terms.models:
            raise IssuerError(f"{self.name} serves none of the models.")
        body = {
            "key": f"sk-{secret}",
            "key_alias": reference,
            "metadata": {"emeritus": self._site},
            **_limits(terms),
        }
        answer = self._call("POST", "/key/generate", json=body)
        # A 200 about something else doesn't prove that our key exists.
        if answer.get("key_alias") != reference:
            raise IssuerError(f"{self.name} responded about a different key.")

    def delete(self, reference: str) -> bool:
        # Keys of others without an alias of ours are listed by their token.
        named = "keys" if TOKEN.fullmatch(reference) else "key_aliases"
        answer = self._repeat("POST", "/key/delete", json={named: [reference]})
        if answer is None:
            return False
        if answer.get("deleted_keys") != [reference]:
            raise IssuerError(f"{self.name} didn't confirm that it deleted the key.")
        return True

    def find(self, reference: str) -> ListedKey | None:
        keys, _ = self._page({"key_alias": reference})
        return next((each for each in keys if each.reference == reference), None)

    def update(self, listed: ListedKey, terms: KeyTerms) -> None:
        body = {"key": listed.token, **_limits(terms)}
        if self._repeat("POST", "/key/update", json=body) is None:
            raise IssuerError(f"{self.name} doesn't know the key any more.")

    def every(self) -> Iterator[ListedKey]:
        number = pages = 1
        with _client() as client:
            while number <= pages:
                wanted = {"page": number, "sort_by": "token", "sort_order": "asc"}
                keys, pages = self._page(wanted, client)
                yield from keys
                # An empty page ends the list, whatever number of pages it claims.
                number = number + 1 if keys else pages + 1

    def _page(
        self, parameters: Mapping[str, Any], client: httpx.Client | None = None
    ) -> tuple[list[ListedKey], int]:
        """Return the keys of a page and the number of pages."""
        wanted = {**parameters, "size": PAGE, "return_full_object": True}
        page = self._repeat("GET", "/key/list", params=wanted, client=client)
        try:
            assert page is not None
            return [_listed(key, self._site) for key in page["keys"]], int(page["total_pages"])
        except NOT_A_LIST:
            raise IssuerError(f"{self.name} didn't return a list of keys.") from None

    def _repeat(self, method: str, path: str, **how: Any) -> dict[str, Any] | None:
        """Make an idempotent call, repeated while unreachable; None for "not found"."""
        tries = Retrying(
            retry=retry_if_exception_type(Unreachable),
            wait=PAUSE,
            stop=stop_after_attempt(TRIES),
            reraise=True,
        )
        return tries(self._call_or_none, method, path, **how)

    def _call_or_none(self, method: str, path: str, **how: Any) -> dict[str, Any] | None:
        try:
            return self._call(method, path, **how)
        except _NotFound:
            return None

    def _call(
        self, method: str, path: str, *, client: httpx.Client | None = None, **how: Any
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._settings.admin_key}"}
        address = self._settings.url + path
        try:
            with (
                nullcontext(client) if client else _client() as asking,
                asking.stream(method, address, headers=headers, **how) as answer,
            ):
                return self._error_text(answer.status_code, self._read(answer))
        except httpx.HTTPError as error:
            raise Unreachable(f"{self.name} isn't responding ({type(error).__name__}).") from None

    def _read(self, answer: httpx.Response) -> bytes:
        """Read the whole body within MAX_RESPONSE_BYTES and MAX_SECONDS."""
        body, until = bytearray(), time.monotonic() + MAX_SECONDS
        for part in answer.iter_bytes():
            body += part
            if len(body) > MAX_RESPONSE_BYTES or time.monotonic() > until:
                raise Unreachable(f"{self.name} keeps returning more pages.")
        return bytes(body)

    def _error_text(self, status: int, body: bytes) -> dict[str, Any]:
        """Return the answer as JSON or raise the error it means.

        The body may repeat a key, so none of it is put into an error message.
        """
        if status >= 500 or status in BUSY:
            raise Unreachable(f"{self.name} can't do this at the moment (status {status}).")
        try:
            body_json = json.loads(body)
        except (ValueError, RecursionError):
            body_json = None
        # Its own "not found" has an error; a wrong address has only a detail, and proves nothing.
        if status == 404 and isinstance(body_json, dict) and "error" in body_json:
            raise _NotFound(f"{self.name} doesn't know the key.")
        if status != 200 or not isinstance(body_json, dict):
            raise IssuerError(f"{self.name} refused (status {status}).")
        return body_json


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMES, verify=_tls())


class _NotFound(IssuerError):
    pass


def _limits(terms: KeyTerms) -> dict[str, Any]:
    seconds = max(int((terms.ends_at - timezone.now()).total_seconds()), 1)
    limits = {
        "models": list(terms.models) or None,  # none would be all of them
        "max_budget": terms.budget,
        "rpm_limit": terms.requests_per_minute,
    }
    return {
        "duration": f"{seconds}s",
        "blocked": terms.is_blocked,
        **{name: most for name, most in limits.items() if most is not None},
    }


def _listed(key: Mapping[str, Any], site: str) -> ListedKey:
    """Parse one key of the list; raises one of NOT_A_LIST if it is malformed.

    Whoever may create keys there chooses aliases and metadata. Only an alias that looks like our
    ids is used as a reference: one that is the token of another key would make us delete that key.
    """
    alias, token, ends_at = key.get("key_alias"), key["token"], key.get("expires")
    if not TOKEN.fullmatch(token):
        raise ValueError("a key without its token")
    return ListedKey(
        reference=alias if isinstance(alias, str) and ALIAS.fullmatch(alias) else token,
        token=token,
        models=tuple(_text(name) for name in key.get("models") or ()),
        ends_at=_moment(ends_at) if ends_at else None,
        budget=_number(key.get("max_budget"), float),
        requests_per_minute=_number(key.get("rpm_limit"), int),
        is_blocked=bool(key.get("blocked")),
        is_ours=(key.get("metadata") or {}).get("emeritus") == site,
        spent=_number(key.get("spend"), float),
    )


def _text(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError("a name that isn't text")
    return name.replace("\0", "")  # PostgreSQL takes none


N = TypeVar("N", int, float)


def _number(given: Any, kind: type[N]) -> N | None:
    return None if given is None else min(kind(given), kind(MAX_PER_MINUTE))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
