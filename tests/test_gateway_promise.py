"""The promise: once a revocation is answered, every process refuses; a remembered yes dies soon."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import Sum

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app.actions import (
    clearing,
    collaborators,
    endings,
    grants,
    keys,
    suspensions,
    withdrawals,
)
from requests_app.actions.keys import ClaimedKey
from requests_app.actions.under import Subject
from requests_app.gateway.clearing import NAME
from requests_app.models import Collaborator, Grant, Key, Policy, Sighting, Usage
from tests.gateways import gateways, listening
from tests.hammer import Hammer, hammering, revoke_under
from tests.stack import database_under_test, wait_until
from tests.wire import Wire, wire

Recorder = Callable[[str, object], None]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]


@pytest.fixture(scope="session")
def two(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    folder = tmp_path_factory.mktemp("gateways")
    with gateways(2, folder, database_under_test()) as urls:
        yield urls


@pytest.fixture
def hammer(two: list[str], claimed: ClaimedKey, opus: AIModel) -> Iterator[Hammer]:
    wait_until(lambda: listening() >= 2, what="both processes' listening")
    with hammering(two, headers_of(claimed, opus)) as hammer:
        yield hammer
    wait_until(lambda: counted() == answered(hammer), seconds=10, what="the counts")


def headers_of(claimed: ClaimedKey, opus: AIModel) -> dict[str, str]:
    return {"x-api-key": claimed.secret, "X-Emeritus-Model": opus.identifier}


def who(name: str) -> User:
    return User.objects.get(email=f"{name}@example.org")


def end(of: Callable[[], Subject], by: str = "ada") -> Callable[[], object]:
    return lambda: endings.end_everything(of(), by=who(by), reason="It has to end.")


def join_institution() -> None:
    institution = Institution.objects.create(name="Far University")
    User.objects.filter(email="alice@example.org").update(institution=institution)


def lend_key_to_bob() -> None:
    bob = User.objects.create_user("bob@example.org", full_name="Bob")
    Collaborator.objects.create(grant=Grant.objects.get(), person=bob, added_at=datetime.now(UTC))
    Key.objects.update(holder=bob)


def withdraw_model() -> None:
    policy, opus = Policy.objects.get(), AIModel.objects.get()
    withdrawals.withdraw(policy, opus, by=who("ada"), reason="The weights leaked.")


def put_out_by_hand() -> None:
    """What people's own page in the admin does."""
    with transaction.atomic():
        User.objects.filter(email="alice@example.org").update(is_active=False)
        clearing.wait_for_gateways()


def nothing() -> None: ...


WAYS: dict[str, tuple[Callable[[], None], Callable[[], object]]] = {
    "key": (nothing, lambda: keys.revoke(Key.objects.get(), by=who("alice"))),
    "key, reported": (nothing, lambda: keys.revoke_reported(Key.objects.get(), reason="Found.")),
    "grant": (nothing, lambda: grants.revoke(Grant.objects.get(), by=who("pat"), reason="No.")),
    "grant, ended": (nothing, lambda: grants.end(Grant.objects.get(), by=who("alice"))),
    "suspension": (
        nothing,
        lambda: suspensions.suspend(Grant.objects.get(), by=who("pat"), reason="No."),
    ),
    "person": (nothing, end(lambda: who("alice"))),
    "person, by hand": (nothing, put_out_by_hand),
    "institution": (join_institution, end(lambda: Institution.objects.get())),
    "policy": (nothing, end(lambda: Policy.objects.get(), by="pat")),
    "model": (nothing, end(lambda: AIModel.objects.get())),
    "model, withdrawn": (nothing, withdraw_model),
    "collaborator": (
        lend_key_to_bob,
        lambda: collaborators.remove(Grant.objects.get(), who("bob"), by=who("alice")),
    ),
}


def counted() -> tuple[int, int]:
    calls = Usage.objects.aggregate(Sum("requests", default=0))["requests__sum"]
    return calls, Sighting.objects.aggregate(Sum("refusals", default=0))["refusals__sum"]


def answered(hammer: Hammer) -> tuple[int, int]:
    """Yeses, and refusals of what has ended."""
    statuses = Counter(asked.status for askings in hammer.askings for asked in askings)
    return statuses[204], statuses[401]


@pytest.mark.parametrize("way", WAYS)
def test_no_process_says_yes_after_the_caller_was_answered(
    two: list[str], claimed: ClaimedKey, opus: AIModel, way: str, record_property: Recorder
) -> None:
    prepare, revoke = WAYS[way]
    User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    prepare()
    wait_until(lambda: listening() >= 2, what="both processes' listening")
    with hammering(two, headers_of(claimed, opus)) as hammer:
        found = revoke_under(hammer, revoke)
    record_property("worst_ms", round(found.worst, 2))
    record_property("late_yeses", found.late)
    assert (found.late, hammer.errors) == (0, [])
    wait_until(lambda: counted() == answered(hammer), seconds=10, what="the counts")


def test_sql_by_hand_is_heard_within_a_tenth_of_a_second(hammer: Hammer) -> None:
    """Nobody waits here for the processes, so a yes that is under way may still arrive."""
    found = revoke_under(hammer, lambda: Key.objects.update(refused_from=datetime.now(UTC)))
    assert found.worst < 100


@pytest.fixture
def wired(claimed: ClaimedKey, opus: AIModel, tmp_path: Path) -> Iterator[tuple[Wire, Hammer]]:
    """A process behind a wire on which its messages can be lost."""
    with (
        wire(NAME.encode()) as line,
        gateways(1, tmp_path, line.url) as urls,
        hammering(urls, headers_of(claimed, opus)) as hammer,
    ):
        yield line, hammer


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
