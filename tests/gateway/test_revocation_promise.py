"""The promise: once a revocation is answered, every process refuses; a remembered yes dies soon."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db.models import Sum

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.keys import key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway.invalidation import NAME
from requests_app.models import Event, Key, KeyActivity, Usage
from requests_app.transitions import gateway_barrier
from tests.support.faulty_wire import FaultyConnection, faulty_connection
from tests.support.gateway_processes import gateways, listening
from tests.support.hammer import LoadGenerator, generate_load, revoke_under_load
from tests.support.revocations import WAYS
from tests.support.worker_processes import database_under_test, wait_until

Recorder = Callable[[str, object], None]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]


@pytest.fixture(scope="session")
def two(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    folder = tmp_path_factory.mktemp("gateways")
    with gateways(2, folder, database_under_test()) as urls:
        yield urls


@pytest.fixture
def hammer(two: list[str], claimed: ClaimedKey, opus: AIModel) -> Iterator[LoadGenerator]:
    wait_until(lambda: listening() >= 2, what="both processes' listening")
    with generate_load(two, headers_of(claimed, opus)) as hammer:
        yield hammer
    wait_for_counts(hammer)


def headers_of(claimed: ClaimedKey, opus: AIModel) -> dict[str, str]:
    return {"x-api-key": claimed.secret, "X-Emeritus-Model": opus.identifier}


def counted() -> tuple[int, int]:
    calls = Usage.objects.aggregate(Sum("requests", default=0))["requests__sum"]
    return calls, KeyActivity.objects.aggregate(Sum("refusals", default=0))["refusals__sum"]


def answered(hammer: LoadGenerator) -> tuple[int, int]:
    """Yeses, and refusals of what has ended."""
    statuses = Counter(asked.status for probes in hammer.probes for asked in probes)
    return statuses[204], statuses[401]


def wait_for_counts(hammer: LoadGenerator) -> None:
    """The gateways write them every two seconds."""
    asked = answered(hammer)
    wait_until(lambda: counted() == asked, seconds=10, what="the counts", pause=0.1)


@pytest.mark.parametrize("way", WAYS)
def test_no_process_says_yes_after_the_caller_was_answered(
    two: list[str], claimed: ClaimedKey, opus: AIModel, way: str, record_property: Recorder
) -> None:
    User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    WAYS[way].prepare()
    wait_until(lambda: listening() >= 2, what="both processes' listening")
    with generate_load(two, headers_of(claimed, opus)) as hammer:
        found = revoke_under_load(hammer, WAYS[way].act)
    record_property("worst_ms", round(found.worst, 2))
    record_property("late_yeses", found.late)
    assert (found.late, hammer.errors) == (0, [])
    assert set(Event.objects.values_list("kind", flat=True)) >= set(WAYS[way].kinds)
    wait_for_counts(hammer)


def test_sql_by_hand_is_heard_within_a_tenth_of_a_second(hammer: LoadGenerator) -> None:
    """Nobody waits here for the processes, so a yes that is under way may still arrive."""
    found = revoke_under_load(hammer, lambda: Key.objects.update(refused_from=datetime.now(UTC)))
    assert found.worst < 100


@pytest.fixture
def wired(
    claimed: ClaimedKey, opus: AIModel, tmp_path: Path
) -> Iterator[tuple[FaultyConnection, LoadGenerator]]:
    """A process behind a wire on which its messages can be lost."""
    with (
        faulty_connection(NAME.encode()) as line,
        gateways(1, tmp_path, line.url) as urls,
        generate_load(urls, headers_of(claimed, opus)) as hammer,
    ):
        yield line, hammer


def test_lost_messages_make_a_caller_wait_but_no_late_yes(
    wired: tuple[FaultyConnection, LoadGenerator], claimed: ClaimedKey
) -> None:
    line, hammer = wired
    line.cut.set()
    began = time.perf_counter()
    found = revoke_under_load(
        hammer, lambda: key_revocation.revoke(claimed.key, by=claimed.key.holder)
    )
    assert found.late == 0
    assert (
        time.perf_counter() - began > gateway_barrier.MAX_WAIT_SECONDS
    )  # the message was indeed lost


def test_lost_messages_make_who_withdraws_a_model_wait_too(
    wired: tuple[FaultyConnection, LoadGenerator],
) -> None:
    line, hammer = wired
    User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    line.cut.set()
    assert revoke_under_load(hammer, WAYS["model, withdrawn"].act).late == 0


def test_a_yes_is_remembered_for_less_than_a_second_when_messages_are_lost(
    wired: tuple[FaultyConnection, LoadGenerator],
) -> None:
    line, hammer = wired
    line.cut.set()
    found = revoke_under_load(hammer, lambda: Key.objects.update(refused_from=datetime.now(UTC)))
    assert found.late > 0
    assert found.worst < 1000
