"""Indexes that queries of the review desk were made for: each query can be answered from its own.

On an empty table the planner reads the whole; without that way it takes the index that fits.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from lifecycle.people.models import Institution, User
from requests_app.admin.review import dashboard
from requests_app.models import AccessRequest, Event
from requests_app.rules.desk import inbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_whole_tables(db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;"
            " SET LOCAL enable_sort = off"
        )
        yield


def plan(rows: QuerySet[AccessRequest]) -> str:
    return rows.explain()


def test_list_of_a_day_is_read_in_order_from_its_index() -> None:
    now = timezone.now()
    rows = AccessRequest.objects.exclude(submitted_at=None)
    day = rows.filter(created_at__gte=now - timedelta(days=1), created_at__lt=now)
    found = plan(day.order_by("-created_at", "-pk")[:100])
    assert "requests_newest_first" in found
    assert "Sort" not in found


@pytest.fixture
def decided_long_ago(in_review: AccessRequest, rita: User) -> None:
    """Many, as an index is chosen by what it spares: of an empty table any will do."""
    long_ago = timezone.now() - timedelta(days=1000)
    alice, version = in_review.requester, in_review.policy_version
    same = {"requester": alice, "policy_version": version, "closed_by": rita}
    days = dict.fromkeys(("created_at", "submitted_at", "closed_at"), long_ago)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        AccessRequest.objects.bulk_create(
            AccessRequest(state="approved", **same, **days) for _ in range(2000)
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE requests_app_accessrequest")


@pytest.mark.usefixtures("decided_long_ago")
def test_dashboard_reads_what_ended_lately_from_its_index() -> None:
    rows, now = AccessRequest.objects.order_by(), timezone.now()
    assert "requests_by_end" in plan(dashboard._decided(rows, now))
    since = now - timedelta(weeks=dashboard.WEEKS)
    ended = rows.filter(state__in=dashboard.ENDED, closed_at__gte=since)
    assert "requests_by_end" in plan(ended)


def test_inbox_is_found_without_a_walk_over_all_people(rita: User) -> None:
    """With a million requests that join took minutes, since the planner expects one row."""
    rita.institution = Institution.objects.create(name="Colleagues")
    found = str(inbox.waiting_for(rita, timezone.now()).query)
    assert "JOIN" in found
    assert 'JOIN "people_' not in found


def test_endings_under_policies_are_read_in_order_from_their_index(db: None) -> None:
    rows = Event.objects.filter(kind="access.ended_under_policy").order_by("-pk")
    assert "endings_under_policies" in rows[:26].explain()
