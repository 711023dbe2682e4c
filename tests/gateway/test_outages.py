"""Valkey stopped, emptied, slow or read-only: keys are judged as ever, limits as is stated."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis
from django.conf import settings

from lifecycle.embedded.servers import Valkey as Server
from requests_app.actions.keys import key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway import shared_ledger
from requests_app.gateway.app import Gateway
from requests_app.gateway.asgi import build
from requests_app.gateway.cache import Cache
from requests_app.gateway.invalidation import Listener
from requests_app.gateway.lookup import Postgres
from requests_app.gateway.pool import Pool
from requests_app.gateway.rate_limiter import RateLimiter
from requests_app.gateway.shared_ledger import EPOCH_KEY, ValkeyLedger
from requests_app.gateway.usage_counter import UsageCounter
from requests_app.models import Grant
from tests.support.gateway_fixtures import MODEL, SITE, DiscardingDatabase, Reply, running
from tests.support.worker_processes import database_under_test, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]

LIMIT, PROCESSES = 120, 4
SHARE = LIMIT // PROCESSES
LONGEST = 1.5


class Private:
    """A Valkey of this test's own, that may be stopped."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "valkey"
        self.url = f"unix://{self.socket}"
        self.client = redis.Redis.from_url(self.url)

    def start(self) -> None:
        options = {"port": "0", "unixsocket": str(self.socket), "save": "", "appendonly": "no"}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        program = [str(Server._program()), *words]
        self.process = subprocess.Popen(program, stdout=subprocess.DEVNULL)
        wait_until(self.answers, what="Valkey")

    def answers(self) -> bool:
        with suppress(redis.RedisError):
            return bool(self.client.ping())
        return False

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def valkey() -> Iterator[Private]:
    with TemporaryDirectory() as folder:
        server = Private(Path(folder))
        server.start()
        yield server
        server.client.close()
        server.stop()


Asking = Callable[[], Reply]


@pytest.fixture
def asking(valkey: Private, claimed: ClaimedKey) -> Iterator[Asking]:
    """Ask one process about a key with a limit of 120 calls a day."""
    Grant.objects.update(requests_per_day=LIMIT)
    gateway = build(database_under_test(), settings.KEY_PEPPERS, SITE, valkey.url, PROCESSES)
    with running(gateway) as ask:
        yield lambda: ask(("x-api-key", claimed.secret), MODEL)[0]


def passed(asking: Asking, calls: int) -> int:
    """How many of `calls` passed; each was answered soon, and nothing but the limit refused."""
    count = 0
    for _ in range(calls):
        began = time.monotonic()
        reply = asking()
        assert time.monotonic() - began < LONGEST
        assert reply.status in (204, 429)
        count += reply.status == 204
    return count


def stop(valkey: Private) -> None:
    valkey.stop()


def slow(valkey: Private) -> None:
    """No answer for longer than this test takes."""
    valkey.client.client_pause(60_000)


def read_only(valkey: Private) -> None:
    valkey.client.config_set("min-replicas-to-write", 1)


OUTAGES = (stop, slow, read_only)


@pytest.mark.parametrize("outage", OUTAGES)
def test_without_valkey_a_process_goes_by_its_share_and_a_revoked_key_is_refused(
    valkey: Private, asking: Asking, claimed: ClaimedKey, outage: Callable[[Private], None]
) -> None:
    assert passed(asking, 5) == 5
    outage(valkey)
    assert passed(asking, LIMIT) == SHARE - 5
    key_revocation.revoke(claimed.key, by=claimed.key.holder)
    assert asking().reason == "revoked-key"


def test_calls_beyond_the_share_stay_counted_when_valkey_went_away(
    valkey: Private, asking: Asking
) -> None:
    assert passed(asking, 2 * SHARE) == 2 * SHARE
    valkey.stop()
    assert passed(asking, LIMIT) == 0


def test_a_valkey_that_comes_back_is_used_within_five_seconds(
    valkey: Private, asking: Asking
) -> None:
    assert passed(asking, 5) == 5
    valkey.stop()
    assert passed(asking, LIMIT) == SHARE - 5
    valkey.start()
    wait_until(lambda: asking().status == 204, seconds=5, what="its use")
    assert passed(asking, 2 * LIMIT) == LIMIT - SHARE - 1


def test_a_valkey_that_is_emptied_gives_no_call_twice(valkey: Private, asking: Asking) -> None:
    count = 0
    for _ in range(10):
        count += passed(asking, 20)
        valkey.client.flushall()
    assert count == LIMIT


@pytest.fixture
def others(
    valkey: Private, claimed: ClaimedKey, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Asking, Asking]]:
    """Two processes whose counts are never written down, as those of a minute aren't."""
    # On a busy machine Valkey would count as away, and each would allow its own share.
    monkeypatch.setattr(shared_ledger, "VALKEY_SECONDS", 10)
    Grant.objects.update(requests_per_day=LIMIT)
    with ExitStack() as stack:
        asking = []
        for _ in range(2):
            limiter = RateLimiter(ValkeyLedger(valkey.url), 2)
            cache = Cache(Postgres(Pool(database_under_test())))
            listener = Listener(database_under_test(), cache)
            books = UsageCounter(DiscardingDatabase())
            gateway = Gateway(cache, limiter, books, settings.KEY_PEPPERS, SITE, listener)
            asking.append(stack.enter_context(running(gateway)))
        first, second = asking
        sent = ("x-api-key", claimed.secret), MODEL
        yield lambda: first(*sent)[0], lambda: second(*sent)[0]


def test_a_limit_holds_when_valkey_is_emptied_again_and_again(
    valkey: Private, others: tuple[Asking, Asking]
) -> None:
    """Each time by who didn't ask for a while, so that the other doesn't hear of it in between."""
    wait_until(lambda: valkey.client.exists(EPOCH_KEY), what="a first look")
    count = 0
    for turn in range(8):
        count += passed(others[turn % 2], LIMIT // 10)
        valkey.client.flushall()
    count += passed(others[0], LIMIT)
    assert count == LIMIT
