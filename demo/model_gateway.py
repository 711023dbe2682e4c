"""The demo's gateway in front of a fake model: asks the check about each call, body included.

Only for the demo, where no nginx is needed. For real models use what is in docker/gateway.
"""

import json
import uuid
from contextlib import suppress
from typing import Any

import httpx

from demo import fake_model
from demo.fake_model import Scope
from demo.plain_http import NO_CERTIFICATES
from lifecycle.config import env

OPERATIONS = {
    "/v1/messages": "messages",
    "/v1/chat/completions": "messages",
    "/v1/completions": "completions",
}
MAX_BODY = 1_000_000  # bytes
INPUT_PRICE, OUTPUT_PRICE = 15, 75  # USD per million tokens, as Claude Opus 3 cost
USAGE_TOKEN = "DEMO_USAGE_TOKEN"  # noqa: S105 - the name of the variable
DEFAULT_MODEL = "claude-3-opus-20240229"  # of a body that can't be read; the check refuses it
ASKED_WITH = (b"authorization", b"x-api-key", b"content-type", b"content-encoding")
# What of an answer of the check's a caller gets: all of a refusal, and limits of a yes.
REFUSED_WITH = (
    *("content-type", "cache-control", "www-authenticate", "retry-after", "x-should-retry"),
    *("ratelimit-policy", "ratelimit", "sunset", "deprecation", "link"),
)
PASSED_WITH = ("ratelimit-policy", "ratelimit")
PROBLEM = "application/problem+json"
Headers = list[tuple[bytes, bytes]]


class ModelGateway:
    """An ASGI application; `check` calls the server of `/gateway/check/body`.

    `site`, with a service token, gets the tokens and the cost of each call.
    """

    def __init__(
        self,
        check: httpx.AsyncClient,
        model: Any = fake_model.application,
        site: httpx.AsyncClient | None = None,
    ) -> None:
        self.check, self.model, self.site = check, model, site

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        operation = OPERATIONS.get(scope["path"])
        if not operation:
            await refuse(send, 404, "This gateway does not serve that address.")
        elif scope["method"] != "POST":
            await refuse(send, 405, "Use POST at this address.")
        else:
            await self.call(scope, await fake_model.body_of(receive, MAX_BODY), operation, send)

    async def call(self, scope: Scope, body: bytes, operation: str, send: Any) -> None:
        """In doubt, no: what isn't an answer of the check's is none."""
        if len(body) > MAX_BODY:
            await refuse(send, 413, "The demo takes at most 1 MB in one call.")
            return
        try:
            answer = await self.check.post(
                "/gateway/check/body", content=body, headers=asked_with(scope, body, operation)
            )
        except httpx.HTTPError:
            await refuse(send, 503, "The check can't be reached. Try again in a few seconds.")
            return
        if answer.status_code == 204:
            await self.pass_on(scope, body, chosen(answer, PASSED_WITH), send)
            if self.site:
                await report(self.site, answer.headers["x-emeritus-key"], json.loads(body))
        elif answer.status_code >= 400 and answer.headers.get("content-type") == PROBLEM:
            await answer_with(
                send, answer.status_code, chosen(answer, REFUSED_WITH), answer.content
            )
        else:
            await refuse(send, 503, "The check gave no answer. Try again in a few seconds.")

    async def pass_on(self, scope: Scope, body: bytes, more: Headers, send: Any) -> None:
        """Without the caller's key and query: the model gets neither."""

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send_with_limits(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                event = {**event, "headers": [*event["headers"], *more]}
            await send(event)

        await self.model({**scope, "headers": [], "query_string": b""}, receive, send_with_limits)


async def report(site: httpx.AsyncClient, key: str, call: dict[str, Any]) -> None:
    """Best effort: a real gateway keeps what it couldn't send, and sends it later."""
    written = fake_model.written_for(call)
    asked, said = written.asked_tokens, len(written.pieces)
    cost = (asked * INPUT_PRICE + said * OUTPUT_PRICE) / 1_000_000
    entry = {
        "key": key,
        "model": written.model,
        "input_tokens": asked,
        "output_tokens": said,
        "cost_usd": f"{cost:.6f}",
    }
    with suppress(httpx.HTTPError):
        await site.post(
            "/gateway/usage", json={"batch": f"demo-{uuid.uuid4()}", "entries": [entry]}
        )


def asked_with(scope: Scope, body: bytes, operation: str) -> Headers:
    """The caller's key and kind of body; the rest is the gateway's own word."""
    sent = [(name, value) for name, value in scope["headers"] if name in ASKED_WITH]
    address = scope["client"][0] if scope.get("client") else ""
    return [
        *sent,
        (b"x-emeritus-model", model_of(body).encode()),
        (b"x-emeritus-operation", operation.encode()),
        (b"x-emeritus-address", address.encode()),
    ]


def model_of(body: bytes) -> str:
    """Return what the body names, since the demo has every model; the check reads it again."""
    try:
        model = json.loads(body)["model"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return DEFAULT_MODEL
    is_name = isinstance(model, str) and model.isascii() and model.isprintable() and model.strip()
    return model if is_name else DEFAULT_MODEL


def chosen(answer: httpx.Response, names: tuple[str, ...]) -> Headers:
    found = [(name, answer.headers[name]) for name in names if name in answer.headers]
    return [(name.encode(), value.encode("latin-1")) for name, value in found]


async def refuse(send: Any, status: int, sentence: str) -> None:
    """As a problem (RFC 9457) with the `error` that official SDKs show."""
    error = {"type": "api_error", "message": sentence}
    problem = {"type": "about:blank", "status": status, "detail": sentence, "error": error}
    kind: Headers = [(b"content-type", PROBLEM.encode()), (b"cache-control", b"no-store")]
    await answer_with(send, status, kind, json.dumps(problem).encode())


async def answer_with(send: Any, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def served() -> ModelGateway:
    """Return the application; granian calls this."""
    address = env.gateway_url()
    client = httpx.AsyncClient(
        base_url=address, trust_env=False, verify=NO_CERTIFICATES, timeout=10
    )
    return ModelGateway(client, site=_site())


def _site() -> httpx.AsyncClient | None:
    token = env.env.str(USAGE_TOKEN, "")
    if not token:
        return None
    return httpx.AsyncClient(
        base_url=env.site_url(),
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        verify=NO_CERTIFICATES,
        timeout=10,
    )
