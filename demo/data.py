"""The demo's data: tables, catalogue, people, and half a year of history."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import time_machine

from demo.play import BEGINS
from lifecycle.embedded import embedded

if TYPE_CHECKING:
    from demo.people import Account


def prepare() -> "dict[str, Account]":
    """Make what is missing. The history is only played into an empty database."""
    import django
    from django.db import connection, connections

    django.setup()
    if _unfinished().exists():
        _start_over()
    if connection.introspection.table_names():
        accounts = prepare_people()
    else:
        print("Half a year of requests, reviews and use is played first, once.")
        _unfinished().touch()
        accounts = _play()
        _unfinished().unlink()
    connections.close_all()
    return accounts


def prepare_people() -> "dict[str, Account]":
    """Tables, catalogue and people; each only as far as it is missing."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    from demo import people  # after django.setup()

    return people.seed()


def _play() -> "dict[str, Account]":
    with time_machine.travel(datetime.now(UTC) - BEGINS):
        accounts = prepare_people()
    from demo.play import whole  # after django.setup()

    whole.play(secrets.token_urlsafe(12))  # nobody needs the password: /demo/ signs in without
    return accounts


def _unfinished() -> Path:
    """There while a history is played, and after one that was cut short."""
    return embedded.var() / "history-unfinished"


def _start_over() -> None:
    from django.core.cache import cache
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    cache.clear()
    for mail in (embedded.var() / "mail").glob("*.log"):
        mail.unlink()
