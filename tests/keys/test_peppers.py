"""Peppers are changed without their keys' holders noticing, and not removed too early."""

from io import StringIO
from typing import Any

import pytest
from django.core.checks import Warning, run_checks
from django.core.management import call_command
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.actions.keys import key_revocation, keys, leaks
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway.asgi import build
from requests_app.models import Key
from tests.support.gateway_fixtures import MODEL, SITE, ask
from tests.support.worker_processes import database_under_test

OLD, NEW = {1: b"\x01" * 32}, {2: b"\x02" * 32, 1: b"\x01" * 32}


@pytest.fixture
def old_key(settings: Settings, request: pytest.FixtureRequest) -> ClaimedKey:
    """Made under the old pepper; the new one was put before it since."""
    settings.KEY_PEPPERS = OLD
    claimed: ClaimedKey = request.getfixturevalue("claimed")
    settings.KEY_PEPPERS = NEW
    return claimed


def status(secret: str, peppers: dict[int, bytes]) -> int:
    gateway = build(database_under_test(), peppers, SITE)
    return ask(gateway, ("x-api-key", secret), MODEL).status


@pytest.mark.django_db(transaction=True)
def test_old_keys_still_pass_and_new_ones_use_the_newest(old_key: ClaimedKey, alice: User) -> None:
    new_key = keys.rotate(old_key.key, by=alice)
    assert (old_key.key.pepper, new_key.key.pepper) == (1, 2)
    assert [status(each.secret, NEW) for each in (old_key, new_key)] == [204, 204]
    only_new = {2: NEW[2]}
    assert [status(each.secret, only_new) for each in (old_key, new_key)] == [401, 204]


@pytest.mark.django_db
def test_a_leaked_key_is_known_under_an_old_pepper(old_key: ClaimedKey) -> None:
    leaks.report([old_key.secret])
    assert Key.objects.get().state == "revoked"


def listed() -> list[str]:
    out = StringIO()
    call_command("peppers", stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.django_db
def test_command_says_which_can_be_taken_out(
    old_key: ClaimedKey, alice: User, settings: Settings
) -> None:
    assert listed() == [
        "1: 1 live keys, 0 live tokens; still needed",
        "2: 0 live keys, 0 live tokens; used for new keys",
    ]
    settings.KEY_PEPPERS = {2: NEW[2]}
    assert listed()[0] == "1: 1 live keys, 0 live tokens; MISSING from KEY_PEPPERS, put it back"
    settings.KEY_PEPPERS = NEW
    key_revocation.revoke(old_key.key, by=alice)
    assert listed()[0] == "1: 0 live keys, 0 live tokens; can be removed"


def warnings() -> list[Any]:
    return [each for each in run_checks(databases=["default"]) if each.id == "emeritus.W001"]


@pytest.mark.django_db
def test_check_warns_of_keys_whose_pepper_was_taken_out(
    old_key: ClaimedKey, alice: User, settings: Settings
) -> None:
    assert warnings() == []
    settings.KEY_PEPPERS = {2: NEW[2]}
    (warning,) = warnings()
    assert isinstance(warning, Warning)
    assert warning.msg == "KEY_PEPPERS lacks version 1, so 1 active keys don't work."
    key_revocation.revoke(old_key.key, by=alice)
    assert warnings() == []
