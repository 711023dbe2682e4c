"""Real processes of the gateway, and what is on record of those that listen."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from tests.support.gateway_fixtures import SITE
from tests.support.plain_http import answers
from tests.support.worker_processes import database_under_test, free_port, process, wait_until

SERVER = ("requests_app.gateway", "--port")


@contextmanager
def gateways(number: int, folder: Path, database: str) -> Iterator[list[str]]:
    """As many processes, each on a port of its own; all of them listen."""
    earlier = leases()
    urls = [f"http://127.0.0.1:{free_port()}" for _ in range(number)]
    with ExitStack() as stack:
        for url in urls:
            port = url.rpartition(":")[2]
            log = folder / f"uvicorn-{port}.log"
            settings = {"SITE_URL": SITE, "DATABASE_URL": database}
            stack.enter_context(process(*SERVER, port, log=log, **settings))
        for url in urls:
            wait_until(lambda: is_well(url), what=f"the gateway, see {folder}")
        wait_until(lambda: len(leases() - earlier) >= number, what="their listening")
        yield urls
    # They were killed: what they leave would cost the next revocation a second.
    execute("DELETE FROM emeritus_gateway_process WHERE id <> ALL(%s)", list(earlier))


def is_well(url: str) -> bool:
    return answers(f"{url}/gateway/health")


def leases() -> set[object]:
    rows = execute("SELECT id FROM emeritus_gateway_process WHERE NOT is_lost")
    return {id_ for (id_,) in rows.fetchall()}


def listening() -> int:
    return len(leases())


def execute(sql: str, *parameters: object) -> psycopg.Cursor[tuple[object, ...]]:
    """Beside the test's own connection, for fixtures that live longer than a test."""
    with psycopg.connect(database_under_test(), autocommit=True) as connection:
        return connection.execute(sql.encode(), parameters)
