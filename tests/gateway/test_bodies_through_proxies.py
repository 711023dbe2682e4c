"""Through real gateways: the body of a call never chooses another model than its address serves."""

import gzip
import json
from collections.abc import Iterator

import pytest

from requests_app.actions.keys import key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from tests.gateway.test_strict_json import NAMES_TWICE, NO_JSON, NO_UTF_8
from tests.support.gateway_fixtures import OPUS, SITE
from tests.support.reverse_proxies import HELLO, JSON, Front

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]

COMPARING = pytest.mark.parametrize("front", ["nginx", "haproxy"], indirect=True)
MEGABYTE = 1_000_000


@pytest.fixture
def key(claimed: ClaimedKey) -> tuple[str, str]:
    return "X-Api-Key", claimed.secret


def large(size: int, **first: str) -> bytes:
    """The model is named behind all the rest."""
    return json.dumps({**first, "content": "é" + "A" * size, "model": OPUS}).encode()


def pieces(body: bytes, size: int = 70_000) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


@COMPARING
def test_a_body_for_another_model_is_refused(front: Front, key: tuple[str, str]) -> None:
    for body in (b'{"model":"other"}', large(MEGABYTE).replace(OPUS.encode(), b"claude-2.1")):
        refused = front.call(key, content=body)
        assert refused.status_code == 403
        assert refused.json()["type"] == f"{SITE}/problems/#other-model-in-body"
        assert OPUS in refused.json()["error"]["message"]
        assert front.call(key, content=pieces(body)).status_code in (403, 411)
    assert front.upstream.seen == []


@COMPARING
def test_a_body_that_could_be_read_in_two_ways_is_refused(
    front: Front, key: tuple[str, str]
) -> None:
    named = [body.replace('"m"', f'"{OPUS}"').encode() for body in (*NAMES_TWICE, *NO_JSON)]
    for body in (*named, *NO_UTF_8):
        refused = front.call(key, content=body)
        assert (refused.status_code, refused.json()["status"]) == (400, 400), body[:100]
        assert refused.json()["error"]["code"] == "unclear-body"
    assert front.upstream.seen == []


@COMPARING
def test_a_body_that_says_it_is_something_else_is_refused(
    front: Front, key: tuple[str, str]
) -> None:
    others = (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "",
    )
    calls = [[("Content-Type", kind)] for kind in others]
    calls += [
        [JSON, JSON],
        [JSON, ("Content-Encoding", "gzip")],
        [JSON, ("Content-Encoding", "br")],
    ]
    for headers in calls:
        body = gzip.compress(HELLO) if ("Content-Encoding", "gzip") in headers else HELLO
        refused = front.client.post("/v1/messages", headers=[key, *headers], content=body)
        assert refused.status_code in (400, 415), headers
        assert refused.json()["error"]["type"] == "invalid_request_error"
    assert front.upstream.seen == []


@COMPARING
def test_twenty_megabytes_are_compared_and_passed_on_whole(
    front: Front, key: tuple[str, str]
) -> None:
    body = large(20 * MEGABYTE)
    assert front.call(key, content=body).status_code == 200
    assert front.upstream.seen[0]["body"].encode("latin-1") == body
    twice = large(20 * MEGABYTE, model="other", Model=OPUS)
    assert front.call(key, content=twice).status_code == 400
    too_large = front.call(key, content=large(34 * MEGABYTE))
    assert (too_large.status_code, too_large.json()["status"]) == (413, 413)
    assert len(front.upstream.seen) == 1


@COMPARING
def test_a_chunked_body_is_compared_and_passed_on_whole(front: Front, key: tuple[str, str]) -> None:
    """HAProxy can't know whether all of it is there, and refuses it."""
    body = large(2 * MEGABYTE)
    passed = front.call(key, content=pieces(body))
    if front.kind == "haproxy":
        assert (passed.status_code, passed.json()["error"]["code"]) == (411, "length_required")
    else:
        assert passed.status_code == 200
        assert front.upstream.seen.pop()["body"].encode("latin-1") == body
    twice = front.call(key, content=pieces(body + b'{"model":"other"}'))
    assert twice.status_code in (400, 411)
    assert front.upstream.seen == []


@COMPARING
def test_a_query_names_no_model_to_the_upstream(front: Front, key: tuple[str, str]) -> None:
    assert front.call(key, path="/v1/messages?beta=true&model=other").status_code == 200
    assert front.upstream.seen[0]["path"] == "/v1/messages"


@COMPARING
def test_a_bad_key_is_refused_whatever_the_body(front: Front, claimed: ClaimedKey) -> None:
    key_revocation.revoke(claimed.key, by=claimed.key.holder)
    for body in (HELLO, b"nonsense", large(MEGABYTE)):
        refused = front.call(("X-Api-Key", claimed.secret), content=body)
        assert refused.json()["error"]["code"] == "revoked-key"
    assert front.upstream.seen == []


@pytest.mark.parametrize("front", ["caddy"], indirect=True)
def test_caddy_reaches_one_model_whatever_the_body(
    front: Front, claimed: ClaimedKey, key: tuple[str, str]
) -> None:
    """forward_auth shows the check no body: the address at the model's server names the model."""
    bodies = [body.encode() for body in (*NAMES_TWICE, *NO_JSON[:20])]
    bodies += [b'{"model":"other"}', large(20 * MEGABYTE, model="other"), b"\xff", HELLO]
    for body in bodies:
        assert front.call(key, path="/v1/messages?model=other", content=body).status_code == 200
        seen = front.upstream.seen.pop()
        assert seen["path"] == f"/models/{OPUS}/v1/messages"
        assert seen["body"].encode("latin-1") == body
        assert claimed.secret not in str(seen)
    assert front.call(key, content=pieces(large(2 * MEGABYTE))).status_code == 200
    assert front.call(key, content=large(34 * MEGABYTE)).status_code in (413, 502)
    assert {seen["path"] for seen in front.upstream.seen} <= {f"/models/{OPUS}/v1/messages"}
