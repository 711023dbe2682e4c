"""One small call with a person's key to the site's own gateway, whose answer is shown to them.

The key is neither stored nor logged, and is taken out of whatever the gateway answers.
"""

import asyncio
import http.client
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import httpx
from django.views.decorators.debug import sensitive_variables

from lifecycle.catalogue.call_destination import Destination
from lifecycle.config.logs import redacted
from requests_app.gateway.http.problems import PROBLEMS, Problem
from requests_app.key_format import LENGTH
from requests_app.models import Grant
from requests_app.wording.call_snippets import possible_calls

MAX_SECONDS = 10  # for the whole call, however slowly its parts arrive
MAX_BODY = 2_000  # bytes that are read and shown
MAX_HEADER = 200  # characters
MAX_TOKENS = 16
SHOWN_HEADERS = ("content-type", "request-id", "x-request-id", "retry-after", "x-should-retry")
SHOWN_PREFIXES = ("ratelimit", "x-ratelimit-", "anthropic-ratelimit-")


class NoAnswer(Exception):
    """The gateway didn't answer in time, or can't be reached."""


@dataclass(frozen=True)
class Trial:
    """An answer of the gateway: its status, the headers that matter, the body's beginning."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    is_cut: bool

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def readable(self) -> str:
        """The body, with a line for each member if it is JSON."""
        try:
            return json.dumps(json.loads(self.body), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            return self.body

    @property
    def phrase(self) -> str:
        return http.client.responses.get(self.status, "")

    @property
    def problem(self) -> Problem | None:
        """The refusal of the check that it is; its code is in the body, as for SDKs."""
        named = (one for one in PROBLEMS if f'/problems/#{one.slug}"' in self.body)
        return next(named, None) if not self.is_success else None


def may_try(to: Destination, grant: Grant) -> bool:
    """Return whether the site sends a call to the model: only to its own gateway."""
    ways = possible_calls(to.api, grant.operations)
    return bool(ways) and to.is_own_gateway and not grant.closed_at


@sensitive_variables()
def call(to: Destination, operations: list[str], secret: str) -> Trial:
    """Call the model once. Raises NoAnswer, which has no part of the answer in it."""
    way, *_ = possible_calls(to.api, operations)
    address, body = f"{to.base_url}{way.path}", way.body(to.ai_model.identifier, MAX_TOKENS)
    try:
        trial = asyncio.run(_answer(address, way.headers(secret), body))
    except (httpx.HTTPError, TimeoutError):
        raise NoAnswer from None
    hide = partial(_without_key, secret)
    shown = tuple((name, hide(value)[:MAX_HEADER]) for name, value in trial.headers)
    # A key that the end cuts in two is no longer recognised, so as much as a key is dropped.
    text = hide(trial.body)
    return replace(trial, headers=shown, body=text[:-LENGTH] if trial.is_cut else text)


@sensitive_variables()
def _without_key(secret: str, text: str) -> str:
    return redacted(text.replace(secret, redacted(secret)))


@sensitive_variables()
async def _answer(address: str, headers: dict[str, str], body: dict[str, Any]) -> Trial:
    # Plain bytes: what is compressed could be far larger than what is read of it.
    headers = {**headers, "Accept-Encoding": "identity"}
    async with (
        asyncio.timeout(MAX_SECONDS),
        httpx.AsyncClient(verify=_tls(), trust_env=False, timeout=MAX_SECONDS) as client,
        client.stream("POST", address, headers=headers, json=body) as answer,
    ):
        content = await _beginning(answer)
        text = content.decode(errors="replace")
        return Trial(answer.status_code, tuple(_shown(answer)), text, len(content) > MAX_BODY)


async def _beginning(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > MAX_BODY + LENGTH:
            break
    return bytes(body[: MAX_BODY + LENGTH])


def _shown(answer: httpx.Response) -> Iterator[tuple[str, str]]:
    for name, value in answer.headers.items():
        if name in SHOWN_HEADERS or name.startswith(SHOWN_PREFIXES):
            yield name, value


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
