"""Loaded before anything else: the servers that the tests use, apart from those of the demo.

Each of pytest-xdist's workers has servers of its own, so that emptying Valkey, or stopping it, is
nobody else's business.
"""

import os
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from lifecycle.config import embedded, env

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def use_servers() -> None:
    folder = Path(os.environ.get("EMERITUS_VAR") or env.ROOT / "var" / "test")
    os.environ["EMERITUS_VAR"] = str(folder / WORKER)
    os.environ.setdefault("EMERITUS_EMBEDDED_DURABLE", "0")
    if not only_hands_out_work():
        embedded.join()


def only_hands_out_work() -> bool:
    """Whether this process starts workers, and runs no test itself."""
    return not WORKER and any(argument.startswith("-n") for argument in sys.argv)


def use_database_of_valkey() -> None:
    """Your own Valkey has numbered databases: one for each worker."""
    url = urlsplit(os.environ["REDIS_URL"])
    os.environ["REDIS_URL"] = url._replace(path=f"/{WORKER.removeprefix('gw')}").geturl()


# A shell's job in the background ignores Ctrl-C, and so would everything that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Compiled once, for the workers of pytest-xdist too and for all that the tests start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

if env.is_local():
    use_servers()
elif WORKER:
    use_database_of_valkey()
