"""What every process says at its start: which servers it uses, and no secret."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from demo.__main__ import SITE
from lifecycle.config import env
from tests.support.worker_processes import database_under_test, free_port, process, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]

CELERY = ("celery", "--quiet", "-A", "lifecycle.config.celery")
WEB = ("granian", *SITE)
TIMED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [\w.]+: ")
UNTIMED = r"^(\[[A-Z]+\]|[A-Z]+:)"  # as granian and uvicorn write by themselves
PROCESSES = {
    "site": (*WEB, "--port", "{port}"),
    "gateway": ("requests_app.gateway", "--port", "{port}"),
    "gateway of several processes": ("requests_app.gateway", "--port", "{port}", "--workers", "2"),
    "worker": (*CELERY, "worker", "-c1"),
    "beat": (*CELERY, "beat", "--schedule", "{folder}/beat"),
    "command": ("manage", "showmigrations"),
}


def secret_addresses() -> dict[str, str]:
    """Those under test, with passwords that the servers don't ask for."""
    scheme, _, rest = database_under_test().partition("://")
    database = f"{scheme}://{settings.DATABASES['default']['USER']}:hush@{rest.partition('@')[2]}"
    separator = "&" if "?" in settings.REDIS_URL else "?"
    return {"DATABASE_URL": database, "EMAIL_URL": "smtp://u:hush@localhost"} | (
        {"REDIS_URL": f"{settings.REDIS_URL}{separator}client_name=emeritus"}
    )


@pytest.mark.skipif(not env.is_local(), reason="your own server may ask for a password")
@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_says_which_servers_it_uses(name: str, tmp_path: Path) -> None:
    told = {"port": str(free_port()), "folder": str(tmp_path)}
    command = [part.format(**told) for part in PROCESSES[name]]
    log = tmp_path / "log"
    with process(*command, log=log, **secret_addresses()):
        wait_until(lambda: "Using the database" in log.read_text(), what=f"the line in {log}")
    text = log.read_text()
    assert f"Using the database {connection.settings_dict['NAME']} at" in text
    assert "hush" not in text
    assert TIMED.match(text), "the first line has no time and level"
    assert not re.search(UNTIMED, text, re.MULTILINE)


def test_a_command_without_a_database_says_nothing_of_one(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with process("manage", "check", log=log) as running:
        assert running.wait(60) == 0
    assert "Using the database" not in log.read_text()
