"""The lines of the table: what is asked of whom."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import nginx
from bench.environment import MANY, NAME, PEERS, fresh
from bench.load import FORM, MANY_KEYS, POST, Target
from bench.servers import CHECK, GRANIAN, LEAN, UVICORN, serve
from lifecycle.config import env
from requests_app import key_format

DJANGO = "Django ok"
DJANGO_BARE = "Django ok, without middleware"
DJANGO_ASGI = "Django ok, over ASGI (uvicorn)"
API_KEY = "djangorestframework-api-key"
API_KEY_BARE = "djangorestframework-api-key, without middleware"
KNOX = "django-rest-knox"
TOOLKIT = "django-oauth-toolkit introspection"
GRANIAN_ASGI, GRANIAN_RSGI = "ASGI ok (granian)", "RSGI ok (granian)"
OK = "ASGI ok (uvicorn)"
SAME = "ASGI, the check's headers without a check (uvicorn)"
WARM, LIMITED = "The check, warm", "The check, warm, with a limit"
MANY_LIMITED = "The check, warm, with a limit, {:,} keys"
COLD, UNKNOWN = "The check, cold, {:,} keys", "The check, unknown keys"
BAD = "The check, bad checksum"
NGINX, NGINX_ASKING = "nginx, an empty answer", "The check behind nginx (auth_request)"
NGINX_CACHE = "The check behind nginx, cached for up to 1 s"

NAMED = {"X-Emeritus-Model": "claude-3-opus-20240229", "X-Emeritus-Operation": "messages"}


@contextmanager
def targets(folder: Path, free: str, limited: str, number: int) -> Iterator[list[Target]]:
    """All of them, served."""
    with ExitStack() as stack:
        yield [
            *peers(stack, folder),
            *applications(stack, folder),
            *checks(stack, folder, free, limited, number),
        ]


def peers(stack: ExitStack, folder: Path) -> Iterator[Target]:
    url = fresh(PEERS)
    found = subprocess.run(
        [sys.executable, "-m", "bench.peers"],
        cwd=env.ROOT,
        env={**os.environ, "PEERS_DATABASE_URL": url},
        capture_output=True,
        check=True,
    )
    secrets = json.loads(found.stdout)
    wsgi = (*GRANIAN, "wsgi", "bench.peers:application")
    at = stack.enter_context(serve(folder, *wsgi, PEERS_DATABASE_URL=url))
    bare = stack.enter_context(serve(folder, *wsgi, PEERS_DATABASE_URL=url, BARE="1"))
    asgi = (*UVICORN, *LEAN, "bench.peers:asynchronous")
    over_asgi = stack.enter_context(serve(folder, *asgi, PEERS_DATABASE_URL=url))
    key = {"Authorization": f"Api-Key {secrets['api_key']}"}
    yield Target(DJANGO, f"{at}/ok")
    yield Target(DJANGO_BARE, f"{bare}/ok")
    yield Target(DJANGO_ASGI, f"{over_asgi}/ok")
    yield Target(API_KEY, f"{at}/api-key", key)
    yield Target(API_KEY_BARE, f"{bare}/api-key", key)
    yield Target(KNOX, f"{at}/knox", {"Authorization": f"Token {secrets['knox']}"})
    bearer = {"Authorization": "Bearer introspection-token"}
    yield Target(TOOLKIT, f"{at}/introspect", bearer, FORM % "token=read-token")


def applications(stack: ExitStack, folder: Path) -> Iterator[Target]:
    for name, command in (
        (GRANIAN_ASGI, (*GRANIAN, "asgi", "bench.bare:application")),
        (GRANIAN_RSGI, (*GRANIAN, "rsgi", "bench.bare:rsgi")),
        (OK, (*UVICORN, *LEAN, "bench.bare:application")),
    ):
        yield Target(name, stack.enter_context(serve(folder, *command)))
    same = stack.enter_context(serve(folder, *UVICORN, *LEAN, "bench.bare:same"))
    yield Target(SAME, f"{same}/gateway/check", {**NAMED, "X-Api-Key": key_format.new()})


def checks(
    stack: ExitStack, folder: Path, free: str, limited: str, number: int
) -> Iterator[Target]:
    known, unknown = folder / "known", folder / "unknown"
    url = fresh(MANY, NAME)
    subprocess.run(
        [sys.executable, "-m", "bench.fill", str(number), str(known)],
        cwd=env.ROOT,
        env={**os.environ, "DATABASE_URL": url},
        check=True,
    )
    unknown.write_text("\n".join(key_format.new() for _ in range(50_000)))
    at = stack.enter_context(serve(folder, *CHECK))
    many = stack.enter_context(serve(folder, *CHECK, DATABASE_URL=url)) + "/gateway/check"
    check = f"{at}/gateway/check"
    with_limit, bad = {**NAMED, "X-Api-Key": limited}, {**NAMED, "X-Api-Key": "emk_" + "0" * 36}
    yield Target(WARM, check, {**NAMED, "X-Api-Key": free})
    yield Target(LIMITED, check, with_limit)
    yield Target(MANY_LIMITED.format(number), many, with_limit)
    yield Target(COLD.format(number), many, NAMED, MANY_KEYS % known)
    yield Target(UNKNOWN, check, NAMED, MANY_KEYS % unknown, refused=True)
    yield Target(BAD, check, bad, refused=True)
    yield from behind_nginx(stack, folder, at, free, limited)


def behind_nginx(
    stack: ExitStack, folder: Path, check: str, free: str, limited: str
) -> Iterator[Target]:
    """Without nginx they are left out, and so is its cache where it can't make a digest."""
    if nginx.is_there():
        asking, alone = stack.enter_context(
            nginx.serve_nginx(folder / "nginx", check, cached=False)
        )
        yield Target(NGINX, alone, script=POST)
        yield Target(NGINX_ASKING, asking, {"X-Api-Key": limited}, POST)
    if nginx.is_there() and nginx.can_cache():
        cached, _ = stack.enter_context(nginx.serve_nginx(folder / "cached", check, cached=True))
        yield Target(NGINX_CACHE, cached, {"X-Api-Key": free}, POST)
