"""How fast the pages of the review desk are, with 300 open requests, grants and people.

`make bench OF=desk` fills a database of its own, asks the desk's lists and fullest pages through
the WSGI application as reviewer, owner and superuser, writes the figures into docs/performance.md,
and says there which goals are missed.
"""

import argparse

from bench.environment import prepare

prepare()

import django  # noqa: E402 - after the environment

from bench import asking, desk_page, page_tables  # noqa: E402

FEW, MANY = 30, 300  # rows of each kind
DESK = "/admin/"
APP = f"{DESK}requests_app/"


def main() -> None:
    options = asking.arguments("bench.desk")
    django.setup()
    asking.fill("bench.desk_fill", 0, FEW)
    wanted = asking.asks(addresses(options.only))
    few = {name: asking.queries(ask) for name, ask in wanted.items()}
    asking.fill("bench.desk_fill", FEW, MANY)
    pages = list(asking.measured(wanted, few, options))
    print(page_tables.table(pages))
    if not options.only:
        desk_page.write(options.page, pages, facts(options))


def facts(options: argparse.Namespace) -> dict[str, int]:
    from bench import desk_data
    from requests_app.models import AccessRequest, Grant
    from requests_app.validation.policy_questions import MAX_QUESTIONS
    from requests_app.validation.policy_version import MAX_STEPS

    long = AccessRequest.objects.get(requester__email="dora@example.org")
    return {
        "open": AccessRequest.objects.filter(state="in_review").count(),
        "grants": Grant.objects.count(),
        "events": long.events.count(),
        "votes": desk_data.VOTES,
        "files": desk_data.FILES,
        "steps": MAX_STEPS,
        "questions": MAX_QUESTIONS,
        "few": FEW,
        "times": options.times,
        "rounds": options.rounds,
        "most": asking.MAX_MILLISECONDS,
    }


def addresses(only: str) -> dict[str, tuple[str, str]]:
    """Who asks for each page, and where it is."""
    known = {**of_reviewers(), **of_owners(), **of_superusers()}
    return {name: where for name, where in known.items() if only in name}


def of_reviewers() -> dict[str, tuple[str, str]]:
    from requests_app.models import AccessRequest

    long = AccessRequest.objects.get(requester__email="dora@example.org")
    short = AccessRequest.objects.get(requester__email="carol@example.org")
    requests = f"{APP}accessrequest/"
    return {
        "inbox": ("rita", DESK),
        "requests": ("rita", requests),
        "requests, searched": ("rita", f"{requests}?q=person+1"),
        "requests that wait for me": ("rita", f"{requests}?waiting=me"),
        "a request": ("rita", f"{requests}{short.pk}/change/"),
        "a request with a long history": ("board7", f"{requests}{long.pk}/change/"),
        "dashboard": ("rita", f"{requests}dashboard/"),
        "delegations": ("rita", f"{APP}delegation/"),
    }


def of_owners() -> dict[str, tuple[str, str]]:
    from requests_app.models import Grant, Policy

    policy = Policy.objects.get(slug="opus")
    version, draft = policy.current, policy.versions.get(state="draft")
    grant = Grant.objects.get(holder__email="alice@example.org")
    assert version
    versions = f"{APP}policyversion/"
    return {
        "owner's first page": ("pat", DESK),
        "policies": ("pat", f"{APP}policy/"),
        "a policy": ("pat", f"{APP}policy/{policy.pk}/change/"),
        "reviewers of a policy": ("pat", f"{APP}policy/{policy.pk}/reviewers/"),
        "owner's report": ("pat", f"{APP}policy/{policy.pk}/report/"),
        "a version": ("pat", f"{versions}{version.pk}/change/"),
        "a draft": ("pat", f"{versions}{draft.pk}/change/"),
        "form of a draft": ("pat", f"{versions}{draft.pk}/edit/"),
        "grants": ("pat", f"{APP}grant/"),
        "a grant with its keys": ("pat", f"{APP}grant/{grant.pk}/change/"),
    }


def of_superusers() -> dict[str, tuple[str, str]]:
    from lifecycle.people.models import User

    alice = User.objects.get(email="alice@example.org")
    lists = {
        "people": "people/user/",
        "people, searched": "people/user/?q=person",
        "a person": f"people/user/{alice.pk}/change/",
        "institutions": "people/institution/",
        "groups": "auth/group/",
        "keys at gateways": "requests_app/externalkey/",
        "service tokens": "requests_app/servicetoken/",
        "requests, all": "requests_app/accessrequest/",
        "models": "catalogue/aimodel/",
        "all pages": "requests_app/",
    }
    return {name: ("ada", f"{DESK}{path}") for name, path in lists.items()}


if __name__ == "__main__":
    main()
