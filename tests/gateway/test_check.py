"""The check without a database: what it reads of a call, and how it answers."""

import asyncio
import logging
import sys
from dataclasses import replace
from ipaddress import ip_network

import pytest

from lifecycle.catalogue.models import AIModel
from requests_app.gateway import app
from requests_app.gateway.app import Gateway
from requests_app.gateway.http import problems, request_headers, responses, timeouts
from requests_app.gateway.http.problems import PROBLEMS, Problem
from requests_app.models import OPERATIONS
from tests.support.gateway_fixtures import (
    BEARER,
    KEY,
    LIVE,
    MODEL,
    OPUS,
    OTHER_KEY,
    ROW,
    SITE,
    MemoryStore,
    ask,
    in_memory,
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(replace(ROW, expires_at=LIVE, ends_at=LIVE))


@pytest.fixture
def gateway(store: MemoryStore) -> Gateway:
    return in_memory(store)


# What is read of a call -----------------------------------------------------------------------

API_KEY = ("x-api-key", KEY)
CALLS: tuple[tuple[tuple[tuple[str, str], ...], str], ...] = (
    ((BEARER, MODEL), ""),
    ((API_KEY, MODEL), ""),
    ((BEARER, API_KEY, MODEL), ""),
    ((("authorization", f"bearer {KEY}"), MODEL), ""),
    ((("authorization", f"BEARER   {KEY} "), MODEL), ""),
    ((("authorization", "Basic eDp5"), API_KEY, MODEL), ""),
    ((BEARER, ("x-api-key", ""), MODEL), ""),
    ((BEARER, MODEL, ("x-emeritus-operation", "messages")), ""),
    ((BEARER, MODEL, ("x_emeritus_model", "other"), ("x_api_key", OTHER_KEY)), ""),
    ((BEARER, MODEL, ("host", "x"), ("x-forwarded-for", "::1"), ("x-forwarded-host", "y")), ""),
    ((BEARER, ("x-api-key", OTHER_KEY), MODEL), "malformed-key"),
    ((BEARER, ("x-api-key", "sk-ant-1"), MODEL), "malformed-key"),
    ((("authorization", "Bearer sk-1"), ("x-api-key", "sk-2"), MODEL), "malformed-key"),
    ((BEARER, BEARER, MODEL), "malformed-key"),
    ((API_KEY, ("x-api-key", ""), MODEL), "malformed-key"),
    ((("authorization", "Basic eDp5"), BEARER, MODEL), "malformed-key"),
    ((("authorization", f"Bearer {KEY}, Bearer {KEY}"), MODEL), "malformed-key"),
    ((("x-api-key", f"{KEY}0"), MODEL), "malformed-key"),
    ((("x-api-key", KEY * 10_000), MODEL), "malformed-key"),
    ((("x-api-key", "emk_' OR 1=1 --"), MODEL), "malformed-key"),
    ((("x-api-key", "emk_\xff\x00"), MODEL), "malformed-key"),
    ((("x-api-key", OTHER_KEY), MODEL), "unknown-key"),
    ((("x-api-key", "sk-ant-1"), ("x-emeritus-model", "other")), "malformed-key"),
    ((("authorization", "Bearer"), ("x-emeritus-model", "other")), "missing-key"),
    ((("authorization", KEY), ("x-emeritus-model", "other")), "missing-key"),
    ((("x_api_key", KEY), ("x-emeritus-model", "other")), "missing-key"),
    ((("cookie", KEY), ("x-emeritus-model", "other")), "missing-key"),
    ((BEARER,), "model-not-named"),
    ((), "model-not-named"),
    ((BEARER, ("x_emeritus_model", OPUS)), "model-not-named"),
    ((BEARER, MODEL, MODEL), "model-not-named"),
    ((BEARER, MODEL, ("x-emeritus-model", "other")), "model-not-named"),
    ((BEARER, ("x-emeritus-model", "")), "model-not-named"),
    ((BEARER, ("x-emeritus-model", "\xff")), "model-not-named"),
    ((BEARER, ("x-emeritus-model", f"{OPUS}\x00")), "model-not-named"),
    ((BEARER, ("x-emeritus-model", "a" * 10_000)), "model-not-named"),
    ((BEARER, MODEL, *[("x-emeritus-operation", "messages")] * 2), "model-not-named"),
    ((BEARER, MODEL, ("x-emeritus-operation", "")), "model-not-named"),
    ((BEARER, ("x-emeritus-model", f"{OPUS}, other")), "wrong-model"),
    ((BEARER, ("x-emeritus-model", "' OR 1=1 --")), "wrong-model"),
    ((BEARER, MODEL, ("x-emeritus-operation", "completions")), "wrong-operation"),
    ((MODEL,), "model-retired"),
    ((("x-api-key", "sk-ant-1"), MODEL), "model-retired"),
    ((("authorization", "Basic eDp5"), MODEL), "model-retired"),
    ((("authorization", f"Bearer {KEY[1:]}"), MODEL), "model-retired"),
)


@pytest.mark.parametrize(("headers", "expected"), CALLS)
def test_check_reads_only_what_counts_and_only_once(
    gateway: Gateway, headers: tuple[tuple[str, str], ...], expected: str
) -> None:
    reply = ask(gateway, *headers)
    assert reply.status == 204 if not expected else reply.reason == expected
    for text in (KEY, OTHER_KEY, "sk-ant-1"):
        assert text not in f"{reply.headers} {reply.body!r}"


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["192.0.2.7"], ""),
        (["::ffff:192.0.2.7"], ""),
        (["198.51.100.7"], "wrong-network"),
        ([], "address-not-named"),
        (["192.0.2.7", "192.0.2.7"], "address-not-named"),
        (["192.0.2.7, 198.51.100.7"], "address-not-named"),
        (["192.0.2.7:443"], "address-not-named"),
    ],
)
def test_a_bound_key_needs_one_readable_address(
    gateway: Gateway, store: MemoryStore, addresses: list[str], expected: str
) -> None:
    store.row = replace(store.row, networks=[ip_network("192.0.2.0/24")])
    reply = ask(gateway, BEARER, MODEL, *[("x-emeritus-address", each) for each in addresses])
    assert reply.status == 204 if not expected else reply.reason == expected


def test_check_looks_nothing_up_for_what_is_no_key(gateway: Gateway, store: MemoryStore) -> None:
    ask(gateway, ("x-api-key", KEY[:-1] + "0"), MODEL)
    assert store.asked == []


def test_read_knows_the_longest_name_and_a_true_operation() -> None:
    longest = AIModel._meta.get_field("identifier").max_length
    assert 4 * (longest or 0) == request_headers.MAX_NAME_BYTES
    assert request_headers.DEFAULT_OPERATION.decode() in OPERATIONS


# The answers ----------------------------------------------------------------------------------


def test_check_lets_pass_with_who_and_until_when(gateway: Gateway) -> None:
    reply = ask(gateway, BEARER, MODEL)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers == {
        "cache-control": "no-store",
        "x-emeritus-key": "key_1",
        "x-emeritus-grant": "grant_1",
        "x-emeritus-holder": "user-7",
        "x-emeritus-ends": LIVE.isoformat().replace("+00:00", "Z"),
    }


def test_check_says_the_same_to_get_head_and_post(gateway: Gateway) -> None:
    for headers in ((BEARER, MODEL), (MODEL,), (BEARER,)):
        get, head, post = (ask(gateway, *headers, method=m) for m in ("GET", "HEAD", "POST"))
        assert get == post
        assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


CHALLENGES = (
    (("x-emeritus-model", "other"), 'Bearer realm="emeritus"'),
    (("x-api-key", OTHER_KEY), 'Bearer realm="emeritus", error="invalid_token"'),
    (("x-api-key", KEY), 'Bearer realm="emeritus", error="insufficient_scope"'),
)


@pytest.mark.parametrize(("header", "challenge"), CHALLENGES)
def test_check_challenges_as_rfc_6750_has_it(
    gateway: Gateway, header: tuple[str, str], challenge: str
) -> None:
    names_model = header[0] == "x-emeritus-model"
    reply = ask(gateway, header, *([] if names_model else [("x-emeritus-model", "other")]))
    assert reply.headers["www-authenticate"] == challenge


def test_check_tells_who_has_no_key_where_to_ask(gateway: Gateway) -> None:
    reply = ask(gateway, MODEL)
    page = f"{SITE}/models/{OPUS}/"
    assert reply.status == 410
    assert reply.headers["link"] == f'<{page}>; rel="deprecation sunset help"'
    assert reply.headers["sunset"] == "Mon, 05 Jan 2026 00:00:00 GMT"
    assert reply.headers["deprecation"] == "@1751241600"
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.content == reply.content | {
        "type": f"{SITE}/problems/#model-retired",
        "model": OPUS,
        "retired_on": "2026-01-05",
        "replacement": "claude-opus-4-8",
        "ask": page,
    }
    for part in ("2026-01-05", "claude-opus-4-8", page):
        assert part in reply.content["detail"]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.slug)
def test_every_problem_says_what_to_do_and_where_to_read_on(problem: Problem) -> None:
    assert problem.sentence.endswith(".")
    said = responses.refused(problem, SITE)
    assert said.status == problem.status
    assert f"{SITE}/problems/#{problem.slug}" in said.body.decode()
    assert ("cache-control", "no-store") in said.headers


def test_problems_are_all_in_the_table_once() -> None:
    named = [value for value in vars(problems).values() if isinstance(value, Problem)]
    assert sorted(named, key=str) == sorted((*PROBLEMS, *problems.OF_HTTP), key=str)
    assert len({problem.slug for problem in PROBLEMS}) == len(PROBLEMS)


@pytest.mark.parametrize("path", ["/", "/gateway", "/gateway/check/", "//gateway/check"])
def test_other_paths_are_not_found(gateway: Gateway, path: str) -> None:
    reply = ask(gateway, BEARER, MODEL, path=path)
    assert (reply.status, reply.content["title"]) == (404, "Not found")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "get", "TRACE"])
def test_other_methods_are_refused_with_those_allowed(gateway: Gateway, method: str) -> None:
    reply = ask(gateway, BEARER, MODEL, method=method)
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, POST")


# In doubt, no ---------------------------------------------------------------------------------


def test_check_that_fails_is_a_503_and_no_log_has_the_key(
    gateway: Gateway,
    store: MemoryStore,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timeouts, "log_sampler", timeouts.LogSampler())
    store.error = RuntimeError(f"cannot look up {KEY}")
    for headers in ((BEARER, MODEL), (MODEL,)):
        reply = ask(gateway, *headers)
        assert (reply.status, reply.reason) == (503, "check-unavailable")
        assert reply.headers["retry-after"] == "2"
    assert "RuntimeError" in caplog.text
    assert KEY not in caplog.text
    assert "cannot look up" not in caplog.text


def test_check_that_fails_all_the_time_is_logged_once_in_a_while() -> None:
    now = [100.0]
    sample = timeouts.LogSampler(lambda: now[0])
    assert [sample.take("TimeoutError") for _ in range(3)] == [0, None, None]
    assert sample.take("PoolTimeout") == 0
    now[0] += timeouts.SAMPLE_SECONDS
    assert [sample.take("TimeoutError") for _ in range(2)] == [2, None]


def test_check_of_an_unheard_of_state_is_a_503(gateway: Gateway, store: MemoryStore) -> None:
    store.row = replace(store.row, key_state="surprising")
    assert ask(gateway, BEARER, MODEL).status == 503


def test_check_waits_for_no_look_up_that_hangs(
    gateway: Gateway, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.2)  # as a connection that asks a frozen server to cancel

    monkeypatch.setattr(app, "MAX_ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(store, "ping", hang)
    assert ask(gateway, BEARER, MODEL).status == 503


def test_health_says_ok_and_otherwise_nothing(gateway: Gateway, store: MemoryStore) -> None:
    well = ask(gateway, path="/gateway/health")
    assert (well.status, well.body) == (200, b"ok\n")
    store.error = RuntimeError("secret address")
    ill = ask(gateway, path="/gateway/health")
    assert (ill.status, ill.reason) == (503, "check-unavailable")
    assert b"secret" not in ill.body


def record_of(error: Exception | None) -> logging.LogRecord:
    """As uvicorn logs what an application raised."""
    info = None
    if error:
        try:
            raise error
        except Exception:
            info = sys.exc_info()
    return logging.LogRecord("uvicorn", 40, "", 0, "Exception in ASGI application", (), info)


def test_one_message_over_different_errors_is_logged_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(timeouts, "log_sampler", timeouts.LogSampler(lambda: now[0]))
    lets_pass = timeouts.SampledFilter().filter
    assert lets_pass(record_of(KeyError("a")))
    assert not lets_pass(record_of(KeyError("b")))
    assert lets_pass(record_of(ValueError("a")))
    assert lets_pass(record_of(None))
    now[0] = timeouts.SAMPLE_SECONDS
    assert lets_pass(later := record_of(KeyError("c")))
    assert later.getMessage() == "Exception in ASGI application (and 1 times more before)"
