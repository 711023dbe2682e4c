"""Heads of calls that never end: a real uvicorn with our bounds, and sockets."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from requests_app.gateway import heads
from tests.stack import free_port, wait_until

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
OK = b"HTTP/1.1 204"


async def application(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(heads, "LONGEST_SECONDS", 0.3)
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            port=port,
            http=heads.Bounded,
            ws="none",
            lifespan="off",
            timeout_keep_alive=1,
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, what="uvicorn")
    yield port
    server.should_exit = True
    thread.join()


@pytest.fixture
def line(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        yield line


def is_closed(line: socket.socket) -> bool:
    try:
        return line.recv(1000) == b""
    except ConnectionResetError:
        return True


def pour(line: socket.socket) -> None:
    line.sendall(HEAD)
    for _ in range(10_000):
        line.sendall(b"x-more: " + b"a" * 8000 + b"\r\n")


def test_a_head_that_grows_without_end_is_refused(line: socket.socket) -> None:
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        pour(line)


def test_a_head_that_is_too_large_is_told_so(line: socket.socket) -> None:
    line.sendall(HEAD + b"x-more: " + b"a" * heads.MOST_BYTES)
    assert line.recv(1000).startswith(b"HTTP/1.1 431 ")
    assert is_closed(line)


@pytest.mark.parametrize("start", [b"", HEAD])
def test_a_head_that_takes_too_long_is_not_waited_for(line: socket.socket, start: bytes) -> None:
    began = time.monotonic()
    line.sendall(start)
    assert is_closed(line)
    assert time.monotonic() - began < 3


def test_a_second_head_is_bounded_like_the_first(line: socket.socket) -> None:
    line.sendall(HEAD + b"\r\n")
    assert line.recv(1000).startswith(OK)
    line.sendall(HEAD)
    assert is_closed(line)


def test_a_connection_between_two_calls_may_rest(line: socket.socket) -> None:
    for _ in range(2):
        line.sendall(HEAD)
        line.sendall(b"\r\n")
        assert line.recv(1000).startswith(OK)
        time.sleep(2 * heads.LONGEST_SECONDS)


@pytest.mark.parametrize("more", [b"\r\n", b"x"])
def test_a_connection_that_begins_no_other_call_is_closed_in_the_end(
    line: socket.socket, more: bytes
) -> None:
    """A line end, or the rest of a body that nobody waited for."""
    line.sendall(HEAD + b"Content-Length: 9\r\n\r\n" if more == b"x" else HEAD + b"\r\n")
    assert line.recv(1000).startswith(OK)
    line.sendall(more)
    assert is_closed(line)


@pytest.mark.parametrize("junk", [b"\x00\x01\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_call_is_a_400(line: socket.socket, junk: bytes) -> None:
    line.sendall(junk)
    assert line.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert is_closed(line)
