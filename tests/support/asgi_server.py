"""An ASGI application on a port, in a thread of the test's process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn

from tests.support.worker_processes import wait_until


@contextmanager
def served(app: Any, port: int, *, lifespan: Literal["on", "off"] = "on") -> Iterator[None]:
    config = uvicorn.Config(app, port=port, ws="none", lifespan=lifespan, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started, what="uvicorn")
        yield
    finally:
        server.should_exit = True
        thread.join()
