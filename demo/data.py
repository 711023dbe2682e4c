"""The demo's data: tables, catalogue, people, and half a year of history."""

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import time_machine

from demo.model_gateway import USAGE_TOKEN
from demo.play import BEGINS
from lifecycle.embedded import embedded

if TYPE_CHECKING:
    from demo.people import Account


GATEWAY = "The demo's gateway: tokens and cost of calls"


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
    os.environ[USAGE_TOKEN] = _usage_token()
    connections.close_all()
    return accounts


def _usage_token() -> str:
    """A new one at each start, as no secret is kept; those of earlier starts end."""
    from lifecycle.people.models import User
    from requests_app.actions.keys import service_tokens
    from requests_app.models import ServiceToken, TokenPermission

    admin = User.objects.get(email="admin@example.org")
    for earlier in ServiceToken.objects.filter(name=GATEWAY, revoked_at=None):
        service_tokens.revoke(earlier, by=admin)
    return service_tokens.create(
        GATEWAY,
        owner=admin,
        permissions=[TokenPermission.REPORT_USAGE],
        expires_at=datetime.now(UTC) + timedelta(days=90),
        by=admin,
    ).secret


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
