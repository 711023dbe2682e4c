"""The check of a call with its body, without servers: what is decided when."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest

from requests_app.gateway import app
from requests_app.gateway.app import CHECK, CHECK_BODY, Gateway
from requests_app.gateway.decision import KeyLimits
from requests_app.gateway.http.request_bodies import CHUNK_BYTES, MAX_BYTES, MAX_READ_AT_ONCE
from requests_app.gateway.http.strict_json import ModelReader, UnclearError
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
        await asyncio.sleep(0)  # so that what was cut off ends
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


def test_a_call_that_is_refused_for_its_body_is_charged_to_the_limit(
    gateway: Gateway, store: MemoryStore
) -> None:
    store.row = replace(store.row, limits=KeyLimits(2))
    for _ in range(2):
        assert reason(ask(gateway, one_after_another(event(b"{}")))) == "unclear-body"
    assert reason(ask(gateway, unread())) == "too-many-requests"


def test_a_body_isnt_read_once_a_limit_is_used_up(gateway: Gateway, store: MemoryStore) -> None:
    store.row = replace(store.row, limits=KeyLimits(1))
    assert ask(gateway, unread(), BEARER, MODEL, path=CHECK)[0] == 204
    assert reason(ask(gateway, unread())) == "too-many-requests"


def test_a_body_that_never_ends_is_charged_too(
    gateway: Gateway, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "BODY_SECONDS", 0.1)
    store.row = replace(store.row, limits=KeyLimits(1))

    async def never() -> dict[str, Any]:
        await asyncio.sleep(3600)
        return event(HELLO)

    assert reason(ask(gateway, never)) == "check-unavailable"
    assert reason(ask(gateway, unread())) == "too-many-requests"


def test_few_bodies_of_a_grant_are_read_at_a_time(gateway: Gateway) -> None:
    """However many come at once; the others wait for their turn."""
    reading, most = 0, 0

    async def receive() -> dict[str, Any]:
        nonlocal reading, most
        reading += 1
        most = max(most, reading)
        await asyncio.sleep(0.01)
        reading -= 1
        return event(HELLO)

    assert statuses_at_once(gateway, receive, 10) == [204] * 10
    assert most == MAX_READ_AT_ONCE


def statuses_at_once(gateway: Gateway, receive: Receive, number: int) -> list[int]:
    sent = [(name.encode(), value.encode()) for name, value in (BEARER, MODEL, JSON)]
    scope: Any = {"type": "http", "method": "POST", "path": CHECK_BODY, "headers": sent}
    statuses: list[int] = []

    async def send(message: Any) -> None:
        if "status" in message:
            statuses.append(message["status"])

    async def run() -> None:
        await gateway.open()
        await asyncio.gather(*(gateway(scope, receive, send) for _ in range(number)))
        await gateway.close()

    asyncio.run(run())
    return statuses


def test_a_piece_of_a_body_keeps_others_waiting_for_a_moment_only() -> None:
    """The most costly one: signs that are read one by one."""
    body = b'{"model":"m","tools":[' + b"[],[]," * 4_000
    reader, seconds = ModelReader(), []
    for start in range(0, len(body), CHUNK_BYTES):
        began = time.process_time()
        reader.feed(body[start : start + CHUNK_BYTES])
        seconds.append(time.process_time() - began)
    assert median(seconds) < 0.05


def test_a_body_of_too_many_parts_is_refused_early() -> None:
    reader = ModelReader()
    with pytest.raises(UnclearError, match="too many parts"):
        reader.feed(b'{"model":"m","tools":[' + b"[]," * 20_000)
