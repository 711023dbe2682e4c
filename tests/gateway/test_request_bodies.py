"""The check of a call with its body, without servers: what is decided when."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from requests_app.gateway import app
from requests_app.gateway.app import CHECK, CHECK_BODY, Gateway
from requests_app.gateway.decision import KeyLimits
from requests_app.gateway.http.request_bodies import MAX_BYTES
from tests.support.gateway_fixtures import BEARER, LIVE, MODEL, OPUS, ROW, MemoryStore, in_memory

JSON = ("content-type", "application/json")
HELLO = json.dumps({"model": OPUS}).encode()
Receive = Callable[[], Awaitable[dict[str, Any]]]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(replace(ROW, expires_at=LIVE, ends_at=LIVE, limits=KeyLimits(10)))


@pytest.fixture
def gateway(store: MemoryStore) -> Gateway:
    return in_memory(store)


def event(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def ask(
    gateway: Gateway, receive: Receive, *headers: tuple[str, str], path: str = CHECK_BODY
) -> tuple[int, bytes]:
    """Status and body of the answer."""
    sent = [(name.encode(), value.encode()) for name, value in headers or (BEARER, MODEL, JSON)]
    scope: Any = {"type": "http", "method": "POST", "path": path, "headers": sent}
    scope["query_string"] = b"model=other"
    events: list[Any] = []

    async def send(message: Any) -> None:
        events.append(message)

    async def run() -> None:
        await gateway.open()
        await gateway(scope, receive, send)
        await gateway.close()

    asyncio.run(run())
    return events[0]["status"], events[1]["body"]


def one_after_another(*events: dict[str, Any]) -> Receive:
    left = list(events)

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    return receive


def unread() -> Receive:
    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    return receive


def reason(answer: tuple[int, bytes]) -> str:
    return str(json.loads(answer[1])["error"]["code"])


def test_a_body_that_names_the_model_lets_the_call_pass(gateway: Gateway) -> None:
    assert ask(gateway, one_after_another(event(HELLO)))[0] == 204
    cut = one_after_another(event(HELLO[:9], more=True), event(b"", more=True), event(HELLO[9:]))
    assert ask(gateway, cut)[0] == 204


def test_a_yes_is_decided_after_the_body_was_read(gateway: Gateway, store: MemoryStore) -> None:
    """A revocation that was answered while a slow body came counts."""

    async def receive() -> dict[str, Any]:
        store.row = replace(store.row, refused_from=datetime.now(UTC) - timedelta(seconds=1))
        gateway.cache.forget()
        return event(HELLO)

    assert reason(ask(gateway, receive)) == "revoked-key"


def test_a_body_isnt_read_for_a_key_that_is_refused_anyway(
    gateway: Gateway, store: MemoryStore
) -> None:
    assert reason(ask(gateway, unread(), MODEL, JSON)) == "model-retired"
    assert reason(ask(gateway, unread(), BEARER, JSON)) == "model-not-named"
    assert reason(ask(gateway, unread(), BEARER, MODEL)) == "body-not-json"
    long = ("content-length", str(MAX_BYTES + 1))
    assert reason(ask(gateway, unread(), BEARER, MODEL, JSON, long)) == "body-too-large"
    store.row = replace(store.row, models={"other": None})
    assert reason(ask(gateway, unread())) == "wrong-model"


def test_the_plain_check_reads_neither_body_nor_query(gateway: Gateway) -> None:
    assert ask(gateway, unread(), BEARER, MODEL, path=CHECK)[0] == 204


def test_a_body_isnt_read_while_nothing_can_be_looked_up(
    gateway: Gateway, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang() -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(app, "MAX_ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(store, "ping", hang)
    assert reason(ask(gateway, unread())) == "check-unavailable"


def test_a_body_that_ends_too_late_or_never_is_refused(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "BODY_SECONDS", 0.1)

    async def never() -> dict[str, Any]:
        await asyncio.sleep(3600)
        return event(HELLO)

    assert reason(ask(gateway, never)) == "check-unavailable"
    gone = one_after_another(event(HELLO, more=True), {"type": "http.disconnect"})
    assert reason(ask(gateway, gone)) == "unclear-body"


def test_a_body_that_is_longer_than_it_says_is_refused(gateway: Gateway) -> None:
    half = event(b" " * (MAX_BYTES // 2 + 1), more=True)
    assert reason(ask(gateway, one_after_another(half, half))) == "body-too-large"


def test_a_call_that_is_refused_for_its_body_takes_nothing_of_a_limit(gateway: Gateway) -> None:
    gateway.limiter.take = lambda *of: pytest.fail("taken")  # type: ignore[method-assign]
    assert reason(ask(gateway, one_after_another(event(b"{}")))) == "unclear-body"
