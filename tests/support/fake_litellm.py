"""A server of ours that answers as LiteLLM's proxy documents, and can be made to fail.

https://docs.litellm.ai/docs/proxy/virtual_keys; a key is kept as its SHA-256, as there.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ADMIN_KEY = "sk-the-admin-key-of-the-tests"

Answer = tuple[int, dict[str, Any]]
# Called with the path: what goes wrong with this call, or "" for nothing.
Fault = Callable[[str], str]


def error(status: int, message: str) -> Answer:
    content = {"message": message, "type": "error", "param": "key", "code": str(status)}
    return status, {"error": content}


class Proxy:
    """Its keys by token, and what it was asked. `fault` is one of those in `serve`."""

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, str] = {}
        self.asked: list[str] = []
        self.fault: Fault = lambda path: ""
        self.late: list[Callable[[], Answer]] = []
        self.released = threading.Event()
        self.lock = threading.RLock()
        self.url = ""

    @property
    def aliases(self) -> set[str]:
        return {key["key_alias"] for key in self.keys.values()}

    def settle(self) -> None:
        """What was on its way arrives."""
        with self.lock:
            for work in self.late:
                work()
            self.late.clear()

    def handle(self, path: str, body: dict[str, Any]) -> Answer:
        works: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "/key/generate": self.generate,
            "/key/delete": self.delete,
            "/key/update": self.update,
            "/key/list": self.listing,
        }
        if path not in works:
            return 404, {"detail": "Not Found"}
        with self.lock:
            return works[path](body)

    def generate(self, body: dict[str, Any]) -> Answer:
        secret, alias = body["key"], body["key_alias"]
        if not secret.startswith("sk-"):
            return error(400, "Invalid key format. LiteLLM Virtual Key must start with `sk-`")
        token = hashlib.sha256(secret.encode()).hexdigest()
        if token in self.keys or alias in self.aliases:
            return error(400, f"Key with alias '{alias}' already exists.")
        self.secrets[alias] = secret
        self.keys[token] = {"token": token, "key_alias": alias, "metadata": body["metadata"]}
        self._set(self.keys[token], body)
        return 200, {**self.keys[token], "key": secret, "token_id": token}

    def _set(self, key: dict[str, Any], body: dict[str, Any]) -> None:
        for name in ("models", "max_budget", "rpm_limit", "blocked"):
            key[name] = body.get(name, key.get(name))
        if "duration" in body:
            seconds = int(body["duration"].removesuffix("s"))
            key["expires"] = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()

    def delete(self, body: dict[str, Any]) -> Answer:
        names = body.get("keys") or body["key_aliases"]
        there = [
            token for token, key in self.keys.items() if token in names or key["key_alias"] in names
        ]
        if not there:
            return error(404, "{'error': 'No keys found'}")
        for token in there:
            del self.keys[token]
        return 200, {"deleted_keys": names}

    def update(self, body: dict[str, Any]) -> Answer:
        key = self.keys.get(body["key"])
        if key is None:
            return error(404, "Key not found")
        self._set(key, body)
        return 200, {**key, "key": body["key"]}

    def listing(self, query: dict[str, Any]) -> Answer:
        page, size = int(query.get("page", 1)), int(query.get("size", 10))
        if size > 100:
            return 422, {"detail": "size"}
        found = sorted(self.keys.values(), key=lambda key: str(key["token"]))
        if alias := query.get("key_alias"):
            found = [key for key in found if key["key_alias"] == alias]
        shown = found[(page - 1) * size : page * size]
        keys: list[Any] = shown if query.get("return_full_object") == "true" else list(self.keys)
        pages = -(-len(found) // size)
        return 200, {
            "keys": keys,
            "total_count": len(found),
            "current_page": page,
            "total_pages": pages,
        }


class Handler(BaseHTTPRequestHandler):
    """One call; the proxy's fault decides what becomes of it."""

    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def log_message(self, *args: Any) -> None: ...

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.serve(parts.path, query)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.serve(self.path, json.loads(self.rfile.read(length)))

    def serve(self, path: str, body: dict[str, Any]) -> None:
        proxy = self.proxy
        proxy.asked.append(path)
        if self.headers["Authorization"] != f"Bearer {ADMIN_KEY}":
            return self.answer(*error(401, "Authentication Error"))
        fault = proxy.fault(path)
        if fault == "late":  # given up by the caller, done all the same
            proxy.late.append(lambda: proxy.handle(path, body))
        if fault in ("hang", "late"):
            proxy.released.wait(20)
        if fault in ("fail", "busy"):
            return self.answer(*error(500 if fault == "fail" else 429, "Try again."))
        if fault == "twice":
            proxy.handle(path, body)
        if fault in ("cut", "hang", "late"):
            return self.hang_up()
        answer = proxy.handle(path, body)
        if fault == "lost":
            return self.hang_up()
        return self.answer(*answer)

    def answer(self, status: int, content: dict[str, Any]) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def hang_up(self) -> None:
        self.close_connection = True


class Server(ThreadingHTTPServer):
    """Clients that hang up are nothing to speak of."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, *args: Any) -> None: ...


@contextmanager
def serving() -> Iterator[Proxy]:
    proxy = Proxy()
    handler = type("OfProxy", (Handler,), {"proxy": proxy})
    server = Server(("127.0.0.1", 0), handler)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
