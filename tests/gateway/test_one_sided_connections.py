"""The promise with a connection that is dead at one end only: nobody who looks sees it there."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import transaction

from lifecycle.catalogue.models import AIModel
from requests_app.actions.keys import key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway import pool
from requests_app.gateway.invalidation import NAME
from requests_app.transitions import gateway_barrier
from tests.support.faulty_wire import FaultyConnection, faulty_connection
from tests.support.forked_programs import Program
from tests.support.gateway_fixtures import SITE
from tests.support.gateway_processes import SERVER, execute, gateways, is_well, leases
from tests.support.hammer import LateAnswers, generate_load, revoke_under_load
from tests.support.worker_processes import database_under_test, free_port, process, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]

Recorder = Callable[[str, object], None]

NAMES = {"messages": NAME, "look-ups": pool.CONNECT["application_name"]}
TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s
"""


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(NAMES[request.param])


@pytest.fixture(scope="module")
def well(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """One process that is well."""
    with gateways(1, tmp_path_factory.mktemp("gateway"), database_under_test()) as urls:
        yield urls


@pytest.fixture
def wired(
    name: str, well: list[str], claimed: ClaimedKey, tmp_path: Path
) -> Iterator[tuple[FaultyConnection, list[str]]]:
    """One process behind a wire, and the one that is well."""
    wait_until(lambda: leases(), what="the listening of the one that is well")
    with (
        faulty_connection(name.encode() + b"\0") as line,
        gateways(1, tmp_path, line.url) as behind,
    ):
        yield line, behind + well


def headers_of(claimed: ClaimedKey, opus: AIModel) -> dict[str, str]:
    return {"x-api-key": claimed.secret, "X-Emeritus-Model": opus.identifier}


@pytest.mark.parametrize(("forth", "back"), [(True, True), (True, False), (False, True)])
def test_no_late_yes_when_a_session_is_gone_and_its_gateway_has_not_noticed(
    wired: tuple[FaultyConnection, list[str]],
    name: str,
    claimed: ClaimedKey,
    opus: AIModel,
    forth: bool,
    back: bool,
    record_property: Recorder,
) -> None:
    line, urls = wired
    with generate_load(urls, headers_of(claimed, opus)) as hammer:
        line.freeze(forth=forth, back=back)
        execute(TERMINATE, name)
        found = revoke_under_load(
            hammer, lambda: key_revocation.revoke(claimed.key, by=claimed.key.holder)
        )
        record(record_property, found)
        assert (found.late, hammer.errors) == (0, [])


def record(record_property: Recorder, found: LateAnswers) -> None:
    record_property("late_yeses", found.late)
    record_property("worst_ms", round(found.worst, 2))


@contextmanager
def leased(folder: Path, before: set[object]) -> Iterator[tuple[Program, str]]:
    """A process of its own that is killed in the end, and its address."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    with process(*SERVER, str(port), log=folder / "log", SITE_URL=SITE) as running:
        wait_until(lambda: is_well(url) and leases() - before, what="its lease")
        yield running, url


def revoking(claimed: ClaimedKey) -> float:
    """How many seconds it takes."""
    began = time.monotonic()
    key_revocation.revoke(claimed.key, by=claimed.key.holder)
    return time.monotonic() - began


def test_a_gateway_that_died_is_waited_for_once(claimed: ClaimedKey, tmp_path: Path) -> None:
    before = leases()
    with leased(tmp_path, before):
        gone = leases() - before
    assert revoking(claimed) >= gateway_barrier.MAX_WAIT_SECONDS
    assert not leases() & gone


def test_a_gateway_that_was_stopped_is_not_waited_for(tmp_path: Path, claimed: ClaimedKey) -> None:
    before = leases()
    with leased(tmp_path, before) as (running, _):
        running.send_signal(signal.SIGTERM)
        running.wait(30)
    assert leases() <= before


def test_a_gateway_that_slept_says_no_when_it_wakes(
    claimed: ClaimedKey, opus: AIModel, tmp_path: Path
) -> None:
    """Its lease was taken away meanwhile, so that the second who revokes waits for nobody."""
    before = leases()
    with leased(tmp_path, before) as (running, url):

        def revoke() -> None:
            running.send_signal(signal.SIGSTOP)
            take_away_something_else()
            assert not leases() - before
            assert revoking(claimed) < gateway_barrier.MAX_WAIT_SECONDS
            running.send_signal(signal.SIGCONT)

        with generate_load([url], headers_of(claimed, opus)) as hammer:
            assert revoke_under_load(hammer, revoke).late == 0


def take_away_something_else() -> None:
    with transaction.atomic():
        gateway_barrier.wait_for_gateways()
