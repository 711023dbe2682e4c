"""Asking for pages as a process that serves the site answers them, in rounds."""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from bench import page_tables
from bench.timing import Ask, Calls, PageTimes, calls
from lifecycle.config import env

MAX_MILLISECONDS = 100
GERMAN = ", in German"  # ends the names of pages that a browser asks for in that language


def arguments(program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m {program}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--times", type=int, default=40, help="calls of each page in a round")
    parser.add_argument("--only", default="", help="pages with this in their name; writes nothing")
    parser.add_argument("--page", type=Path, default=page_tables.PAGE, help="what to write")
    return parser.parse_args()


def fill(program: str, first: int, last: int) -> None:
    """In a process of its own, so that the one that is measured is as one that only serves."""
    command = (sys.executable, "-m", program, str(first), str(last))
    subprocess.run(command, check=True, cwd=env.ROOT)


def asks(addresses: Mapping[str, tuple[str, str]]) -> dict[str, Ask]:
    """How each page is asked for, by its person and address; those in German are checked to be."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    browsers = {who: _browser(who) for who in {who for who, _ in addresses.values()}}
    german = {"headers": {"Accept-Language": "de"}}
    wanted: dict[str, Ask] = {
        name: partial(browsers[who].get, address, **(german if name.endswith(GERMAN) else {}))
        for name, (who, address) in addresses.items()
    }
    for name in filter(lambda one: one.endswith(GERMAN), wanted):
        assert b'<html lang="de' in wanted[name]().content, name
    return wanted


def _browser(who: str) -> Any:
    import_module("lifecycle.config.wsgi")  # a process as it serves
    from django.conf import settings
    from django.test import Client

    from lifecycle.people.models import User

    how: dict[str, Any] = {"SERVER_NAME": settings.ALLOWED_HOSTS[0]}
    how["HTTP_X_FORWARDED_PROTO"] = "https"
    browser = Client(**how)
    person = User.objects.get(email=f"{who}@example.org")
    browser.force_login(person)
    if person.is_staff:
        _show_second_factor(browser, person)
    return browser


def _show_second_factor(browser: Any, person: Any) -> None:
    """The desk asks for one in each session, and looks at both."""
    from allauth.account.internal.flows.login import record_authentication
    from allauth.mfa.models import Authenticator
    from django.http import HttpRequest

    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
    request = HttpRequest()
    request.session = browser.session
    record_authentication(request, person, "mfa")
    request.session.save()


def queries(ask: Ask) -> int:
    """With nothing cached."""
    from django.core.cache import cache
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask()  # the session, and what a process reads once
    cache.clear()
    with CaptureQueriesContext(connection) as seen:
        answer = ask()
    assert answer.status_code == 200, (ask, answer.status_code)
    return len(seen)


def measured(
    wanted: Mapping[str, Ask], few: Mapping[str, int], options: argparse.Namespace
) -> Iterator[PageTimes]:
    """In rounds, one page after the other; of each page the quietest round counts."""
    from django.core.cache import cache

    warm: dict[str, list[Calls]] = {name: [] for name in wanted}
    cold: dict[str, list[Calls]] = {name: [] for name in wanted}
    for _ in range(options.rounds):
        for name, ask in wanted.items():
            warm[name].append(calls(ask, options.times))
            cold[name].append(calls(ask, options.times, before=cache.clear))
    for name, ask in wanted.items():
        size, many = len(ask().content), queries(ask)
        yield PageTimes(name, quietest(warm[name]), quietest(cold[name]), size, many, few[name])


def quietest(rounds: Sequence[Calls]) -> Calls:
    return min(rounds, key=lambda one: sum(one.wall))
