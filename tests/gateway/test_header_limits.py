"""Heads of calls that never end: a real uvicorn with our bounds, and sockets."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from requests_app.gateway import app
from requests_app.gateway.http import header_limits
from tests.support.worker_processes import free_port, wait_until

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
OK = b"HTTP/1.1 204"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers without the body, or where it is asked to, after the body."""
    while scope["path"] == "/after-the-body" and (await receive()).get("more_body"):
        continue
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header_limits, "MAX_HEADER_SECONDS", 0.3)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            port=port,
            http=header_limits.BoundedHttpProtocol,
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
    line.sendall(HEAD + b"x-more: " + b"a" * header_limits.MAX_HEADER_BYTES)
    assert line.recv(1000).startswith(b"HTTP/1.1 431 ")
    assert is_closed(line)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("start", [b"", HEAD])
def test_a_head_that_takes_too_long_is_not_waited_for(line: socket.socket, start: bytes) -> None:
    began = time.monotonic()
    line.sendall(start)
    assert is_closed(line)
    assert time.monotonic() - began < 3


@pytest.mark.usefixtures("hurried")
def test_a_second_head_is_bounded_like_the_first(line: socket.socket) -> None:
    line.sendall(HEAD + b"\r\n")
    assert line.recv(1000).startswith(OK)
    line.sendall(HEAD)
    assert is_closed(line)


@pytest.mark.usefixtures("hurried")
def test_a_connection_between_two_calls_may_rest(line: socket.socket) -> None:
    for _ in range(2):
        line.sendall(HEAD)
        line.sendall(b"\r\n")
        assert line.recv(1000).startswith(OK)
        time.sleep(2 * header_limits.MAX_HEADER_SECONDS)


@pytest.mark.usefixtures("hurried")
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


# However the bytes arrive ----------------------------------------------------------------------

# What comes before the head, and how many answers to that.
BEFORE = {
    "at the start": (b"", 0),
    "after an answer": (HEAD + b"\r\n", 1),
    "behind a body": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" + b"b" * 70_000,
        1,
    ),
    "behind a body in chunks": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        1,
    ),
}
PIECES = {"in one write": 10**9, "piece by piece": 1_000, "nearly one by one": 11}


def head_of(size: int) -> bytes:
    start, end = HEAD + b"x-more: ", b"\r\n\r\n"
    return start + b"a" * (size - len(start) - len(end)) + end


def send(line: socket.socket, data: bytes, piece: int) -> None:
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(ConnectionResetError, BrokenPipeError):  # refused before its end
        for start in range(0, len(data), piece):
            line.sendall(data[start : start + piece])


def answers_of(line: socket.socket, number: int) -> list[bytes]:
    """The first line of each."""
    got = b""
    while got.count(b"\r\n\r\n") < number and (data := line.recv(65536)):
        got += data
    return [answer.partition(b"\r\n")[0] for answer in got.split(b"\r\n\r\n") if answer]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("before", BEFORE)
def test_a_head_of_64_kib_passes_and_one_byte_more_is_refused(
    port: int, before: str, piece: str
) -> None:
    for size, told in (
        (header_limits.MAX_HEADER_BYTES, b"204"),
        (header_limits.MAX_HEADER_BYTES + 1, b"431"),
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            first, number = BEFORE[before]
            if before == "after an answer":
                send(line, first, PIECES[piece])
                assert answers_of(line, number)
                first, number = b"", 0
            send(line, first + head_of(size), PIECES[piece])
            assert told in answers_of(line, number + 1)[-1]


@pytest.mark.parametrize("before", BEFORE)
def test_a_head_without_an_end_is_refused_soon_after_64_kib(port: int, before: str) -> None:
    first, number = BEFORE[before]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        endless = (
            HEAD
            + b"x-more: "
            + b"a" * (header_limits.MAX_HEADER_BYTES + header_limits.READ_CHUNK_BYTES)
        )
        send(line, first + endless, 10**9)
        assert b" 431 " in answers_of(line, number + 1)[-1]
        assert is_closed(line)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("before", BEFORE)
def test_a_head_that_drips_is_not_waited_for(port: int, before: str) -> None:
    """Each byte comes well within the time; the whole doesn't."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        send(line, BEFORE[before][0], 10**9)
        answers_of(line, BEFORE[before][1])
        assert drips_until_closed(line, HEAD + b"x-more: " + b"a" * 1_000)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("encoding", [b"Content-Length: 9000000", b"Transfer-Encoding: chunked"])
def test_a_body_is_answered_and_not_waited_for(line: socket.socket, encoding: bytes) -> None:
    line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + encoding + b"\r\n\r\n")
    assert answers_of(line, 1)[0].startswith(OK)
    assert drips_until_closed(line, b"3e8\r\n" + b"a" * 1_000)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("encoding", [b"Content-Length: 9000000", b"Transfer-Encoding: chunked"])
def test_a_body_that_is_compared_is_not_waited_for_either(
    line: socket.socket, encoding: bytes
) -> None:
    line.sendall(b"POST /after-the-body HTTP/1.1\r\nHost: x\r\n" + encoding + b"\r\n\r\n")
    assert drips_until_closed(line, b"3e8\r\n" + b"a" * 1_000)


def drips_until_closed(line: socket.socket, data: bytes) -> bool:
    """Whether the other end closes before all of it has come."""
    line.settimeout(header_limits.MAX_HEADER_SECONDS / 10)
    for byte in data:
        try:
            line.sendall(bytes([byte]))
            if line.recv(1000) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


@pytest.mark.usefixtures("hurried")
def test_line_ends_between_calls_keep_no_connection_open(line: socket.socket) -> None:
    line.sendall(HEAD + b"\r\n")
    assert answers_of(line, 1)[0].startswith(OK)
    assert drips_until_closed(line, b"\r\n" * 1_000)


def test_a_body_that_comes_after_its_answer_leaves_a_connection_that_ends(
    line: socket.socket,
) -> None:
    line.sendall(HEAD + b"Content-Length: 2\r\n\r\n")
    assert answers_of(line, 1)[0].startswith(OK)
    line.sendall(b"o")
    line.sendall(b"k")
    assert is_closed(line)


def test_a_body_has_one_time_wherever_it_is_waited_for() -> None:
    """The connection is closed then; a longer wait behind it would never end."""
    assert app.BODY_SECONDS == header_limits.MAX_HEADER_SECONDS
