"""Keeps runs of the tests that go on at once, from any checkouts, from using the same servers."""

import fcntl
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import redis

RUNS = 100
_held: list[int] = []


def suffix() -> str:
    """Of names that this run has to itself: empty for the first, -2 for the second beside it."""
    if "EMERITUS_TEST_RUN" not in os.environ:  # workers are told by the one that starts them
        os.environ["EMERITUS_TEST_RUN"] = str(first_free("run", range(1, RUNS)))
    run = os.environ["EMERITUS_TEST_RUN"]
    return "" if run == "1" else f"-{run}"


def valkey(url: str) -> str:
    """The same server, with a numbered database that nobody has, nor `url`: tests empty theirs."""
    server = redis.Redis.from_url(url)
    configured = server.connection_pool.connection_kwargs.get("db", 0)
    number = int(server.config_get("databases")["databases"])
    server.close()
    with suppress(RuntimeError):  # another run keeps it from its workers, and so from ours
        first_free("valkey", [configured])
    free = first_free("valkey", reversed(range(number)))
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts._replace(query=f"db={free}").geturl()
    return parts._replace(path=f"/{free}").geturl()


def first_free(kind: str, numbers: Iterable[int]) -> int:
    """A number that is ours until this process ends."""
    folder = Path(tempfile.gettempdir(), f"emeritus-tests-{os.geteuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    for number in numbers:
        lock = os.open(folder / f"{kind}-{number}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        _held.append(lock)
        return number
    raise RuntimeError(f"Other tests hold every {kind} there is; see {folder}.")
