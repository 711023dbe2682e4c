"""nginx from the distribution with our configuration: real calls through it to a real upstream."""

import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from lifecycle.catalogue.models import AIModel
from lifecycle.config.env import ROOT
from requests_app.actions import keys
from requests_app.actions.keys import ClaimedKey
from requests_app.models import Grant, Key
from tests.gateway_fixtures import SITE
from tests.stack import free_port, process, wait_until
from tests.tools import need

CONFIGURATION = ROOT / "docker/gateway/nginx"
FOLDER = Path("/usr/lib/nginx/modules")
MODULES = [FOLDER / "ndk_http_module.so", FOLDER / "ngx_http_set_misc_module.so"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.stack,
]


@dataclass
class Upstream:
    """A model that keeps what it was sent."""

    says: str = "hi"
    port: int = field(default_factory=free_port)
    seen: list[dict[str, str]] = field(default_factory=list)

    def __enter__(self) -> "Upstream":
        seen, says = self.seen, self.says.encode()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
                seen.append({**self.headers, "body": body})
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(says)))
                self.end_headers()
                self.wfile.write(says)

            def log_message(self, *words: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def write(folder: Path, ports: dict[str, int], *, cached: bool) -> None:
    """Our files, with other ports, in a folder of their own."""
    for path in CONFIGURATION.iterdir():
        text = path.read_text()
        for old, new in ports.items():
            text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
        if cached and path.name == "emeritus.conf":
            text = text.replace("internal;\n", "internal;\n include emeritus_cache.conf;\n", 1)
        (folder / path.name).write_text(text)
    lines = (CONFIGURATION / "emeritus_cache.conf").read_text().splitlines()
    http = "\n".join(line[6:] for line in lines if line.startswith("#     ")) if cached else ""
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        "".join(f"load_module {module};\n" for module in MODULES if cached)
        + f"daemon off; user {owner()}; worker_processes 1; pid {folder}/pid;"
        f" error_log {folder}/error.log;"
        " events {} http { access_log off; " + temporary + http + " include emeritus.conf; }"
    )


def owner() -> str:
    import os
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


@dataclass
class Front:
    """nginx with the check and a model behind it."""

    client: httpx.Client
    upstream: Upstream
    folder: Path

    def call(self, *headers: tuple[str, str], path: str = "/v1/messages") -> httpx.Response:
        return self.client.post(path, headers=list(headers), content=b"hello")


@pytest.fixture(params=[False, True], ids=["plain", "cached"])
def front(request: pytest.FixtureRequest, claimed: ClaimedKey, opus: AIModel) -> Iterator[Front]:
    cached = request.param
    if cached and not all(module.exists() for module in MODULES):
        pytest.skip("nginx can't make digests (apt-get install libnginx-mod-http-set-misc)")
    check, front = free_port(), free_port()
    with (
        TemporaryDirectory() as name,
        Upstream() as upstream,
        process(
            "requests_app.gateway",
            "--port",
            str(check),
            log=Path(name) / "uvicorn.log",
            SITE_URL=SITE,
        ),
        httpx.Client(base_url=f"http://127.0.0.1:{front}", trust_env=False) as client,
    ):
        folder = Path(name)
        cache = {"/run/nginx/emeritus": f"{folder}/cache"}
        write(folder, {"8001": check, "9000": upstream.port, "8080": front}, cached=cached)
        for old, new in cache.items():
            path = folder / "nginx.conf"
            path.write_text(path.read_text().replace(old, new))
        running = subprocess.Popen([need("nginx"), "-p", name, "-c", f"{name}/nginx.conf"])
        try:
            front_ = Front(client, upstream, folder)
            key = ("x-api-key", claimed.secret)
            wait_until(lambda: answers(front_, key), what=f"nginx, see {folder}")
            upstream.seen.clear()
            yield front_
        finally:
            running.terminate()
            running.wait()


def answers(front: Front, key: tuple[str, str]) -> bool:
    try:
        return front.call(key).status_code == 200
    except httpx.TransportError:
        return False


def bearer(claimed: ClaimedKey) -> tuple[str, str]:
    return "Authorization", f"Bearer {claimed.secret}"


def test_nginx_lets_a_key_pass_and_keeps_it_to_itself(front: Front, claimed: ClaimedKey) -> None:
    forged = (("X-Emeritus-Holder", "user-0"), ("X-Emeritus-Model", "other"))
    for key in (bearer(claimed), ("X-Api-Key", claimed.secret)):
        assert front.call(key, *forged).text == "hi"
    for seen in front.upstream.seen:
        assert claimed.secret not in str(seen)
        assert seen["X-Api-Key"] == "the-provider's-key"
        assert "Authorization" not in seen
        assert seen["X-Emeritus-Key"] == claimed.key.public_id
        assert seen["X-Emeritus-Holder"] == f"user-{claimed.key.holder_id}"
        assert seen["X-Emeritus-Model"] == "claude-3-opus-20240229"
        assert seen["body"] == "hello"
    assert len(front.upstream.seen) == 2


def test_nginx_hands_on_each_refusal_with_its_reason(front: Front, claimed: ClaimedKey) -> None:
    assert front.call().json()["type"] == f"{SITE}/problems/#model-retired"
    gone = front.call()
    assert (gone.status_code, gone.headers["sunset"]) == (410, "Mon, 05 Jan 2026 00:00:00 GMT")
    unknown = front.call(("X-Api-Key", claimed.secret[:-1] + "~"))
    assert (unknown.status_code, unknown.json()["status"]) == (401, 401)
    assert unknown.headers["content-type"] == "application/problem+json"
    assert "invalid_token" in unknown.headers["www-authenticate"]
    assert front.upstream.seen == []


def test_nginx_refuses_a_revoked_key(front: Front, claimed: ClaimedKey) -> None:
    keys.revoke(claimed.key, by=claimed.key.holder)
    wait_until(lambda: front.call(bearer(claimed)).status_code == 401, seconds=2, what="a refusal")
    front.upstream.seen.clear()
    assert front.call(bearer(claimed)).json()["type"] == f"{SITE}/problems/#revoked-key"
    assert front.upstream.seen == []


def test_nginx_remembers_for_at_most_a_second(front: Front, claimed: ClaimedKey) -> None:
    """Each time at another part of a second, as nginx counts whole ones."""
    for part in (0.05, 0.5, 0.95):
        wait_until(lambda: abs(time.time() % 1 - part) < 0.03, what="the moment")  # noqa: B023
        assert front.call(bearer(claimed)).status_code == 200
        Grant.objects.update(operations=["completions"])
        told = asked = time.monotonic()
        while front.call(bearer(claimed)).status_code == 200:
            assert asked - told < 1.1  # when it was asked: a busy machine answers later
            asked = time.monotonic()
        assert front.call(bearer(claimed)).status_code == 403
        Grant.objects.update(operations=["completions", "messages"])
        wait_until(lambda: front.call(bearer(claimed)).status_code == 200, what="a yes")


def test_nginx_says_when_a_limit_is_reached(front: Front, claimed: ClaimedKey) -> None:
    Grant.objects.update(requests_per_day=2)
    wait_until(lambda: front.call(bearer(claimed)).status_code == 429, seconds=3, what="a limit")
    over = front.call(bearer(claimed))
    assert (over.status_code, over.json()["type"]) == (429, f"{SITE}/problems/#too-many-requests")
    assert int(over.headers["retry-after"]) > 0
    assert over.headers["ratelimit"].startswith('"day";r=0;')


def test_nginx_names_the_callers_address(front: Front, claimed: ClaimedKey) -> None:
    forged = (("X-Emeritus-Address", "192.0.2.1"), ("X-Forwarded-For", "192.0.2.1"))
    for network, status in (("192.0.2.0/24", 403), ("127.0.0.0/8", 200)):
        Key.objects.update(networks=[network])
        wait_until(
            lambda: front.call(bearer(claimed), *forged).status_code == status,  # noqa: B023
            seconds=3,
            what=network,
        )


def test_nginx_writes_no_key_to_a_file(front: Front, claimed: ClaimedKey) -> None:
    for _ in range(3):
        assert front.call(bearer(claimed)).status_code == 200
    files = [path for path in front.folder.rglob("*") if path.is_file()]
    assert files
    if (front.folder / "cache").exists():
        assert [path for path in files if "cache" in path.parts]
    assert not [path for path in files if claimed.secret.encode() in path.read_bytes()]
