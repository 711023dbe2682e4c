"""The recorded rows of common fixtures are those that the actions would have written."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine
from django.core.signals import setting_changed
from django.db import connection, transaction
from django.test import override_settings
from django.utils import translation

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Event, Policy
from tests.conftest import ask_for, person
from tests.support import world_records
from tests.support.world_records import Records, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def patches() -> list[object]:
    """What the running test has patched so far."""
    return []


@pytest.fixture
def records(db: None, patches: list[object]) -> Iterator[Records]:
    records = Records()
    records.begin(patches)
    yield records
    connection.execute_wrappers.remove(records.notice_statement)
    setting_changed.disconnect(records.notice_setting)


def undone(act: Callable[[], object]) -> None:
    """As after each test."""
    with transaction.atomic():
        act()
        transaction.set_rollback(True)


def an_alice() -> User:
    return person("alice")


def a_request() -> AccessRequest:
    alice, opus = User.objects.get(email="alice@example.org"), AIModel.objects.get()
    return requests.save(ask_for(opus), by=alice, submit=True)


def a_team(*people: User) -> list[User]:
    return list(people)


def never() -> User:
    raise AssertionError("It was built again.")


def test_second_test_finds_the_rows_and_values_of_the_first(
    records: Records, policy: Policy, patches: list[object]
) -> None:
    left = []

    def first() -> None:
        alice = records.value(an_alice, an_alice, [])
        sent = records.value(a_request, a_request, [alice])
        left.append((sent, snapshot()))

    records.begin(patches)  # the policy is none of what is recorded here
    undone(first)
    records.begin(patches)
    alice = records.value(an_alice, never, [])
    in_review = records.value(a_request, never, [alice])
    ((before, rows),) = left
    assert snapshot() == rows
    assert (in_review, in_review.state) == (before, "in_review")
    assert in_review is not before
    assert in_review.requester == alice
    assert Event.objects.filter(access_request=in_review).exists()
    assert AccessRequest.objects.get() == in_review


def test_value_leads_to_the_objects_that_the_test_has(
    records: Records, patches: list[object]
) -> None:
    def first() -> None:
        alice = records.value(an_alice, an_alice, [])
        records.value(a_team, lambda: a_team(alice), [alice])

    undone(first)
    records.begin(patches)
    alice = records.value(an_alice, never, [])
    assert records.value(a_team, never, [alice])[0] is alice


WAYS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "another clock": lambda: time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC)),
    "another language": lambda: translation.override("de"),
    "a setting": lambda: override_settings(MAX_OPEN_REQUESTS=1),
}


@pytest.mark.parametrize("way", WAYS)
def test_where_actions_could_go_another_way_they_are_done_again(
    records: Records, way: str, patches: list[object]
) -> None:
    undone(lambda: records.value(an_alice, an_alice, []))
    records.begin(patches)
    with WAYS[way](), pytest.raises(AssertionError, match="built again"):
        records.value(an_alice, never, [])


@pytest.mark.parametrize("what", ["a row", "a patch", "another's value"])
def test_where_a_test_has_changed_something_they_are_done_again(
    records: Records, what: str, patches: list[object]
) -> None:
    undone(lambda: records.value(an_alice, an_alice, []))
    records.begin(patches)
    if what == "a row":
        person("bob")
    if what == "a patch":
        patches.append(what)
    needs = [User()] if what == "another's value" else []
    with pytest.raises(AssertionError, match="built again"):
        records.value(an_alice, never, needs)


def test_where_other_processes_look_on_they_are_done_again(
    records: Records, patches: list[object]
) -> None:
    undone(lambda: records.value(an_alice, an_alice, []))
    records.begin(patches, alone=False)
    with pytest.raises(AssertionError, match="built again"):
        records.value(an_alice, never, [])


def test_what_is_old_is_done_again(
    records: Records, patches: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some tests look at how long ago something was."""
    undone(lambda: records.value(an_alice, an_alice, []))
    monkeypatch.setattr(world_records, "MAX_AGE", -1)
    records.begin(patches)
    with pytest.raises(AssertionError, match="built again"):
        records.value(an_alice, never, [])


def test_a_gateway_that_begins_meanwhile_is_in_no_record(
    records: Records, patches: list[object]
) -> None:
    """Its row would be written again for each test, beside the one that it has by then."""
    gateway = str(uuid4())

    def alice_and_a_gateway() -> User:
        with connection.cursor() as cursor:
            begin = "INSERT INTO emeritus_gateway_process (id, heard) VALUES (%s, 0)"
            cursor.execute(begin, [gateway])
        return an_alice()

    undone(lambda: records.value(an_alice, alice_and_a_gateway, []))
    records.begin(patches)
    records.value(an_alice, never, [])
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM emeritus_gateway_process WHERE id = %s", [gateway])
        assert cursor.fetchone() is None
