"""How fast the register's pages are, at 2,000 models and 10,000 changes of a date.

`make bench OF=register` fills a database of its own, asks every public page, feed and list of the
API through the WSGI application, with and without what they cache, writes the figures into
docs/performance.md, and says there which goals are missed.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.environment import prepare

prepare()

import django  # noqa: E402 - after the environment

from bench import register_page  # noqa: E402
from bench.timing import Ask, Calls, PageTimes, calls  # noqa: E402
from lifecycle.config import env  # noqa: E402

MAX_MILLISECONDS = 100
LATE = 40  # a page of lists that go on for about as many; fewer models give their last one
GERMAN = ", in German"  # ends the names of pages that a browser asks for in that language
FEW = 200  # models of the first count of queries


def main() -> None:
    options = arguments()
    django.setup()
    from bench.register_data import MODELS

    fill(0, FEW)
    collect_files()
    wanted = asks(a_browser(), addresses(options.only))
    few = {name: queries(ask) for name, ask in wanted.items()}
    fill(FEW, MODELS)
    check_counts()
    pages = list(measured(wanted, few, options))
    print(register_page.table(pages))
    if not options.only:
        register_page.write(options.page, pages, facts(options))


def fill(first: int, last: int) -> None:
    command = (sys.executable, "-m", "bench.register_fill", str(first), str(last))
    subprocess.run(command, check=True, cwd=env.ROOT)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.register")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--times", type=int, default=40, help="calls of each page in a round")
    parser.add_argument("--only", default="", help="pages with this in their name; writes nothing")
    parser.add_argument("--page", type=Path, default=register_page.PAGE, help="what to write")
    return parser.parse_args()


def collect_files() -> None:
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def check_counts() -> None:
    from bench.register_data import CHANGES, MODELS
    from lifecycle.catalogue.models import AIModel, DateChange

    assert AIModel.objects.count() >= MODELS
    assert DateChange.objects.count() >= CHANGES


def facts(options: argparse.Namespace) -> dict[str, int]:
    from lifecycle.catalogue.models import AIModel, DateChange, Promise, Retirement
    from requests_app.models import Event

    return {
        "models": AIModel.objects.count(),
        "retirements": Retirement.objects.count(),
        "changes": DateChange.objects.count(),
        "promises": Promise.objects.count(),
        "events": Event.objects.exclude(ai_model=None).count(),
        "few": FEW,
        "times": options.times,
        "rounds": options.rounds,
        "most": MAX_MILLISECONDS,
    }


def addresses(only: str) -> dict[str, str]:
    """One model in the first 200 has the most of everything; so does the first provider."""
    from django.db.models import Count

    from lifecycle.catalogue.models import AIModel

    crowded = AIModel.objects.filter(weights__isnull=False, interviews__isnull=False)
    moved = Count("retirements__date_changes")
    found = crowded.filter(provider__slug="lab-0").annotate(moved=moved).order_by("-moved").first()
    assert found
    name, series = found.identifier, AIModel.objects.exclude(essay_series=None)[0]
    known = {**pages_of(name, series.essay_series.get().slug), **files_of(name), **api_of(name)}
    return {name: address for name, address in known.items() if only in name}


def pages_of(model: str, series: str) -> dict[str, str]:
    return {
        "home": "/",
        "models": "/models/",
        f"models{GERMAN}": "/models/",
        f"models, page {LATE}": f"/models/?page={LATE}",
        "models, searched": "/models/?q=model+1",
        "models, retired and open to requests": "/models/?state=retired&can_ask=on",
        "models, partly retired": "/models/?state=partly-retired&retired_from=2024-01-01",
        "models of a provider": "/models/?provider=lab-0&state=serving",
        "a model": f"/models/{model}/",
        "a citation": f"/models/{model}/cite.bib",
        "promises": "/promises/",
        f"promises, page {LATE}": f"/promises/?page={LATE}",
        "promises in a state": "/promises/?state=standing",
        "promises of a provider in a state": "/promises/?state=unknown&provider=lab-0",
        "promises about a model": f"/promises/{model}/",
        "scorecard": "/scorecard/",
        "scorecard of a provider": "/scorecard/lab-0/",
        f"scorecard of a provider, page {LATE}": f"/scorecard/lab-0/?page={LATE}",
        "deployment report": f"/deployment-reports/{model}/",
        "deployment report, JSON": f"/deployment-reports/{model}/report.json",
        "essays": f"/essays/{series}/",
        "an essay": f"/essays/{series}/1/",
        "numbers": "/numbers/",
        "my access": "/access/",
        "what I follow": "/account/following/",
    }


def files_of(model: str) -> dict[str, str]:
    kinds = {
        "everything": "",
        "a provider": "providers/lab-0/",
        "a platform": "platforms/Amazon Bedrock/",
        "a model": f"models/{model}/",
    }
    files = {"Atom": "changes.atom", "JSON": "changes.json", "calendar": "retirements.ics"}
    feeds = {
        f"{title} of {about}": f"/feeds/{path}{file}"
        for title, file in files.items()
        for about, path in kinds.items()
    }
    return {**feeds, "badge": f"/badges/models/{model}.svg"}


def api_of(model: str) -> dict[str, str]:
    calls = {
        "models": "models/",
        "models, 200 on a page": "models/?page_size=200",
        "models, retired and by request": "models/?retired=true&by_request=true",
        "models, not retired, of a provider": "models/?retired=false&provider=lab-0",
        "a model": f"models/{model}/",
        "use of a model": f"models/{model}/use/",
        "demand for a model": f"models/{model}/demand/",
        "promises": "promises/",
        "promises, 200 on a page": "promises/?page_size=200",
        "promises in a state": "promises/?state=standing",
        "promises of a provider in a state": "promises/?state=unknown&provider=lab-0",
        "scorecard": "scorecard/",
        "scorecard of a provider": "scorecard/lab-0/",
        "scorecard of a provider, 200 on a page": "scorecard/lab-0/?page_size=200",
        "deployment report": f"models/{model}/deployment-report/",
    }
    return {f"API: {name}": f"/api/v1/{path}" for name, path in calls.items()}


# Measuring --------------------------------------------------------------------------------------


def a_browser() -> Any:
    import_module("lifecycle.config.wsgi")  # a process as it serves
    from django.conf import settings
    from django.test import Client

    from lifecycle.people.models import User

    how: dict[str, Any] = {"SERVER_NAME": settings.ALLOWED_HOSTS[0]}
    how["HTTP_X_FORWARDED_PROTO"] = "https"
    browser = Client(**how)
    browser.force_login(User.objects.get(email="alice@example.org"))
    return browser


def asks(browser: Any, addresses: Mapping[str, str]) -> dict[str, Ask]:
    """How each page is asked for; those in German are checked to be."""
    german = {"headers": {"Accept-Language": "de"}}
    wanted: dict[str, Ask] = {
        name: partial(browser.get, address, **(german if name.endswith(GERMAN) else {}))
        for name, address in addresses.items()
    }
    for name in filter(lambda one: one.endswith(GERMAN), wanted):
        assert b'<html lang="de' in wanted[name]().content, name
    return wanted


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


if __name__ == "__main__":
    main()
