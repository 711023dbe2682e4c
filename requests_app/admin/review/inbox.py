"""The inbox on the desk's first page: what waits for a person, with numbers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import (
    Count,
    Min,
    Q,
    QuerySet,
    Window,
    prefetch_related_objects,
)
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from lifecycle.people.models import User
from lifecycle.voice.models import Essay
from requests_app.admin import desk_access
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.open_work import open_work
from requests_app.admin.voice import essay_visibility
from requests_app.models import (
    BreakGlass,
    Delegation,
    Notice,
    Policy,
    Stage,
)
from requests_app.notices.audiences.operators import all_operators
from requests_app.rules.desk import emergencies
from requests_app.rules.desk.inbox import DUE_SOON, badges, waiting_for
from requests_app.rules.desk.visibility import delegated_seats, groups_of
from requests_app.wording import titles

INBOX_SIZE = 25


def count_windows(now: datetime) -> dict[str, Window]:
    """Count all rows and those overdue, due soon and deadlocked, as window functions.

    Each row carries the counts, so the list needs no further query for them.
    """
    late, soon = Q(due_at__lte=now), Q(due_at__gt=now, due_at__lte=now + DUE_SOON)
    stuck = Q(deadlocked_at__isnull=False)
    tally = {"count_all": None, "count_overdue": late, "count_soon": soon, "count_stuck": stuck}
    return {name: Window(Count("pk", filter=which)) for name, which in tally.items()}


def inbox_context(desk: DeskAccess, now: datetime) -> dict[str, Any]:
    """Return what the desk's first page shows above the list of applications."""
    who = desk.who
    places = delegated_seats(who, now)
    prefetch_related_objects([who], "groups")  # read once for requests and essays
    stages: QuerySet[Any] = waiting_for(who, now, places).annotate(**count_windows(now))
    first = list(stages[:INBOX_SIZE])
    rows = _with_related(first)
    return {
        "inbox": [_line(stage, now) for stage in rows],
        "counts": first[0] if first else None,
        "essays": _essays(who, now, places) if desk.is_filled(Essay) else (),
        "away": Delegation.objects.away(now).filter(person=who).first(),
        "to_review": emergencies.to_review(who) if desk.is_filled(BreakGlass) else (),
        "open_work": list(open_work(desk)),
        "owned_policies": Policy.objects.filter(owners__in=groups_of(who)) if desk.owns else (),
        "failing": _failing_notices() if all_operators().filter(pk=who.pk).exists() else None,
    }


def _essays(who: User, now: datetime, places: list[Delegation]) -> QuerySet[Stage]:
    return essay_visibility.waiting_for(who, now, places)[:INBOX_SIZE]


def _line(stage: Stage, now: datetime) -> dict[str, Any]:
    return {
        "stage": stage,
        "title": titles.of_revision(stage.revision),
        "marks": badges(stage, now),
    }


def _failing_notices() -> dict[str, Any] | None:
    """Return how many notices fail, since when, and the last error; None if none do."""
    rows = Notice.objects.failing()
    last = rows.order_by("-next_try_at").first()
    if last is None:
        return None
    found = rows.aggregate(count=Count("pk"), since=Min("event__at"))
    return {**found, "problem": last.problem}


def _with_related(stages: list[Stage]) -> QuerySet[Stage]:
    """Load the related rows of these stages.

    A separate query: joined to one with so many conditions, PostgreSQL's planner misjudges the
    number of rows and scans all people.
    """
    rows = Stage.objects.filter(pk__in=[stage.pk for stage in stages]).order_by("due_at", "pk")
    related = rows.select_related("step", "revision", "access_request__requester__institution")
    return related.prefetch_related("revision__ai_models")


Index = Callable[[HttpRequest, dict[str, Any] | None], TemplateResponse]


def with_inbox(index: Index) -> Index:
    """Add the inbox to the admin's first page."""

    def first_page(
        request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        desk = desk_access.of_reader(request)
        inbox = inbox_context(desk, timezone.now())
        offered = {"desk": desk, "desk_links": desk_access.links(desk)}
        return index(request, {**inbox, **offered, **(extra_context or {})})

    return first_page


admin.site.index = with_inbox(admin.site.index)  # type: ignore[method-assign,assignment]  # one first page
