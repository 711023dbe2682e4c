"""How fast and how large the site's pages are, at 3,000 requests and 72,000 events.

`python -m bench.pages` fills a database of its own, asks each page through the WSGI application,
and fails when one is slower or larger than promised.
"""

import sys
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from bench.environment import prepare

prepare()

import django  # noqa: E402 - after the environment

from bench.timing import Calls, calls  # noqa: E402

REQUESTS, EVENTS, PEOPLE = 3_000, 24, 300
OWN = 60  # requests of the person who looks
TIMES = 20
MAX_MILLISECONDS, MAX_BYTES = 100, 60_000
STATES = {
    "approved": (0, 1_900, "'closed_at', row.submitted_at + n % 200 * interval '1 hour'"),
    "denied": (1_900, 2_700, "'denial', 'other', 'ask_again_on', '2026-01-01'"),
    "withdrawn": (2_700, REQUESTS, "'closing_reason', 'Plans changed.'"),
}
CLONE = """
INSERT INTO {table} SELECT (jsonb_populate_record(row, jsonb_build_object({changes}))).*
FROM {table} AS row, generate_series({first}, {last} - 1) AS n {more} WHERE row.id = {id}
"""
BASE = 1_000_000


class PageTiming(NamedTuple):
    """One address, and what asking for it took."""

    name: str
    calls: Calls
    size: int
    queries: int

    @property
    def is_kept(self) -> bool:
        return self.calls.p95 <= MAX_MILLISECONDS and self.size <= MAX_BYTES


def main() -> None:
    django.setup()
    from bench import data

    data.make()
    fill()
    pages = list(measured())
    print(f"{'page':20} {'p50 ms':>8} {'p95 ms':>8} {'CPU p95':>8} {'bytes':>8} {'queries':>8}")
    for page in pages:
        times = (page.calls.median, page.calls.p95, page.calls.busy_p95)
        numbers = " ".join(f"{one:8.1f}" for one in times)
        print(f"{page.name:20} {numbers} {page.size:8,} {page.queries:8}")
    if broken := [page.name for page in pages if not page.is_kept]:
        sys.exit(f"Slower than {MAX_MILLISECONDS} ms or over {MAX_BYTES:,} bytes: {broken}")


def fill() -> None:
    """Copies of one approved request and all that hangs on it, by SQL."""
    from django.core.management import call_command
    from django.db import connection

    from lifecycle.people.models import User
    from requests_app.models import AccessRequest, RequestedModel, Revision, Stage

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("load_catalogue", verbosity=0)
    asked = AccessRequest.objects.get(requester__email="alice@example.org")
    text, stage = asked.revisions.get(), asked.stages.get()
    copied = f"'id', {BASE} + n, 'access_request_id', {BASE} + n"
    clone(
        User, asked.requester_id, f"'id', {BASE} + n, 'email', 'p' || n || '@example.org'", PEOPLE
    )
    for state, (first, last, more) in STATES.items():
        clone(AccessRequest, asked.pk, f"{whose(asked)}, 'state', '{state}', {more}", last, first)
    clone(Revision, text.pk, copied, REQUESTS)
    named = Revision.ai_models.through.objects.get(revision=text)
    clone(
        Revision.ai_models.through,
        named.pk,
        f"'id', {BASE} + n, 'revision_id', {BASE} + n",
        REQUESTS,
    )
    requester = f"'requester_id', {requester_of(asked)}"
    clone(RequestedModel, asked.requested_models.get().pk, f"{copied}, {requester}", REQUESTS)
    clone(Stage, stage.pk, f"{copied}, 'revision_id', {BASE} + n", REQUESTS)
    fill_events(asked)
    fill_use(asked)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def whose(asked: Any) -> str:
    public_id = "'req_' || lpad(n::text, 16, '0')"
    return f"'id', {BASE} + n, 'public_id', {public_id}, 'requester_id', {requester_of(asked)}"


def requester_of(asked: Any) -> str:
    """The first of them are the person's who looks."""
    return f"CASE WHEN n < {OWN} THEN {asked.requester_id} ELSE {BASE} + n % {PEOPLE} END"


def fill_events(asked: Any) -> None:
    from requests_app.models import Event

    event = asked.events.order_by("pk").first()
    number = f"{BASE} + n * {EVENTS} + place"
    changes = f"'id', {number}, 'access_request_id', {BASE} + n, 'sequence', place"
    places = f", generate_series(1, {EVENTS}) AS place"
    clone(Event, event.pk, changes, REQUESTS, more=places)


def fill_use(asked: Any) -> None:
    """A month of use under the key of the person who looks."""
    from requests_app.models import Key, Usage

    key = Key.objects.get(holder=asked.requester)
    ai_model = key.grant.granted_models.get().ai_model
    today = asked.submitted_at.date()
    Usage.objects.create(key=key, ai_model=ai_model, day=today, requests=900, cost=90_000)
    made = Usage.objects.get()
    clone(Usage, made.pk, f"'id', {BASE} + n, 'day', row.day - n", 30, 1)


def clone(
    model: Any, template: int, changes: str, last: int, first: int = 0, more: str = ""
) -> None:
    from django.db import connection

    named = {"table": model._meta.db_table, "changes": changes, "id": template, "more": more}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # triggers refuse rows of the past
        cursor.execute(CLONE.format(**named, first=first, last=last))
        cursor.execute("SET session_replication_role = origin")


def addresses() -> dict[str, str]:
    from requests_app.models import AccessRequest, Event, Grant

    assert AccessRequest.objects.count() >= REQUESTS
    assert Event.objects.count() >= REQUESTS * EVENTS
    grant = Grant.objects.get(holder__email="alice@example.org")
    opus = grant.granted_models.get().ai_model.identifier
    return {
        "home": "/",
        "models": "/models/",
        "models, filtered": "/models/?q=claude&state=retired&can_ask=on",
        "model": f"/models/{opus}/",
        "numbers": "/numbers/",
        "gateway answers": "/problems/",
        "report a key": "/report-a-key/",
        "my requests": "/requests/",
        "request": f"/requests/{AccessRequest.objects.get(pk=BASE).public_id}/",
        "new request": "/requests/new/",
        "my access": "/access/",
        "access": f"/access/{grant.public_id}/",
        "profile": "/profile/",
    }


def measured() -> Iterator[PageTiming]:
    import_module("lifecycle.config.wsgi")  # a process as it serves
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from lifecycle.people.models import User

    how: dict[str, Any] = {"SERVER_NAME": settings.ALLOWED_HOSTS[0]}
    how["HTTP_X_FORWARDED_PROTO"] = "https"
    browser = Client(**how)
    browser.force_login(User.objects.get(email="alice@example.org"))
    for name, address in addresses().items():
        ask = partial(browser.get, address, follow=True)
        with CaptureQueriesContext(connection) as seen:
            answer = ask()
            queries = len(seen)
        assert answer.status_code == 200, (address, answer.status_code)
        yield PageTiming(name, calls(ask, TIMES), len(answer.content), queries)


if __name__ == "__main__":
    main()
