"""Loaded before anything else: the servers that the tests use, apart from those of the demo.

Each of pytest-xdist's workers has servers of its own, so that emptying Valkey, or stopping it, is
nobody else's business. Of a `.env` only the addresses of servers count.
"""

import base64
import gc
import os
import secrets
import signal

import pytest
from django.core.management import call_command

from lifecycle.config import env
from lifecycle.embedded import embedded
from tests.support import parallel_runs

WORKER = env.env.str("PYTEST_XDIST_WORKER", "")
KEPT = ("DATABASE_URL", "REDIS_URL", "EMERITUS_VAR", "EMERITUS_EMBEDDED_DURABLE")


def go_by_environment() -> None:
    """Here and in every process that the tests start."""
    os.environ |= {name: given for name in KEPT if (given := env.env.str(name, ""))}
    os.environ["EMERITUS_ENV_FILE"] = os.devnull
    env.env.forget_file()


def use_configured() -> None:
    """The servers of DATABASE_URL and REDIS_URL, with secrets that only this run knows."""
    os.environ["EMERITUS_VAR"] = str((env.ROOT / folder()).resolve())
    os.environ["REDIS_URL"] = parallel_runs.valkey(env.redis_url())
    random = base64.b64encode(secrets.token_bytes(48)).decode()
    os.environ.setdefault("SECRET_KEY", random)
    os.environ.setdefault("KEY_PEPPERS", f"1:{random}")


def folder() -> str:
    given: str = env.env.str("EMERITUS_VAR", "")
    return given or f"var/test{parallel_runs.suffix()}"


def use_embedded() -> None:
    os.environ["EMERITUS_VAR"] = str((env.ROOT / folder() / WORKER).resolve())
    os.environ.setdefault("EMERITUS_EMBEDDED_DURABLE", "false")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Whoever only hands out work to workers needs no servers."""
    if env.is_local() and not session.config.pluginmanager.has_plugin("dsession"):
        embedded.join()
    if not env.is_local() and not WORKER:  # as a site of your own has them, once for all workers
        call_command("collectstatic", interactive=False, verbosity=0)


# A shell's job in the background ignores Ctrl-C, and so would everything that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Little of what is loaded and collected goes again, so looking for garbage all the time is in vain.
gc.set_threshold(50_000)

# Compiled once, for the workers of pytest-xdist too and for all that the tests start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

go_by_environment()
if env.is_local():
    use_embedded()
else:
    use_configured()
