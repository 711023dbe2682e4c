"""An OpenID Connect provider that lets everybody in, so that signing in elsewhere can be drawn."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

PATHS = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
PATHS |= {"userinfo_endpoint": "/userinfo", "jwks_uri": "/keys"}


class OidcProvider(BaseHTTPRequestHandler):
    """Each code that it gives is for somebody who wasn't here before."""

    numbers = count(1)

    def do_GET(self) -> None:
        here = f"http://{self.headers['Host']}"
        split = urlsplit(self.path)
        if split.path == "/authorize":
            self._back({name: values[0] for name, values in parse_qs(split.query).items()})
        elif split.path == "/userinfo":
            self._say(self._person())
        else:
            ends = {name: here + path for name, path in PATHS.items()}
            self._say({"issuer": here, **ends})

    def do_POST(self) -> None:
        """A code for a token; both are the number of who it is."""
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._say({"access_token": sent["code"][0], "token_type": "Bearer", "expires_in": 600})

    def _person(self) -> dict[str, Any]:
        number = self.headers["Authorization"].removeprefix("Bearer ")
        email = f"nina{number}@example.org"
        return {"sub": number, "name": "Nina New", "email": email, "email_verified": True}

    def _back(self, asked: dict[str, str]) -> None:
        content = urlencode({"code": next(self.numbers), "state": asked["state"]})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{content}")
        self.end_headers()

    def _say(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """It says nothing."""


@contextmanager
def oidc_provider() -> Iterator[str]:
    """What SIGN_IN_PROVIDERS says of it, while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), OidcProvider)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    one = {"name": "campus", "kind": "oidc", "label": "Example University", "url": url}
    yield json.dumps([{**one, "client_id": "emeritus", "secret": "of the screenshots"}])
    server.shutdown()
