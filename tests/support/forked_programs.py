"""Programs of ours in forks of one process that has imported the libraries, and none of ours.

Each reads our modules and its environment from nothing, as `python -m` would, at a fraction of
what a new process spends on importing Celery, Django and uvicorn.
"""

import multiprocessing
import os
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARIES = [
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "charset_normalizer",
    "csp.constants",
    "cryptography.x509",
    "dj_database_url",
    "dj_email_url",
    "django.db.models",
    "django.forms",
    "django.template.backends.django",
    "django_stubs_ext",
    "environs",
    "fido2.server",
    "httptools",
    "kombu.transport.redis",
    "markdown",
    "prometheus_client",
    "psycopg_pool",
    "pydantic",
    "redis.asyncio",
    "requests",
    "ua_parser",
    "uvicorn.lifespan.on",
    "uvloop",
]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(LIBRARIES)


class Program:
    """`python -m *command` in a session of its own."""

    def __init__(self, command: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
        log.touch()
        self._process = FORKS.Process(target=run, args=(command, environment, log))
        self._process.start()
        assert self._process.pid
        self.pid = self._process.pid

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, seconds: float | None = None) -> int | None:
        """How it ended: its status, or minus the signal; None if it still runs."""
        self._process.join(seconds)
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def run(command: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
    """What `python -m *command` does, here and now."""
    os.setsid()
    os.chdir(ROOT)
    write_to(log)
    os.environ.clear()
    os.environ |= environment
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = list(command)
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)


def write_to(log: Path) -> None:
    """As a shell does by `</dev/null >>log 2>&1`."""
    with open(os.devnull, "rb") as nothing, log.open("ab") as out:
        os.dup2(nothing.fileno(), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    sys.stdin = os.fdopen(0)  # multiprocessing has put another in its place
