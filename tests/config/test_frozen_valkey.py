"""Valkey that takes connections and says nothing: the site goes on, and limits still count."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from lifecycle.config.cache import RETRY_SECONDS, TIMEOUT_SECONDS
from lifecycle.config.celery import app
from lifecycle.people.models import User
from lifecycle.scheduling import wakeups
from tests.conftest import PASSWORD
from tests.gateway.test_outages import Private
from tests.people.test_lockout import guess
from tests.support.worker_processes import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.stack]

ROOM = 5  # for all else that a sign-in does, on a busy machine; without a breaker it took 12


@pytest.fixture
def valkey(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Private]:
    """The cache and the broker, on a Valkey of this test's own."""
    with TemporaryDirectory() as folder:
        server = Private(Path(folder))
        server.start()
        settings.CACHES = {**django_settings.CACHES}
        settings.CACHES["default"] = {**settings.CACHES["default"], "LOCATION": server.url}
        settings.SITE_PROCESSES = 2
        monkeypatch.setattr(app.conf, "broker_write_url", f"redis+socket://{server.socket}")
        monkeypatch.setattr(wakeups, "_quiet_until", 0.0)
        yield server
        server.client.close()
        server.stop()


def freeze(server: Private) -> None:
    server.process.send_signal(signal.SIGSTOP)


def thaw(server: Private) -> None:
    server.process.send_signal(signal.SIGCONT)
    wait_until(server.answers, what="Valkey")


def seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def test_sign_in_waits_a_quarter_of_a_second_for_a_frozen_valkey(
    valkey: Private, alice: User
) -> None:
    sent = {"login": alice.email, "password": PASSWORD}
    assert cache.get("anything") is None
    freeze(valkey)
    answers: list[int] = []
    signing_in = seconds(
        lambda: answers.append(Client().post("/accounts/login/", sent).status_code)
    )
    assert signing_in < TIMEOUT_SECONDS + ROOM
    assert answers == [302]


def test_one_of_many_waits_for_a_frozen_valkey_and_the_others_do_not(valkey: Private) -> None:
    freeze(valkey)
    assert seconds(lambda: cache.get("anything")) >= TIMEOUT_SECONDS
    first = time.monotonic()
    times = [seconds(lambda: cache.get("anything")) for _ in range(1_000)]
    tries = sum(each >= TIMEOUT_SECONDS for each in times)
    assert tries <= 1 + (time.monotonic() - first) / RETRY_SECONDS


def test_guessing_is_locked_out_while_valkey_is_frozen(valkey: Private, alice: User) -> None:
    """With a share of the five tries: two processes could each be asked."""
    freeze(valkey)
    cache.get("anything")
    assert guess(alice.email, 2).status_code == 200
    assert guess(alice.email, 1, address="198.51.100.7").status_code == 429


def test_valkey_that_answers_again_is_asked_again(valkey: Private) -> None:
    cache.set("kept", "by valkey")
    freeze(valkey)
    assert cache.get("kept") is None
    thaw(valkey)
    wait_until(lambda: cache.get("kept") == "by valkey", what="its use")


def test_waking_a_worker_does_not_wait_for_a_frozen_broker(valkey: Private) -> None:
    freeze(valkey)
    calls = [[number] for number in range(100)]
    assert (
        seconds(lambda: wakeups.wake("requests_app.tasks.send_notice", calls))
        < TIMEOUT_SECONDS + ROOM
    )
    assert (
        seconds(lambda: wakeups.wake("requests_app.tasks.send_notice", calls))
        < TIMEOUT_SECONDS + ROOM
    )


def test_broker_that_freezes_in_the_middle_is_not_waited_for(
    valkey: Private, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.config.cache.is_available", lambda: True)
    freeze(valkey)
    woken = seconds(lambda: wakeups.wake("requests_app.tasks.send_notice", [[1], [2]]))
    assert woken < 4 * TIMEOUT_SECONDS + ROOM


def test_wake_reaches_a_broker_that_was_restarted(valkey: Private) -> None:
    wakeups.wake("requests_app.tasks.send_notice", [[1]])
    assert valkey.client.llen(app.conf.task_default_queue) == 1
    valkey.stop()
    valkey.start()
    wakeups.wake("requests_app.tasks.send_notice", [[2]])
    assert valkey.client.llen(app.conf.task_default_queue) == 1
