"""A server of ours that answers as ROR's API v2 documents, and can be made to fail.

https://ror.readme.io/v2/docs/rest-api
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lifecycle.people.ror import SITE, check_digits

SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"


def ror_id(number: int) -> str:
    signs = f"0{SIGNS[number // 32]}{SIGNS[number % 32]}mhbd"
    return f"{SITE}{signs}{check_digits(signs)}"


def item(
    name: str,
    *,
    number: int = 1,
    town: str = "Exampleton",
    country: str = "DE",
    names: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """An organisation as the API has it, without what nobody reads."""
    display = [{"value": name, "types": ["ror_display", "label"], "lang": "en"}]
    place = {"country_code": country, "country_name": "Somewhere", "name": town}
    return {
        "id": ror_id(number),
        "status": "active",
        "names": display if names is None else names,
        "locations": [{"geonames_id": 1, "geonames_details": place}],
        "types": ["education"],
    }


@dataclass
class RorServer:
    """What it answers with, what goes wrong, and what it was asked for."""

    url: str = ""
    items: list[Any] = field(default_factory=list)
    fault: str = ""
    asked: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def body(self) -> bytes:
        answer: dict[str, Any] = {"number_of_results": len(self.items), "items": self.items}
        odd = {
            "html": b"<html>Maintenance</html>",
            "list": b"[]",
            "deep": b"[" * 100_000,
            "large": json.dumps({**answer, "more": "x" * 600_000}).encode(),
        }
        return odd.get(self.fault, json.dumps(answer).encode())


class Handler(BaseHTTPRequestHandler):
    """One search."""

    protocol_version = "HTTP/1.1"
    registry: RorServer

    def log_message(self, *args: Any) -> None: ...

    def do_GET(self) -> None:
        registry = self.registry
        registry.asked += parse_qs(urlsplit(self.path).query)["query"]
        with suppress(OSError):
            if registry.fault == "silent":
                registry.released.wait()
                return
            self._answer(registry)

    def _answer(self, registry: RorServer) -> None:
        body = registry.body()
        self.send_response({"500": 500, "redirect": 302}.get(registry.fault, 200))
        if registry.fault == "redirect":
            self.send_header("Location", registry.url)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) + (registry.fault == "cut")))
        self.end_headers()
        if registry.fault == "dripping":
            for at in range(len(body)):
                self.wfile.write(body[at : at + 1])
                self.wfile.flush()
                if registry.released.wait(0.1):
                    return
        self.wfile.write(body)
        self.close_connection = True


@contextmanager
def serving() -> Iterator[RorServer]:
    registry = RorServer()
    handler = type("Of", (Handler,), {"registry": registry})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    registry.url = f"http://127.0.0.1:{server.server_port}/v2/organizations"
    try:
        yield registry
    finally:
        registry.released.set()
        server.shutdown()
        server.server_close()
