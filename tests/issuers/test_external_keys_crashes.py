"""The process is killed at every commit and every call of a claim, a rotation and a revocation."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from pytest_django import Settings

from lifecycle.config import env
from lifecycle.people.models import User
from requests_app.actions.keys import external_keys, key_revocation, keys
from requests_app.models import ExternalKey, Grant, Key
from tests.issuers.test_external_keys_histories import passes
from tests.support.api_client import OPUS
from tests.support.fake_litellm import ADMIN_KEY, Proxy, serving
from tests.support.issuer_processes import CAMPUS, settings_of, should_be_there, sweep_to_the_end
from tests.support.worker_processes import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]

KILLED, DONE = -9, 0
Order = Callable[..., int]


@pytest.fixture
def proxy(settings: Settings, grant: Grant) -> Iterator[Proxy]:
    with serving() as proxy:
        settings.ISSUERS = {CAMPUS: settings_of(proxy)}
        yield proxy


@pytest.fixture(scope="module")
def forking(django_db_setup: None) -> Iterator["subprocess.Popen[str]"]:
    """The process whose forks die."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.killed_processes"],
        cwd=env.ROOT,
        env=environment(DJANGO_SETTINGS_MODULE="lifecycle.config.settings"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        yield running
        running.communicate()


@pytest.fixture
def order(forking: "subprocess.Popen[str]", proxy: Proxy) -> Order:
    """Have something done by a process that dies at its n-th place; how it ended."""
    issuer = {"name": CAMPUS, "kind": "litellm", "url": proxy.url, "admin_key": ADMIN_KEY}
    issuers = json.dumps([{**issuer, "models": {OPUS: "opus-3"}}])

    def order(act: str, at: int, key: Key | None = None) -> int:
        told = {"act": act, "at": at, "key": key and key.pk, "issuers": issuers}
        forking.stdin.write(json.dumps(told) + "\n")
        forking.stdin.flush()
        return int(forking.stdout.readline())

    return order


def check_end(proxy: Proxy) -> None:
    """After the sweeps both sides agree, and nothing hangs in between."""
    sweep_to_the_end()
    assert proxy.aliases == should_be_there()
    assert not Key.objects.filter(state__in=("issuing", "revoking")).exists()
    assert set(ExternalKey.objects.values_list("state", flat=True)) <= {"present", "gone"}


def places(order: Callable[[int], int], check: Callable[[int], object]) -> int:
    """Kill at each place in turn until there is none left; how many there were."""
    for at in count(1):
        ended = order(at)
        check(at)
        if ended == DONE:
            return at - 1
        assert ended == KILLED
    raise AssertionError


def test_claim_killed_anywhere_leaves_a_working_key_or_none(
    order: Order, proxy: Proxy, alice: User
) -> None:
    def check(at: int) -> None:
        for key in Key.objects.filter(state="issuing"):
            assert not passes(key)
        check_end(proxy)
        for key in Key.objects.filter(state="active"):  # never seen, if its maker died last
            key_revocation.revoke(key, by=alice)
            external_keys.push_due(CAMPUS, now=key.created_at)
        check_end(proxy)
        assert not proxy.keys

    assert places(lambda at: order("claim", at), check) == 6


def test_rotate_killed_anywhere_leaves_one_active_key(
    order: Order, proxy: Proxy, grant: Grant, alice: User
) -> None:
    keys.claim(grant, by=alice)

    def active() -> Key:
        return Key.objects.get(state="active")

    def check(at: int) -> None:
        assert passes(active())
        check_end(proxy)
        assert active().public_id in proxy.aliases

    assert places(lambda at: order("rotate", at, active()), check) == 6


def test_revoke_killed_anywhere_is_all_or_nothing_and_ends(
    order: Order, proxy: Proxy, grant: Grant, alice: User
) -> None:
    made: list[Key] = []

    def revoke(at: int) -> int:
        if not Key.objects.filter(state="active").exists():
            made.append(keys.claim(grant, by=alice).key)
        return order("revoke+push", at, Key.objects.get(state="active"))

    def check(at: int) -> None:
        key = made[-1]
        key.refresh_from_db()
        assert key.state == ("active" if at == 1 else key.state)
        assert passes(key) == (at == 1)
        check_end(proxy)
        key.refresh_from_db()
        assert key.state == ("active" if at == 1 else "revoked")

    assert places(revoke, check) == 8
