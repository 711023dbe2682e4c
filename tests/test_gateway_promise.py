"""The promise: once a revocation is answered, every process refuses; a remembered yes dies soon."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from django.db import connection, transaction

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app.actions import clearing, grants, keys
from requests_app.actions.keys import ClaimedKey
from requests_app.gateway.clearing import NAME
from requests_app.models import Collaborator, Grant, Key
from tests.gateway_fixtures import SITE
from tests.hammer import Hammer, hammering, revoke_under
from tests.stack import database_under_test, free_port, process, wait_until
from tests.wire import Wire, wire

Recorder = Callable[[str, object], None]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]

SERVER = ("requests_app.gateway", "--port")
HEARING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE %s
"""


@contextmanager
def gateways(number: int, folder: Path, database: str) -> Iterator[list[str]]:
    """As many processes, each on a port of its own."""
    urls = [f"http://127.0.0.1:{free_port()}" for _ in range(number)]
    with ExitStack() as stack:
        for url in urls:
            port = url.rpartition(":")[2]
            log = folder / f"uvicorn-{port}.log"
            settings = {"SITE_URL": SITE, "DATABASE_URL": database}
            stack.enter_context(process(*SERVER, port, log=log, **settings))
        for url in urls:
            wait_until(lambda: is_well(url), what=f"the gateway, see {folder}")
        yield urls


def is_well(url: str) -> bool:
    try:
        return httpx.get(f"{url}/gateway/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def hearing() -> int:
    with connection.cursor() as cursor:
        cursor.execute(HEARING, [f"{NAME} %"])
        return int(cursor.fetchone()[0])


@pytest.fixture(scope="session")
def two(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    folder = tmp_path_factory.mktemp("gateways")
    with gateways(2, folder, database_under_test()) as urls:
        yield urls


@pytest.fixture
def hammer(two: list[str], claimed: ClaimedKey, opus: AIModel) -> Iterator[Hammer]:
    wait_until(lambda: hearing() >= 2, what="both processes' listening")
    with hammering(two, headers_of(claimed, opus)) as hammer:
        yield hammer


def headers_of(claimed: ClaimedKey, opus: AIModel) -> dict[str, str]:
    return {"x-api-key": claimed.secret, "X-Emeritus-Model": opus.identifier}


def by_hand(change: Callable[[], object]) -> Callable[[], None]:
    """What an action does around its changes."""

    def act() -> None:
        with transaction.atomic():
            change()
            clearing.wait_for_gateways()

    return act


def set_institution() -> Institution:
    institution = Institution.objects.create(name="Far University")
    User.objects.filter(email="alice@example.org").update(institution=institution)
    return institution


def revoke_institution() -> None:
    User.objects.filter(institution__name="Far University").update(is_active=False)


def lend_key_to_bob() -> None:
    bob = User.objects.create_user("bob@example.org", full_name="Bob")
    Collaborator.objects.create(grant=Grant.objects.get(), person=bob, added_at=datetime.now(UTC))
    Key.objects.update(holder=bob)


def remove_bob() -> None:
    bob = User.objects.get(email="bob@example.org")
    Collaborator.objects.update(removed_at=datetime.now(UTC), removed_by=bob)


def revoke_policy() -> None:
    """Every grant under it, in one transaction."""
    pat = User.objects.get(email="pat@example.org")
    with transaction.atomic():
        for grant in Grant.objects.filter(access_request__policy_version__policy__slug="opus"):
            grants.revoke(grant, by=pat, reason="The policy ended.")


def suspend() -> None:
    Grant.objects.update(state="suspended", suspended_at=datetime.now(UTC))


def withdraw_model() -> None:
    AIModel.objects.update(withdrawn_at=datetime.now(UTC))


def deactivate_alice() -> None:
    User.objects.filter(email="alice@example.org").update(is_active=False)


WAYS: dict[str, tuple[Callable[[], object] | None, Callable[[], object]]] = {
    "key": (None, lambda: keys.revoke(Key.objects.get(), by=Key.objects.get().holder)),
    "grant": (None, revoke_policy),
    "suspension": (None, by_hand(suspend)),
    "person": (None, by_hand(deactivate_alice)),
    "institution": (set_institution, by_hand(revoke_institution)),
    "model": (None, by_hand(withdraw_model)),
    "collaborator": (lend_key_to_bob, by_hand(remove_bob)),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_process_says_yes_after_the_caller_was_answered(
    two: list[str], claimed: ClaimedKey, opus: AIModel, way: str, record_property: Recorder
) -> None:
    prepare, revoke = WAYS[way]
    if prepare:
        prepare()
    wait_until(lambda: hearing() >= 2, what="both processes' listening")
    with hammering(two, headers_of(claimed, opus)) as hammer:
        found = revoke_under(hammer, revoke)
    record_property("worst_ms", round(found.worst, 2))
    assert (found.late, hammer.errors) == (0, [])


def test_sql_by_hand_is_heard_within_a_tenth_of_a_second(hammer: Hammer) -> None:
    """Nobody waits here for the processes, so a yes that is under way may still arrive."""
    found = revoke_under(hammer, lambda: Key.objects.update(refused_from=datetime.now(UTC)))
    assert found.worst < 100


@pytest.fixture
def wired(claimed: ClaimedKey, opus: AIModel, tmp_path: Path) -> Iterator[tuple[Wire, Hammer]]:
    """A process behind a wire on which its messages can be lost."""
    with wire(NAME.encode()) as line, gateways(1, tmp_path, line.url) as urls:
        wait_until(lambda: shown(), what="its listening")
        with hammering(urls, headers_of(claimed, opus)) as hammer:
            yield line, hammer


def shown() -> bool:
    """Whether a process has said what it heard, and so is trusted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM emeritus_clearing")
        cursor.execute(HEARING, [f"{NAME} {cursor.fetchone()[0]}"])
        return bool(cursor.fetchone()[0])


def test_lost_messages_make_a_caller_wait_but_no_late_yes(
    wired: tuple[Wire, Hammer], claimed: ClaimedKey
) -> None:
    line, hammer = wired
    line.cut.set()
    began = time.perf_counter()
    found = revoke_under(hammer, lambda: keys.revoke(claimed.key, by=claimed.key.holder))
    assert found.late == 0
    assert time.perf_counter() - began > clearing.LONGEST_SECONDS  # the message was indeed lost


def test_a_yes_is_remembered_for_less_than_a_second_when_messages_are_lost(
    wired: tuple[Wire, Hammer],
) -> None:
    line, hammer = wired
    line.cut.set()
    found = revoke_under(hammer, lambda: Key.objects.update(refused_from=datetime.now(UTC)))
    assert found.late > 0
    assert found.worst < 1000
