"""Gateways from the distribution with our configurations, and a model behind them."""

import json
import os
import pwd
import socket
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from lifecycle.config.env import ROOT
from tests.support.forked_programs import Program
from tests.support.gateway_fixtures import OPUS, SITE
from tests.support.plain_http import plain_client
from tests.support.required_tools import need, need_njs
from tests.support.worker_processes import free_port, process, wait_until

FOLDER = ROOT / "docker/gateway"
MODULES = Path("/usr/lib/nginx/modules")
DIGESTS = [MODULES / "ndk_http_module.so", MODULES / "ngx_http_set_misc_module.so"]
JSON = ("Content-Type", "application/json")
HELLO = json.dumps({"model": OPUS, "messages": []}).encode()


@dataclass
class Upstream:
    """A model that keeps what it was sent, and answers by `says`, piece by piece."""

    says: str = "hi"
    port: int = field(default_factory=free_port)
    seen: list[dict[str, str]] = field(default_factory=list)
    pause: Callable[[], None] = lambda: None
    """Between the first piece of an answer and the rest."""

    def __enter__(self) -> "Upstream":
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received = {"path": self.path, "body": self.body().decode("latin-1")}
            sent = {name.title(): value for name, value in self.headers.items()}
            upstream.seen.append({**sent, **received})
            first, *rest = upstream.says.encode().split(b"\0")
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(first)
            upstream.pause()
            self.wfile.write(b"".join(rest))

        do_GET = do_POST

        def body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return self.rfile.read(int(self.headers["Content-Length"] or 0))
            pieces = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        def log_message(self, *words: Any) -> None: ...

    return Handler


@dataclass
class Check:
    port: int
    process: Program


@dataclass
class Front:
    """A gateway with the check and a model behind it."""

    client: httpx.Client
    upstream: Upstream
    folder: Path
    kind: str

    def call(
        self,
        *headers: tuple[str, str],
        path: str = "/v1/messages",
        content: bytes | Iterator[bytes] = HELLO,
    ) -> httpx.Response:
        return self.client.post(path, headers=[JSON, *headers], content=content)


Starts = Callable[[Path, dict[str, int]], "subprocess.Popen[bytes]"]


def written(
    kind: str, folder: Path, ports: dict[str, int], changed: Callable[[str], str] = str
) -> None:
    """Our files, with other ports, in a folder of their own."""
    for path in (FOLDER / kind).iterdir():
        text = path.read_text().replace("https://emeritus.example", SITE)
        for old, new in ports.items():
            text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
        (folder / path.name).write_text(changed(text))


def nginx(
    folder: Path, ports: dict[str, int], changed: Callable[[str], str] = str
) -> "subprocess.Popen[bytes]":
    written("nginx", folder, ports, changed)
    return _nginx(folder, [need_njs()])


def nginx_one_model(folder: Path, ports: dict[str, int]) -> "subprocess.Popen[bytes]":
    written("nginx", folder, ports)
    written("nginx_one_model", folder, ports)
    return _nginx(folder, [])


def nginx_cached(folder: Path, ports: dict[str, int]) -> "subprocess.Popen[bytes]":
    """With what emeritus_cache.conf says of itself."""
    if not all(module.exists() for module in DIGESTS):
        pytest.skip("nginx can't make digests (apt-get install libnginx-mod-http-set-misc)")
    written("nginx", folder, ports)
    written("nginx_one_model", folder, ports)
    ours = folder / "emeritus.conf"
    cache = "internal;\n include emeritus_cache.conf;\n"
    ours.write_text(ours.read_text().replace("internal;\n", cache, 1))
    lines = (folder / "emeritus_cache.conf").read_text().splitlines()
    http = "\n".join(line[6:] for line in lines if line.startswith("#     "))
    http = http.replace("/run/nginx/emeritus", f"{folder}/cache")
    return _nginx(folder, DIGESTS, http)


def caddy(folder: Path, ports: dict[str, int]) -> "subprocess.Popen[bytes]":
    written("caddy", folder, ports, lambda text: text.replace(":8080 {", f":{ports['8080']} {{"))
    return _logged(folder, need("caddy"), "run", "--config", "Caddyfile")


def haproxy(folder: Path, ports: dict[str, int]) -> "subprocess.Popen[bytes]":
    written("haproxy", folder, ports)
    return _logged(folder, need("haproxy"), "-db", "-f", "haproxy.cfg")


def _logged(folder: Path, *command: str) -> "subprocess.Popen[bytes]":
    home = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, env=home, stdout=log, stderr=log)


def _nginx(folder: Path, modules: Iterable[object], http: str = "") -> "subprocess.Popen[bytes]":
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        "".join(f"load_module {module};\n" for module in modules)
        + f"daemon off; user {pwd.getpwuid(os.getuid()).pw_name}; worker_processes 1;"
        f" pid {folder}/pid; error_log {folder}/error.log; events {{}}"
        f" http {{ access_log off; {temporary} {http} include emeritus.conf; }}"
    )
    return subprocess.Popen([need("nginx"), "-p", str(folder), "-c", f"{folder}/nginx.conf"])


@contextmanager
def checking(folder: Path) -> Iterator[Check]:
    """A check that any number of gateways may ask."""
    port, log = free_port(), folder / "uvicorn.log"
    with process("requests_app.gateway", "--port", str(port), log=log, SITE_URL=SITE) as asked:
        try:
            yield Check(port, asked)
        finally:
            asked.terminate()  # so that it doesn't stay on record as one that listens
            asked.wait()


@contextmanager
def running(kind: str, folder: Path, check: Check) -> Iterator[Front]:
    """A gateway of that kind; `ready` says when it lets calls through."""
    port = free_port()
    with (
        Upstream() as upstream,
        plain_client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        proxy = KINDS[kind](folder, {"8001": check.port, "9000": upstream.port, "8080": port})
        try:
            yield Front(client, upstream, folder, kind)
        finally:
            proxy.terminate()
            proxy.wait()


def ready(front: Front, key: str) -> Front:
    """It has let `key` through, and its model knows of no call yet."""
    front.upstream.says, front.upstream.pause = "hi", lambda: None
    wait_until(lambda: lets_through(front, key), what=f"a gateway, see {front.folder}")
    front.upstream.seen.clear()
    return front


def lets_through(front: Front, key: str) -> bool:
    try:
        return front.call(("x-api-key", key)).status_code == 200
    except httpx.TransportError:
        return False


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


KINDS: dict[str, Starts] = {
    "nginx": nginx,
    "nginx, one model": nginx_one_model,
    "nginx, cached": nginx_cached,
    "caddy": caddy,
    "haproxy": haproxy,
}
