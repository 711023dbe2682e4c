"""The report of a policy: what owners read and download, and that nobody else does."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app.actions.endings import bulk_revocation
from requests_app.actions.requests import requests
from requests_app.models import (
    AccessRequest,
    Capacity,
    Grant,
    Key,
    Policy,
    PolicyModel,
    ReadLogEntry,
    RequestInstitution,
    Usage,
)
from requests_app.reports import data_export
from requests_app.reports.policy_report import ending_grants, spending
from requests_app.reports.policy_report import requests as request_report
from requests_app.reports.policy_report.csv_reports import CSV_REPORTS
from requests_app.reports.policy_report.use import PolicyUse
from tests.conftest import ask_for
from tests.support.bulk_grants import many_grants
from tests.support.desk_client import INDEX, member, signed_in, text_of
from tests.support.soak_sizes import some

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MICROS = 1_000_000


def report_of(policy: Policy, file: str = "") -> str:
    return f"/admin/requests_app/policy/{policy.pk}/report/{file}"


def rows_of(response: Any) -> list[list[str]]:
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def file_of(policy: Policy, name: str, who: User) -> list[list[str]]:
    return rows_of(signed_in(who).get(report_of(policy, f"{name}.csv")))


def use(key: Key, ai_model: AIModel, day: date, usd: int, *, calls: int = 1) -> None:
    Usage.objects.create(
        key=key,
        ai_model=ai_model,
        day=day,
        requests=calls,
        input_tokens=100,
        output_tokens=10,
        cost=usd * MICROS,
    )


@pytest.fixture
def granted(opus: AIModel, policy: Policy) -> list[Grant]:
    """Three grants with a key each."""
    many_grants(3, opus, policy)
    return list(Grant.objects.order_by("pk"))


def test_requests_are_counted_by_state_and_age(in_review: AccessRequest, policy: Policy) -> None:
    for days, state in ((0, "in_review"), (2, "returned"), (40, "in_review")):
        sent = NOW - timedelta(days=days, hours=1)
        in_review.pk = None
        in_review.public_id = f"req_{days}"
        in_review.state, in_review.created_at, in_review.submitted_at = state, sent, sent
        in_review.save(force_insert=True)
    found = {line.state: line.ages for line in request_report.by_state_and_age(policy, NOW)}
    assert found["In review"][0] == 1
    assert found["In review"][-1] == 1
    assert found["Changes requested"] == [0, 1, 0, 0, 0, 0]
    assert sum(found["Approved"]) == 0


def test_drafts_are_not_in_the_report(draft: AccessRequest, policy: Policy, pat: User) -> None:
    assert not any(line.total for line in request_report.by_state_and_age(policy, NOW))
    assert len(file_of(policy, "requests", pat)) == 1


def test_spending_by_model_stands_beside_its_budget(
    granted: list[Grant], opus: AIModel, policy: Policy
) -> None:
    keys = [grant.keys.get() for grant in granted]
    use(keys[0], opus, NOW.date(), 5)
    use(keys[0], opus, NOW.date().replace(day=1), 2)
    use(keys[1], opus, date(2026, 10, 31), 20)
    Grant.objects.filter(pk=granted[0].pk).update(spend_cap=100)
    Capacity.objects.create(ai_model=opus, monthly_budget=50)
    [line] = spending.by_model(PolicyUse(policy, NOW))
    assert (line.name, line.month, line.live) == ("Claude Opus 3", Decimal(7), Decimal(27))
    assert (line.budget, line.budget_used) == (50, Decimal(7))
    assert (line.grants, line.caps, line.without_cap) == (3, 100, 2)


def test_ended_grants_count_for_the_month_alone(
    granted: list[Grant], opus: AIModel, policy: Policy, pat: User
) -> None:
    use(granted[0].keys.get(), opus, NOW.date(), 5)
    bulk_revocation.revoke_everything(policy, by=pat, reason="Over.")
    [line] = spending.by_model(PolicyUse(policy, NOW))
    assert (line.month, line.live, line.grants) == (Decimal(5), Decimal(0), 0)


def test_budget_counts_what_other_policies_spend_and_spending_does_not(
    granted: list[Grant], opus: AIModel, policy: Policy, owners: Group
) -> None:
    use(granted[0].keys.get(), opus, NOW.date(), 5)
    Capacity.objects.create(ai_model=opus, monthly_budget=50)
    later = Policy.objects.create(slug="later", name="Later", owners=owners)
    PolicyModel.objects.update(policy=later)
    [line] = spending.by_model(PolicyUse(later, NOW))
    assert (line.month, line.budget_used) == (Decimal(0), Decimal(5))


def named(grant: Grant, *names: str) -> None:
    """As if the request had been sent from there; a trigger refuses later ones."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in names:
            place, _ = Institution.objects.get_or_create(
                name=name, defaults={"is_curated": name != "Independent"}
            )
            RequestInstitution.objects.create(
                access_request=grant.access_request, institution=place, at=NOW
            )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_spending_by_institution_counts_a_grant_under_each_that_it_names(
    granted: list[Grant], opus: AIModel, policy: Policy
) -> None:
    for number, grant in enumerate(granted, start=1):
        use(grant.keys.get(), opus, NOW.date(), number)
    named(granted[0], "Oslo", "Kyiv")
    named(granted[1], "Oslo", "Independent")
    named(granted[2], "Independent")
    found = {line.name: (int(line.month), line.grants) for line in spending.by_institution(
        PolicyUse(policy, NOW))}  # fmt: skip
    assert found == {"Oslo": (3, 2), "Kyiv": (1, 1), "No institution on record": (3, 1)}


def test_ends_of_the_next_thirty_days_are_listed_with_their_extension(
    granted: list[Grant], policy: Policy, opus: AIModel
) -> None:
    now = timezone.now()
    soon, later, gone = granted
    Grant.objects.filter(pk=soon.pk).update(ends_at=now + timedelta(days=3))
    Grant.objects.filter(pk=gone.pk).update(ends_at=now - timedelta(minutes=1))
    Grant.objects.filter(pk=later.pk).update(ends_at=now + timedelta(days=29))
    requests.save(ask_for(opus), by=soon.holder, continues=Grant.objects.get(pk=soon.pk))
    found = list(ending_grants.of_policy(policy, now))
    assert found == [soon, later]
    # A draft is its author's own.
    assert [ending_grants.extension_of(grant) for grant in found] == ["", ""]
    assert list(ending_grants.of_policy(policy, now - timedelta(days=2))) == [gone, soon]


def test_page_shows_every_part_with_a_table_for_each_chart(
    granted: list[Grant], opus: AIModel, policy: Policy, pat: User
) -> None:
    use(granted[0].keys.get(), opus, timezone.now().date(), 5, calls=1234)
    shown = text_of(signed_in(pat).get(report_of(policy)))
    assert shown.count("<figure") == shown.count("View as table") == 4
    assert "<dt>Spent this month</dt><dd>5.00 USD</dd>" in shown
    assert "<dt>Live grants</dt><dd>3</dd>" in shown
    assert "1,234" in shown
    for file in CSV_REPORTS:
        assert (f"/report/{file}.csv" in shown) == (file != "endings")


def test_empty_policy_has_a_report(policy: Policy, pat: User) -> None:
    shown = text_of(signed_in(pat).get(report_of(policy)))
    assert "No grants yet." in shown
    for file, made in CSV_REPORTS.items():
        header, *rest = file_of(policy, file, pat)
        assert header == list(made.columns)
        assert len(rest) == (1 if file == "models" else 0)


def test_bulk_revocations_are_listed_with_what_they_ended_here(
    granted: list[Grant], policy: Policy, pat: User, ada: User
) -> None:
    ending = bulk_revocation.revoke_everything(granted[0].holder, by=ada, reason="Left.")
    shown = text_of(signed_in(pat).get(report_of(policy)))
    assert f">{ending.public_id}</a>" in shown
    assert "1 grant, 1 key, of 1 person" in shown
    [_, row] = file_of(policy, "endings", pat)
    assert row[0] == ending.public_id
    assert row[2:] == ["holder0@example.org", "person", "Ada", "Left.", "1", "1", "0", "0", "1"]


@pytest.mark.parametrize("file", ["", *(f"{name}.csv" for name in CSV_REPORTS)])
def test_only_owners_and_superusers_get_the_report(
    granted: list[Grant], policy: Policy, rita: User, pat: User, alice: User, file: str
) -> None:
    others = member("olga", Group.objects.create(name="Owners of another"))
    for stranger in (rita, others):
        assert signed_in(stranger).get(report_of(policy, file)).status_code == 404
    assert signed_in(alice).get(report_of(policy, file)).status_code == 302
    assert not ReadLogEntry.objects.exists()
    assert signed_in(pat).get(report_of(policy, file)).status_code == 200


def test_unknown_file_is_not_found(policy: Policy, pat: User) -> None:
    assert signed_in(pat).get(report_of(policy, "keys.csv")).status_code == 404


def test_looks_are_logged_where_people_are_named(
    granted: list[Grant], policy: Policy, pat: User, lee: User
) -> None:
    for file, made in CSV_REPORTS.items():
        before = ReadLogEntry.objects.count()
        file_of(policy, file, lee)
        assert ReadLogEntry.objects.count() - before == made.names_people, file
    shown = text_of(signed_in(pat).get(report_of(policy)))
    assert "opened endings.csv, ends.csv, requests.csv" in shown
    looks = data_export.of_person(lee)["looks"]
    assert {(look["policy"], look["file"]) for look in looks} == {
        ("opus", f"{file}.csv") for file in ("requests", "ends", "endings")
    }


def test_file_of_requests_names_who_asked_and_runs_nothing(
    policy: Policy, opus: AIModel, pat: User, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(full_name="=HYPERLINK(“ö”)")
    row = requests.save(ask_for(opus), by=User.objects.get(pk=alice.pk), submit=True)
    response = signed_in(pat).get(report_of(policy, "requests.csv"))
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="opus-requests.csv"'
    assert "private, no-store" in response["Cache-Control"]
    [_, line] = rows_of(response)
    assert line[:2] == [row.public_id, "in_review"]
    assert line[5:] == [
        "'=HYPERLINK(“ö”)",
        "alice@example.org",
        "Example University",
        "claude-3-opus-20240229",
    ]


def test_home_leads_owners_to_their_reports_alone(policy: Policy, pat: User, rita: User) -> None:
    assert report_of(policy) in text_of(signed_in(pat).get(INDEX))
    assert report_of(policy) not in text_of(signed_in(rita).get(INDEX))


def queries(who: User, address: str) -> int:
    client = signed_in(who)
    with CaptureQueriesContext(connection) as seen:
        response = client.get(address)
        if response.streaming:
            rows_of(response)
    assert response.status_code == 200
    return len(seen)


@pytest.mark.parametrize("file", some(["", *(f"{name}.csv" for name in CSV_REPORTS)], 2))
def test_three_hundred_grants_take_as_many_queries_as_three(
    granted: list[Grant], opus: AIModel, policy: Policy, pat: User, file: str
) -> None:
    named(granted[0], "Oslo")
    use(granted[0].keys.get(), opus, timezone.now().date(), 5)
    Capacity.objects.create(ai_model=opus, monthly_budget=50)
    address = report_of(policy, file)
    queries(pat, address)
    few = queries(pat, address)
    many_grants(297, opus, policy, start=3)
    for grant in Grant.objects.prefetch_related("keys")[:40]:
        use(grant.keys.all()[0], opus, timezone.now().date() - timedelta(days=1), 1)
    assert queries(pat, address) == few
