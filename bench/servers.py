"""What is measured, each served by granian with one worker on the same core."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from bench.environment import PEERS, fresh
from bench.load import on_core
from lifecycle.config import env

APPLICATION = "requests_app.gateway.app:application"


@contextmanager
def serve(folder: Path, interface: str, application: str, **more: str) -> Iterator[str]:
    """Its address, once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", interface, "--no-ws"]
    command += ["--port", str(port), "--workers", "1", "--log-level", "warning", application]
    with (folder / f"{port}.log").open("wb") as log:
        running = subprocess.Popen(
            on_core(0, *command),
            cwd=env.ROOT,
            env={**os.environ, **more},
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait()


@contextmanager
def serve_all(folder: Path) -> Iterator[dict[str, str]]:
    """Addresses of the bare application, the check and the peers; the peers' credentials."""
    with ExitStack() as stack:
        found = {
            "bare": stack.enter_context(serve(folder, "asgi", "bench.bare:application")),
            "check": stack.enter_context(serve(folder, "asgi", APPLICATION)),
        }
        url = fresh(PEERS)
        filled = subprocess.run(
            [sys.executable, "-m", "bench.peers"],
            cwd=env.ROOT,
            env={**os.environ, "PEERS_DATABASE_URL": url},
            capture_output=True,
            check=True,
        )
        peers = serve(folder, "wsgi", "bench.peers:application", PEERS_DATABASE_URL=url)
        found["peers"] = stack.enter_context(peers)
        yield found | json.loads(filled.stdout)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"Nothing answers on port {port}.")
