"""A key is on the one screen that shows it, and nowhere else: after the whole path, on servers."""

import base64
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions.keys import service_tokens
from requests_app.models import Grant, Key, Notice
from tests.support import secret_search
from tests.support.plain_http import answers, plain_client
from tests.support.secret_search import Overheard, Written, found
from tests.support.worker_processes import (
    Mailbox,
    database_under_test,
    environment,
    free_port,
    process,
    wait_until,
    worker,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]
API = "/api/v1"


@dataclass
class Visit:
    """A browser or program at the real servers; keeps every answer but those that show a key."""

    site: str
    gateway: str
    cookies: dict[str, str] = field(default_factory=dict)
    pages: list[Written] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = plain_client(timeout=30, cookies=self.cookies)

    def close(self) -> None:
        self.client.close()

    def call(self, method: str, address: str, *, shows: bool = False, **how: Any) -> httpx.Response:
        headers = {"X-CSRFToken": self.client.cookies.get("csrf", ""), **how.pop("headers", {})}
        answer = self.client.request(method, address, headers=headers, **how)
        if not shows:
            answer_text = f"{answer.headers}\n".encode() + answer.content
            self.pages.append((f"{method} {answer.request.url.path[:30]}", answer_text))
        return answer

    def get(self, path: str, **how: Any) -> httpx.Response:
        return self.call("GET", self.site + path, **how)

    def post(self, path: str, **how: Any) -> httpx.Response:
        return self.call("POST", self.site + path, **how)

    def secret(self, path: str, **how: Any) -> str:
        """The key on the one answer that shows it."""
        (secret,) = set(re.findall(r"emk_\w{36}", self.post(path, shows=True, **how).text))
        return str(secret)

    def check(self, secret: str, *, query: str = "", **headers: str) -> int:
        model = {"X-Emeritus-Model": "claude-3-opus-20240229"}
        sent = {"Authorization": f"Bearer {secret}", **model, **headers}
        address = f"{self.gateway}/gateway/check{query}"
        return self.call("GET", address, headers=sent).status_code


@dataclass
class Stack:
    """Addresses of the running servers, and all that they write."""

    site: str
    gateway: str
    mailbox: Mailbox
    overheard: Overheard
    logs: list[Path]

    def written(self) -> list[Written]:
        return [
            *secret_search.database(),
            *secret_search.files(*self.logs),
            *secret_search.mails(self.mailbox.messages),
            *secret_search.valkey(),
            *self.overheard.written(),
        ]


WEB = ("granian", "--interface", "asgi", "--no-ws", "lifecycle.config.asgi:application")


@pytest.fixture
def stack(transactional_db: None, tmp_path: Path) -> Iterator[Stack]:
    """Site, gateway, worker and mail server; all of them log whatever they can."""
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input"]
    subprocess.run(collect, cwd=ROOT, env=environment(), check=True, stdout=subprocess.DEVNULL)
    site, gateway = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    logs = [tmp_path / name for name in ("site.log", "gateway.log", "worker.log")]
    with Mailbox() as mailbox, Overheard() as overheard:
        how = {"SITE_URL": site, "LOG_LEVEL": "DEBUG", "EMAIL_URL": mailbox.url}
        with (
            worker(tmp_path, **how),
            served(WEB, site, logs[0], "/", how),
            served(("requests_app.gateway",), gateway, logs[1], "/gateway/health", how),
        ):
            yield Stack(site, gateway, mailbox, overheard, logs)


@contextmanager
def served(
    command: tuple[str, ...], url: str, log: Path, path: str, how: dict[str, str]
) -> Iterator[None]:
    port = url.rpartition(":")[2]

    with process(*command, "--port", port, log=log, **how):
        wait_until(lambda: answers(url + path), what=f"{command[0]}, see {log}")
        yield


@contextmanager
def database_gone() -> Iterator[None]:
    """Nobody gets in, and every other connection is cut."""
    name = connection.settings_dict["NAME"]
    connection.close()
    with psycopg.connect(database_under_test(), dbname="postgres", autocommit=True) as elsewhere:
        allow = psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        quoted = psycopg.sql.Identifier(name)
        elsewhere.execute(allow.format(quoted, False))
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        elsewhere.execute(cut, [name])
        try:
            yield
        finally:
            elsewhere.execute(allow.format(quoted, True))


def live_through(alice: Visit, nobody: Visit, place: str) -> list[str]:
    """Claim, rotate, revoke and report keys by page and API; returns all of them."""
    alice.get(f"/access/{place}/")
    first = alice.secret(f"/access/{place}/claim/")
    assert alice.check(first) == 204
    second = alice.secret(f"{API}/keys/{key_id(first)}/rotate/", json={})
    assert alice.check(second) == 204
    assert alice.post(f"/keys/{key_id(second)}/revoke/").status_code == 302
    third = alice.secret(f"{API}/grants/{place}/claim/", json={})
    nobody.get("/report-a-key/")
    assert nobody.post("/report-a-key/", data={"key": third}).status_code == 302
    assert nobody.post(f"{API}/leaked-keys/", json={"keys": [first, "x"]}).status_code == 204
    fourth = alice.secret(f"/access/{place}/claim/", data={"networks": ""})
    fifth = alice.secret(f"/keys/{key_id(fourth)}/rotate/", data={"hours": "1"})
    return [first, second, third, fourth, fifth]


def ask_and_report(gateway: Visit, token: str, secret: str) -> None:
    """What gateways do with keys, and with the token that they show for it."""
    bearer = {"headers": {"Authorization": f"Bearer {token}"}}
    for form in ({"token": secret}, {"token": f"{secret} "}, {"token": secret, secret: secret}):
        gateway.post("/oauth/introspect", data=form, **bearer)
    basic = {"auth": ("nobody", secret)}
    assert gateway.post("/oauth/introspect", data={"token": secret}, **basic).status_code == 401
    entry = {"key": key_id(secret), "model": "claude-3-opus-20240229"}
    for batch, named in (("1", {}), ("2", {"key": secret}), ("3", {"model": secret})):
        sent = {"batch": batch, "entries": [{**entry, **named}]}
        gateway.post("/gateway/usage", json=sent, **bearer)
    sent = {"batch": secret, "entries": [entry]}
    assert gateway.post("/gateway/usage", json=sent, **bearer).status_code == 422
    assert gateway.post("/oauth/revoke", data={"token": secret}, **bearer).status_code == 200


def token_of(person: User) -> str:
    """A service token of theirs that may do all of that."""
    boss = User.objects.create_superuser("boss@example.org", "", full_name="Boss")
    permissions = ["keys.introspect", "usage.report", "keys.revoke"]
    end = timezone.now() + timedelta(days=1)
    return service_tokens.create(
        "Gateway", owner=person, permissions=permissions, expires_at=end, by=boss
    ).secret


def key_id(secret: str) -> str:
    digests = key_format.digests(secret, settings.KEY_PEPPERS)
    return Key.objects.get(digest__in=digests).public_id


def stumble(visit: Visit, secret: str, place: str) -> None:
    """Bring the key to every wrong place that answers with an error."""
    assert visit.check(secret, **{"X-Emeritus-Model": "gpt-2"}) == 403
    assert visit.check(secret[:-1] + "!") == 401
    assert visit.check("x", query=f"?key={secret}") == 410
    for path in (f"/models/{secret}/", f"/?key={secret}", f"/accounts/login/?next=/%3F{secret}"):
        assert visit.get(path).status_code == 400
    assert visit.get(f"{API}/grants/{secret}/").status_code == 400
    wrong = {"json": {secret: secret}}
    assert visit.post(f"{API}/leaked-keys/", **wrong).status_code == 400
    assert visit.post(f"{API}/grants/{place}/claim/", **wrong).status_code == 400
    assert visit.post(f"/access/{place}/claim/", data={"networks": secret}).status_code == 302
    forged = {"headers": {"X-CSRFToken": "x", "Cookie": ""}, "data": {"key": secret}}
    assert visit.post("/report-a-key/", **forged).status_code == 403
    with database_gone():
        assert visit.post(f"{API}/leaked-keys/", json={"keys": [secret]}).status_code == 503
        assert visit.post("/report-a-key/", data={"key": secret}).status_code == 503
        assert visit.check(secret) == 503


def look_around(visit: Visit, place: str) -> None:
    for path in ("/access/", f"/access/{place}/", "/requests/", f"{API}/grants/"):
        assert visit.get(path).status_code == 200
    for key in Key.objects.exclude(closed_at=None):
        assert visit.get(f"/keys/{key.public_id}/receipt/").status_code == 200


def test_no_key_is_found_anywhere_after_the_whole_path(
    stack: Stack, grant: Grant, alice: User, opus: AIModel
) -> None:
    with (
        closing(Visit(stack.site, stack.gateway, {"session": session_of(alice)})) as visit,
        closing(Visit(stack.site, stack.gateway)) as nobody,
    ):
        secrets = [token_of(alice), *live_through(visit, nobody, grant.public_id)]
        due = Notice.objects.filter(sent_at=None, dropped_at=None)
        wait_until(lambda: not due.exists(), what="every mail")
        stumble(visit, secrets[-1], grant.public_id)
        answer_text = {"reason": f"Others have {secrets[-1]}."}
        visit.post(f"{API}/keys/{key_id(secrets[-2])}/revoke/", json=answer_text)
        ask_and_report(nobody, secrets[0], secrets[-1])
        look_around(visit, grant.public_id)
    written = [*stack.written(), *visit.pages, *nobody.pages]
    for number, secret in enumerate(secrets):
        assert found(secret, written) == [], f"key {number}"
    assert_read(written, Key.objects.order_by("created_at").first())


def session_of(person: User) -> str:
    client = Client()
    client.force_login(person)
    return str(client.cookies["session"].value)


def assert_read(written: list[Written], key: Key | None) -> None:
    """What is no secret is found where it should be: the search did read these places."""
    assert key

    def places(text: str) -> set[str]:
        return {place for place, content in written if text.encode() in content}

    assert {"table requests_app_key", f"GET /keys/{key.public_id}/receipt/"[:34]} <= places(
        key.public_id
    )
    assert "mail" in places(f"…{key.last_four}") | places(f"ending in {key.last_four}")
    assert "file site.log" in places("Bad Request: /models/emk_…")
    assert "file gateway.log" in places("The check could not be made")
    assert "file worker.log" in places("send_notice")
    assert "valkey's commands" in places("LPUSH")


SECRET = key_format.with_checksum("emk_" + "Ab1" * 10)


def plant_in_session(tmp_path: Path) -> Iterator[Written]:
    session = SessionStore()
    session["next"] = f"/?key={SECRET}"
    session.save()
    return secret_search.database()


def plant_in_table(tmp_path: Path) -> Iterator[Written]:
    User.objects.update(full_name=f"x{SECRET[7:19]}x")
    return secret_search.database()


def plant_in_valkey(tmp_path: Path) -> Iterator[Written]:
    server = redis.Redis.from_url(settings.REDIS_URL)
    server.hset("unacked", "1", b"[" + base64.b64encode(f'["{SECRET}"]'.encode()) + b"]")
    try:
        yield from list(secret_search.valkey())
    finally:
        server.delete("unacked")


def plant_in_message(tmp_path: Path) -> Iterator[Written]:
    with Overheard() as overheard:
        redis.Redis.from_url(settings.REDIS_URL).publish("celery", SECRET[-12:])
        wait_until(lambda: "PUBLISH" in str(overheard.commands), what="the message")
    return overheard.written()


def plant_in_log(tmp_path: Path) -> Iterator[Written]:
    (tmp_path / "site.log").write_text(f"x\nNot Found: /{SECRET[:12]}…\n")
    return secret_search.files(tmp_path / "site.log")


def plant_in_mail(tmp_path: Path) -> Iterator[Written]:
    return secret_search.mails([MIMEText(f"Hello,\n{SECRET}", "plain", "utf-8").as_string()])


@pytest.mark.parametrize(
    ("plant", "place"),
    [
        (plant_in_session, "session"),
        (plant_in_table, "table people_user"),
        (plant_in_valkey, "valkey"),
        (plant_in_message, "valkey's commands"),
        (plant_in_log, "file site.log"),
        (plant_in_mail, "mail"),
    ],
)
def test_a_planted_part_of_a_key_is_found(
    plant: Callable[[Path], Iterator[Written]], place: str, alice: User, tmp_path: Path
) -> None:
    assert found(SECRET, plant(tmp_path)) == [place]
