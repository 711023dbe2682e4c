"""Nobody's slow line keeps others from the site's pages."""

import asyncio
import errno
import json
import re
import select
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.__main__ import SITE_OPTIONS, allow_open_files
from lifecycle.config import wsgi
from lifecycle.config.env import ROOT
from lifecycle.serving import request_buffering
from lifecycle.serving.request_buffering import UPLOAD_PACE, BufferingApplication, environ_of
from lifecycle.serving.upload_budget import UploadBudget, UploadDeadline, UploadPace, sender_of
from tests.support.plain_http import plain_client
from tests.support.soak_sizes import SOAK, size
from tests.support.worker_processes import free_port, process, wait_until

SITE = (*SITE_OPTIONS, "lifecycle.config.asgi:application")
HEAD = "POST {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n\r\n"


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the site as the demo runs it."""
    allow_open_files()
    port, log = free_port(), tmp_path_factory.mktemp("site") / "site.log"
    with process("granian", *SITE, "--port", str(port), log=log):
        wait_until(lambda: answers(port), what=f"the site, see {log}")
        yield port


def answers(port: int) -> bool:
    try:
        return bool(seconds_of_a_page(port))
    except httpx.TransportError:
        return False


def seconds_of_a_page(port: int) -> float:
    started = time.monotonic()
    headers = {"Host": "localhost"}
    page = f"http://127.0.0.1:{port}/api/v1/models/"
    with plain_client(timeout=60) as client:
        answer = client.get(page, headers=headers)
    assert answer.status_code == 200
    return time.monotonic() - started


def line_that_sent(port: int, path: str, more: str, body: bytes = b"") -> socket.socket:
    """A connection over which this was sent, and then nothing."""
    line = socket.create_connection(("127.0.0.1", port), timeout=120)
    line.sendall(HEAD.format(path=path, more=more).encode() + body)
    return line


def slow_body(port: int) -> socket.socket:
    """Where Django reads it whoever sends it; a form without a cookie it refuses unread."""
    more = "Content-Type: application/json\r\nContent-Length: 1000"
    return line_that_sent(port, "/api/v1/leaked-keys/", more, b'{"keys": [')


def is_held(line: socket.socket) -> bool:
    return not select.select([line], [], [], 0)[0]


# The site as it runs --------------------------------------------------------------------------


@pytest.mark.stack
@pytest.mark.django_db
def test_pages_come_while_bodies_are_sent_slowly(site: int) -> None:
    """They take none of its four threads. The deadline of the slow ones is no help here."""
    with ExitStack() as stack:
        lines = [stack.enter_context(slow_body(site)) for _ in range(size(40, 500))]
        first = seconds_of_a_page(site)
        assert any(map(is_held, lines)) or first > 9, "they were cut off before the page came"
        taken = [seconds_of_a_page(site) for _ in range(size(0, 50))]
    assert first < 9
    if SOAK:
        assert statistics.median(taken) < 0.2


@pytest.mark.stack
@pytest.mark.django_db
def test_pages_come_while_many_lines_say_nothing(site: int) -> None:
    with ExitStack() as stack:
        address = ("127.0.0.1", site)
        for _ in range(size(1_500, 4_000)):  # more than granian takes by default
            stack.enter_context(socket.create_connection(address, timeout=120))
        assert seconds_of_a_page(site) < 20


@pytest.mark.stack
@pytest.mark.django_db
def test_a_line_that_says_nothing_is_cut_off(tmp_path: Path) -> None:
    """After half a minute by default, and after a second here."""
    port, soon = free_port(), ("--http1-header-read-timeout", "1000")
    with process("granian", *SITE, *soon, "--port", str(port), log=tmp_path / "site.log"):
        wait_until(lambda: answers(port), what="the site")
        with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
            assert line.recv(1) == b""


@pytest.mark.parametrize("place", ["README.md", "docker/Dockerfile", "docker/compose.yaml"])
def test_the_site_is_started_so_everywhere(place: str) -> None:
    """The words of the demo's command, in their order and whatever stands between them."""
    plain = re.sub(r"[^\w.:/-]+", " ", (ROOT / place).read_text())
    assert re.search("granian .*?" + ".{0,80}".join(map(re.escape, SITE)), plain)


@pytest.mark.stack
@pytest.mark.django_db
def test_a_body_that_stops_coming_is_cut_off(site: int) -> None:
    with slow_body(site) as line:
        assert line.recv(12) == b"HTTP/1.1 408"


@pytest.mark.stack
@pytest.mark.django_db
def test_what_comes_in_parts_is_put_together(site: int) -> None:
    """A call without a length, to which only its last part adds the end."""
    more = "Content-Type: application/json\r\nTransfer-Encoding: chunked"
    with line_that_sent(site, "/api/v1/leaked-keys/", more, b'9\r\n{"keys": \r\n') as line:
        assert answers(site)
        line.sendall(b'8\r\n["none"]\r\n')
        assert answers(site)
        line.sendall(b"1\r\n}\r\n0\r\n\r\n")
        assert line.recv(12) == b"HTTP/1.1 204"


@pytest.mark.stack
@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json"])
def test_what_is_too_large_is_refused_before_it_comes(site: int, kind: str) -> None:
    more = f"Content-Length: 99999999\r\nContent-Type: {kind}"
    with line_that_sent(site, "/api/v1/requests/req_1/files/", more) as line:
        assert line.recv(12) == b"HTTP/1.1 413"


# The pace -------------------------------------------------------------------------------------


def seconds_until_cut_off(parts: list[tuple[float, int]], pace: UploadPace = UPLOAD_PACE) -> float:
    """After these parts (seconds, bytes) nothing more comes; 0 where one comes too late."""
    deadline = UploadDeadline(pace, now=0)
    for at, received in parts:
        if at > deadline.at:
            return 0
        deadline.extend(received, at)
    return deadline.at


def test_the_pace_lets_ten_megabytes_come_on_a_slow_line() -> None:
    """Of 64 kbit a second."""
    assert seconds_until_cut_off([(second, 8_000) for second in range(1, 1250)])


def test_the_pace_ends_what_comes_by_drops() -> None:
    """A byte now and then, and in the end what keeps just above the pace."""
    assert seconds_until_cut_off([]) == 10
    assert seconds_until_cut_off([(1, 10)]) < 11
    assert seconds_until_cut_off([(second, 5_000) for second in range(1, 1801)]) == 1800


def test_what_came_at_once_buys_no_long_silence() -> None:
    """Nor one that a byte in half a minute draws out."""
    assert seconds_until_cut_off([(1, 10_000_000)]) == 31
    assert not seconds_until_cut_off([(1, 10_000_000), (30, 1), (59, 1), (88, 1)])


# The application around Django ----------------------------------------------------------------

SCOPE: dict[str, Any] = {
    "type": "http",
    "method": "POST",
    "path": "/",
    "query_string": b"",
    "http_version": "1.1",
    "scheme": "http",
    "headers": [],
}


class Line:
    """What an ASGI server hands on, and gets back. After its parts nothing comes."""

    def __init__(self, *parts: bytes, ends: bool = False) -> None:
        self.parts, self.ends = list(parts), ends
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if not self.parts:
            await asyncio.Event().wait()
        part = self.parts.pop(0)
        return {
            "type": "http.request",
            "body": part,
            "more_body": bool(self.parts or not self.ends),
        }

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def status_from(
        self,
        site: BufferingApplication,
        path: str = "/",
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> int:
        asyncio.run(site({**SCOPE, "path": path, "headers": headers}, self.receive, self.send))
        assert (site.waiting.bytes, site.waiting.bytes_of) == (0, {})
        return int(self.sent[0]["status"])


def never(*_: object) -> list[bytes]:
    raise AssertionError("Django was run")


def test_a_body_that_stops_takes_no_thread() -> None:
    soon = UploadPace(grace_seconds=0.1, bytes_per_second=10**6)
    site = BufferingApplication(never, threads=1, max_body_bytes=100, pace=soon)
    assert Line(b"begins").status_from(site) == 408


def test_a_body_without_a_length_is_bounded_too() -> None:
    site = BufferingApplication(never, threads=1, max_body_bytes=100)
    assert Line(b"x" * 60, b"x" * 60).status_from(site) == 413


def test_bodies_that_wait_are_bounded_together() -> None:
    site = BufferingApplication(never, threads=1, max_body_bytes=10**6, max_waiting_bytes=90_000)
    assert Line(b"x" * 60_000, b"x" * 60_000).status_from(site) == 503


def hello(_: object, start: Callable[..., object]) -> list[bytes]:
    start("200 OK", [])
    return [b"Hello"]


def test_a_form_passes_while_large_bodies_fill_what_may_wait() -> None:
    site = BufferingApplication(hello, threads=1, max_body_bytes=10**6)
    assert all(site.waiting.take(f"192.0.2.{n}", 32 * 1024**2) for n in range(4))
    line, large = Line(b"x" * 65_536, ends=True), Line(b"x" * 65_537, ends=True)
    for each in (line, large):
        asyncio.run(site(SCOPE, each.receive, each.send))
    assert (line.sent[0]["status"], large.sent[0]["status"]) == (200, 503)


def test_one_address_never_fills_what_may_wait() -> None:
    budget = UploadBudget(max_body_bytes=10 * 1024**2)
    assert [budget.take("192.0.2.1", 10 * 1024**2) for _ in range(4)] == [True, True, True, False]
    assert budget.take("192.0.2.2", 10 * 1024**2)


@pytest.mark.parametrize("megabytes", [1, 10, 127, 128, 2000])
def test_the_largest_file_always_has_room(megabytes: int) -> None:
    """From three addresses at once, whatever FILE_MAX_MB is."""
    largest = megabytes * 1024**2 + 65_536
    budget = UploadBudget(largest)
    assert all(budget.take(f"192.0.2.{n}", largest) for n in range(3))


def test_a_large_body_comes_only_where_files_are_taken() -> None:
    site = BufferingApplication(hello, threads=1, max_body_bytes=300_000, max_form_bytes=100_000)
    large = [b"x" * 100_000, b"x" * 100_000]
    assert Line(*large, ends=True).status_from(site, "/requests/req_1/files/") == 200
    assert Line(*large, ends=True).status_from(site, "/accounts/login/") == 413


@pytest.mark.parametrize(
    ("proxies", "forwarded", "sender"),
    [
        (0, "192.0.2.7", "198.51.100.1/32"),
        (1, "192.0.2.7", "192.0.2.7/32"),
        (1, "203.0.113.9, 2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        (2, "203.0.113.9, 192.0.2.7, 10.0.0.1", "192.0.2.7/32"),
        (2, "192.0.2.7", "198.51.100.1/32"),
        (1, "nobody", "198.51.100.1"),
    ],
)
def test_whose_a_body_is_can_not_be_chosen(proxies: int, forwarded: str, sender: str) -> None:
    environ = {"REMOTE_ADDR": "198.51.100.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert sender_of(environ, proxies) == sender


class FullDisk:
    """A file that takes some of what is written, and then has no room."""

    def __init__(self, *_: object) -> None:
        self.size = 0

    def write(self, part: bytes) -> None:
        self.size += len(part) // 2
        raise OSError(errno.ENOSPC, "No space left on device")

    def tell(self) -> int:
        return self.size

    def seek(self, *_: int) -> int:
        return self.size

    def close(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_refuses_and_holds_nothing_of_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = BufferingApplication(never, threads=1, max_body_bytes=10**6)
    monkeypatch.setattr(request_buffering.WaitingBody, "open", FullDisk)
    assert Line(b"x" * 100_000, ends=True).status_from(site) == 503


def test_a_reader_who_takes_nothing_is_left() -> None:
    site = BufferingApplication(hello, threads=1, max_body_bytes=100, send_seconds=0.05)
    line, taken = Line(b"", ends=True), list[object]()

    async def never_taken(message: object) -> None:
        taken.append(message)
        await asyncio.Event().wait()

    async def serve() -> None:
        await asyncio.wait_for(site(SCOPE, line.receive, never_taken), 60)

    asyncio.run(serve())
    assert len(taken) == 1


@pytest.mark.parametrize(
    ("line", "status"),
    [(Line(b"begins"), 408), (Line(b"x" * 60, b"x" * 60), 413), (Line(b"", ends=True), 500)],
)
def test_programs_get_a_problem_with_the_headers_of_every_answer(line: Line, status: int) -> None:
    soon = UploadPace(grace_seconds=0.1)
    site = BufferingApplication(never, threads=1, max_body_bytes=100, pace=soon)
    assert line.status_from(site, "/api/v1/requests/é/") == status
    headers = dict(line.sent[0]["headers"])
    problem = json.loads(b"".join(part["body"] for part in line.sent[1:]))
    assert headers[b"content-type"] == b"application/problem+json"
    assert (problem["status"], problem["instance"]) == (status, "/api/v1/requests/%C3%A9/")
    sent = {name: headers[name] for name in (b"x-content-type-options", b"x-frame-options")}
    assert sent == {b"x-content-type-options": b"nosniff", b"x-frame-options": b"DENY"}
    assert b"default-src 'none'" in headers[b"content-security-policy"]


def test_a_type_that_django_stumbles_over_is_a_problem_too() -> None:
    kind = (b"content-type", b"text/plain; a*=unknown''b")
    line = Line(b"", ends=True)
    site = BufferingApplication(wsgi.application, threads=1, max_body_bytes=100)
    assert line.status_from(site, "/api/v1/models/", (kind,)) == 400
    assert dict(line.sent[0]["headers"])[b"content-type"] == b"application/problem+json"


def test_a_header_with_an_underscore_passes_for_no_other() -> None:
    headers = [(b"x_forwarded_proto", b"https"), (b"cookie", b"a=1"), (b"cookie", b"b=2")]
    environ = environ_of({**SCOPE, "headers": headers})
    assert "HTTP_X_FORWARDED_PROTO" not in environ
    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_a_path_comes_as_wsgi_has_it() -> None:
    assert environ_of({**SCOPE, "raw_path": b"/m%C3%BC%2F"})["PATH_INFO"] == "/m\xc3\xbc/"
    assert environ_of({**SCOPE, "path": "/mü"})["PATH_INFO"] == "/m\xc3\xbc"


def test_what_is_answered_is_whole_whatever_its_size() -> None:
    def large(environ: dict[str, Any], start: Callable[..., object]) -> Iterator[bytes]:
        start("200 OK", [("X-Name", "é")])
        yield environ["wsgi.input"].read()
        yield from [b"x" * 100_000] * 3

    line = Line(b"sent ", b"whole", ends=True)
    assert line.status_from(BufferingApplication(large, threads=1, max_body_bytes=100)) == 200
    assert line.sent[0]["headers"] == [(b"x-name", b"\xe9")]
    assert b"".join(part["body"] for part in line.sent[1:]) == b"sent whole" + b"x" * 300_000


def test_what_fails_is_an_answer_too() -> None:
    assert (
        Line(b"", ends=True).status_from(BufferingApplication(never, threads=1, max_body_bytes=100))
        == 500
    )
