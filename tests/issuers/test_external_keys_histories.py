"""Random histories with a gateway that fails in every way: what ends there is what should be."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings
from tenacity import wait_none

from lifecycle.people.models import User
from requests_app.actions.grants import grants
from requests_app.actions.keys import external_keys, key_revocation, keys, reconciliation
from requests_app.gateway.decision import Allowed, decide
from requests_app.gateway.lookup import KEY, key_row
from requests_app.issuers import IssuerError, get_issuer, litellm
from requests_app.models import ExternalKey, Grant, Key
from requests_app.refusals import Refusal
from requests_app.states import GRANT
from tests.support.api_client import OPUS
from tests.support.fake_litellm import Proxy, serving
from tests.support.issuer_processes import (
    CAMPUS,
    settings_of,
    should_be_there,
    sweep,
    sweep_to_the_end,
)
from tests.support.soak_sizes import size

pytestmark = pytest.mark.django_db

HISTORIES, STEPS, AT_ONCE = size(10, 2000), 14, size(10, 20)
FAULTS = ("", "", "", "", "fail", "busy", "cut", "lost", "twice", "hang", "late")
QUICK, PATIENT = httpx.Timeout(0.06), httpx.Timeout(5)


class Death(BaseException):
    """The process that made a key is gone, and the secret with it."""


class History:
    """One grant, one gateway, and dice. `dead` are keys that must never pass again."""

    def __init__(self, seed: int, grant: Grant, proxy: Proxy, people: tuple[User, User]) -> None:
        self.dice = random.Random(seed)
        self.grant, self.proxy = grant, proxy
        self.alice, self.pat = people
        self.handed: set[str] = set()
        self.dead: set[str] = set()
        self.doing = "nothing"

    def a_key(self) -> Key:
        return self.dice.choice(list(Key.objects.order_by("pk")))

    def step(self) -> None:
        acts: list[tuple[Callable[[], object], int]] = [
            (self.claim, 5),
            (self.rotate, 4),
            (self.die, 2),
            (self.revoke, 3),
            (self.report, 1),
            (self.end, 1),
            (self.shorten, 1),
            (self.sweep, 4),
            (self.compare, 2),
            (self.forget, 1),
            (self.proxy.settle, 2),
        ]
        act = self.dice.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
        self.doing = act.__name__
        with suppress(Refusal, IssuerError, IndexError, Death):
            act()
        self.check()

    def claim(self) -> None:
        self.handed.add(keys.claim(self.grant, by=self.alice).key.public_id)

    def rotate(self) -> None:
        overlap = timedelta(minutes=self.dice.choice([0, 30, 600]))
        made = keys.rotate(self.a_key(), by=self.alice, overlap=overlap)
        self.handed.add(made.key.public_id)

    def die(self) -> None:
        """Begin a key, and be gone before or after the gateway was asked."""
        begun = keys._begin_claim(self.grant, by=self.alice, networks=())
        if self.dice.random() < 0.7:
            external_keys.create_everywhere(begun.key, begun.secret)
        raise Death

    def revoke(self) -> None:
        key = self.a_key()
        key_revocation.revoke(key, by=self.dice.choice([self.alice, self.pat]))
        self.dead.add(key.public_id)

    def report(self) -> None:
        key = self.a_key()
        key_revocation.revoke_reported(key, reason="Found.")
        self.dead.add(key.public_id)

    def end(self) -> None:
        if self.dice.random() < 0.5:
            grants.revoke(self.grant, by=self.pat, reason="Misused.")
        else:
            grants.end(self.grant, by=self.alice)
        self.dead |= set(Key.objects.values_list("public_id", flat=True))

    def shorten(self) -> None:
        ends_at = timezone.now() + timedelta(days=self.dice.randint(2, 60))
        grants.shorten(self.grant, by=self.alice, ends_at=ends_at)

    def sweep(self) -> None:
        sweep(timezone.now() + timedelta(minutes=self.dice.choice([0, 1, 3, 10, 90])))

    def compare(self) -> None:
        reconciliation.reconcile(get_issuer(CAMPUS), now=timezone.now())

    def forget(self) -> None:
        """The gateway loses a key, or somebody there changes it."""
        with self.proxy.lock:
            token = self.dice.choice(sorted(self.proxy.keys))
            if self.dice.random() < 0.5:
                del self.proxy.keys[token]
            else:
                self.proxy.keys[token]["models"] = []

    def check(self) -> None:
        """Only what was shown to its holder passes, and nothing that was taken away."""
        passing = {key.public_id for key in Key.objects.all() if passes(key)}
        assert passing <= self.handed - self.dead, self.doing
        assert not passing or Grant.objects.get().state in GRANT.live


def passes(key: Key) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(KEY, [[bytes(key.digest)]])
        [row] = cursor.fetchall()
    return isinstance(decide(key_row(row), datetime.now(UTC), OPUS, "messages"), Allowed)


@pytest.fixture
def people(alice: User, pat: User) -> tuple[User, User]:
    return alice, pat


@pytest.fixture
def proxy(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    monkeypatch.setattr(litellm, "PAUSE", wait_none())
    with serving() as proxy:
        settings.ISSUERS = {CAMPUS: settings_of(proxy)}
        yield proxy


def play(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, dice = history.proxy, history.dice
    monkeypatch.setattr(litellm, "TIMES", QUICK)
    proxy.fault = lambda path: dice.choice(FAULTS)
    for _ in range(STEPS):
        history.step()
    monkeypatch.setattr(litellm, "TIMES", PATIENT)
    proxy.fault = lambda path: ""
    proxy.settle()
    sweep_to_the_end()
    history.check()


def end_is_right(proxy: Proxy) -> None:
    assert proxy.aliases == should_be_there()
    assert not Key.objects.filter(state__in=("issuing", "revoking")).exists()
    assert set(ExternalKey.objects.values_list("state", flat=True)) <= {"present", "gone"}
    later = timezone.now() + timedelta(hours=6)
    assert reconciliation.reconcile(get_issuer(CAMPUS), now=later, dry_run=True).differences == 0


@pytest.mark.parametrize("batch", range(HISTORIES // AT_ONCE))
def test_histories_end_with_the_keys_that_should_be_there(
    batch: int, grant: Grant, people: Any, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(batch * AT_ONCE, (batch + 1) * AT_ONCE):
        proxy.keys, proxy.secrets, proxy.late = {}, {}, []
        with transaction.atomic():
            try:
                play(History(seed, grant, proxy, people), monkeypatch)
                end_is_right(proxy)
            except Exception as error:
                error.add_note(f"History {seed}.")
                raise
            transaction.set_rollback(True)
