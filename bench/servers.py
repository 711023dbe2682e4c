"""What is measured, each served by one worker on the same core."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.load import on_core
from lifecycle.config import env

GRANIAN = ("granian", "--no-ws", "--workers", "1", "--log-level", "warning", "--interface")
UVICORN = ("uvicorn", "--loop", "uvloop", "--http", "httptools", "--ws", "none", "--no-access-log")
LEAN = ("--no-proxy-headers", "--no-server-header", "--log-level", "warning")  # as the check has it
CHECK = ("requests_app.gateway",)


@contextmanager
def serve(folder: Path, *command: str, **more: str) -> Iterator[str]:
    """The address of a Python module that takes `--port`, once it answers."""
    port = free_port()
    whole = [sys.executable, "-m", *command, "--port", str(port)]
    with running(folder / f"{port}.log", *whole, **more):
        wait_for(port)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def running(log: Path, *command: str, **more: str) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            on_core(0, *command), cwd=env.ROOT, env={**os.environ, **more}, stdout=out, stderr=out
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


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
