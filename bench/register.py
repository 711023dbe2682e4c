"""How fast the register's pages are, at 2,000 models and 10,000 changes of a date.

`make bench OF=register` fills a database of its own, asks every public page, feed and list of the
API through the WSGI application, with and without what they cache, writes the figures into
docs/performance.md, and says there which goals are missed.
"""

import argparse

from bench.environment import prepare

prepare()

import django  # noqa: E402 - after the environment

from bench import asking, page_tables, register_page  # noqa: E402
from bench.asking import GERMAN  # noqa: E402

LATE = 40  # a page of lists that go on for about as many; fewer models give their last one
FEW = 200  # models of the first count of queries


def main() -> None:
    options = asking.arguments("bench.register")
    django.setup()
    from bench.register_data import MODELS

    asking.fill("bench.register_fill", 0, FEW)
    known = addresses(options.only)
    wanted = asking.asks({name: ("alice", address) for name, address in known.items()})
    few = {name: asking.queries(ask) for name, ask in wanted.items()}
    asking.fill("bench.register_fill", FEW, MODELS)
    check_counts()
    pages = list(asking.measured(wanted, few, options))
    print(page_tables.table(pages))
    if not options.only:
        register_page.write(options.page, pages, facts(options))


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
        "most": asking.MAX_MILLISECONDS,
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


if __name__ == "__main__":
    main()
