"""The check as uvicorn serves it, with and without its database."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection, transaction

from lifecycle.catalogue.models import AIModel
from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions.keys import key_revocation, keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.review import votes
from requests_app.models import Grant, Notice, Stage
from tests.support.gateway_fixtures import SITE
from tests.support.gateway_processes import is_well
from tests.support.plain_http import plain_client
from tests.support.worker_processes import (
    database_under_test,
    free_port,
    process,
    wait_until,
    worker,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]


@pytest.fixture(scope="session")
def served(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    log = tmp_path_factory.mktemp("gateway") / "uvicorn.log"
    url = f"http://127.0.0.1:{(port := free_port())}"
    with (
        process("requests_app.gateway", "--port", str(port), log=log, SITE_URL=SITE),
        plain_client(base_url=url, timeout=10) as client,
    ):
        wait_until(lambda: is_well(url), what=f"the gateway, see {log}")
        yield client


def test_uvicorn_serves_the_check(
    served: httpx.Client, claimed: ClaimedKey, opus: AIModel, alice: User
) -> None:
    headers = {"Authorization": f"bearer {claimed.secret}", "X-Emeritus-Model": opus.identifier}
    url = "/gateway/check"
    for method in ("GET", "HEAD", "POST"):
        assert served.request(method, url, headers=headers).status_code == 204
    assert served.post(url, headers=headers, content=b"x" * 300_000).status_code == 204
    assert served.put(url, headers=headers).status_code == 405
    key_revocation.revoke(claimed.key, by=alice)
    answer = served.get(url, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["type"] == f"{SITE}/problems/#revoked-key"


def test_uvicorn_passes_every_line_of_a_header_on(
    served: httpx.Client, claimed: ClaimedKey, opus: AIModel
) -> None:
    key, model = ("X-Api-Key", claimed.secret), ("X-Emeritus-Model", opus.identifier)
    for forged, status in (
        ([key, model], 204),
        ([key, model, ("X_Emeritus_Model", "other"), ("X-Forwarded-Host", "x")], 204),
        ([key, model, model], 403),
        ([("X-Emeritus-Model", "other"), key, model], 403),
        ([key, ("X_Emeritus_Model", opus.identifier)], 403),
        ([key, key, model], 401),
        ([key, ("Authorization", f"Bearer {key_format.new()}"), model], 401),
    ):
        assert served.get("/gateway/check", headers=forged).status_code == status, forged[1:]


@contextmanager
def database_closed() -> Iterator[None]:
    """Nobody gets in, and the gateway's connections are cut."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with psycopg.connect(database_under_test(), dbname="postgres", autocommit=True) as elsewhere:
        elsewhere.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            cut_connections()
            yield
        finally:
            elsewhere.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def cut_connections() -> None:
    """As soon as there are some: a gateway that was cut off before may still be coming back."""

    def cut() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'emeritus-gateway%' AND datname = current_database()"
            )
            return int(cursor.rowcount)

    wait_until(cut, seconds=5, what="a connection of the gateway")


def test_check_refuses_soon_without_a_database_and_recovers(
    served: httpx.Client, claimed: ClaimedKey, opus: AIModel
) -> None:
    headers = {"X-Api-Key": claimed.secret, "X-Emeritus-Model": opus.identifier}
    with database_closed():
        for _ in range(3):
            answer = served.get("/gateway/check", headers=headers)
            assert (answer.status_code, answer.elapsed < timedelta(seconds=3)) == (503, True)
            assert answer.headers["Retry-After"].isdecimal()
        assert served.get("/gateway/health").status_code == 503
    check = lambda: served.get("/gateway/check", headers=headers).status_code == 204  # noqa: E731
    wait_until(check, seconds=5, what="the gateway's recovery")


def test_check_notices_nothing_of_connections_that_were_cut(
    served: httpx.Client, claimed: ClaimedKey, opus: AIModel
) -> None:
    headers = {"X-Api-Key": claimed.secret, "X-Emeritus-Model": opus.identifier}
    for _ in range(3):
        assert served.get("/gateway/check", headers=headers).status_code == 204
        cut_connections()


def test_check_refuses_when_the_database_is_slow(
    served: httpx.Client, claimed: ClaimedKey, opus: AIModel
) -> None:
    headers = {"X-Api-Key": claimed.secret, "X-Emeritus-Model": opus.identifier}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE requests_app_key IN ACCESS EXCLUSIVE MODE")
        answer = served.get("/gateway/check", headers=headers)
        assert (answer.status_code, answer.elapsed < timedelta(seconds=3)) == (503, True)
    assert served.get("/gateway/check", headers=headers).status_code == 204


def test_importing_the_gateway_brings_no_django_and_reads_no_setting() -> None:
    code = "import sys, requests_app.gateway.asgi; sys.exit('django' in sys.modules)"
    environment = {"DATABASE_URL": "half a configuration"}
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment).returncode == 0


def test_valkey_emptied_while_everything_runs_loses_nothing(
    served: httpx.Client, stage: Stage, rita: User, alice: User, opus: AIModel, tmp_path: Path
) -> None:
    def check(secret: str) -> int:
        headers = {"x-api-key": secret, "X-Emeritus-Model": opus.identifier}
        return served.get("/gateway/check", headers=headers).status_code

    broker = redis.Redis.from_url(settings.REDIS_URL)
    mails = tmp_path / "mails"
    with worker(tmp_path, EMAIL_URL=f"file:///{mails}", NOTICE_LEASE_SECONDS="2"):
        votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
        broker.flushall()
        claimed = keys.claim(Grant.objects.get(), by=alice)
        broker.flushall()
        assert check(claimed.secret) == 204
        key_revocation.revoke(claimed.key, by=alice)
        broker.flushall()
        assert check(claimed.secret) == 401
        due = Notice.objects.filter(sent_at=None, dropped_at=None)
        wait_until(lambda: not due.exists(), what="every mail")
    sent = Notice.objects.exclude(sent_at=None)
    assert (
        sum(path.read_text().count("Message-ID:") for path in mails.iterdir()) == sent.count() > 3
    )
