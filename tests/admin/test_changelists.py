"""Lists on the desk: found quickly, filtered to what one may see, and never counted."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.grants import grants
from requests_app.actions.requests import requests
from requests_app.admin import pagination
from requests_app.models import AccessRequest, BreakGlass, Grant, Stage
from tests.conftest import ask_for, person
from tests.support.desk_client import LIST, member, page_of, signed_in, text_of

pytestmark = pytest.mark.django_db

LIST_QUERIES = 17  # one of them asks whether the reader edits the catalogue, for the sidebar
GRANTS = "/admin/requests_app/grant/"


def listed(who: User, query: str = "") -> str:
    response = signed_in(who).get(LIST + query)
    assert response.status_code == 200
    return text_of(response)


def many(like: AccessRequest, number: int) -> None:
    """Rows for the list, without what an action would do."""
    now = timezone.now()
    AccessRequest.objects.bulk_create(
        AccessRequest(
            requester=like.requester,
            policy_version=like.policy_version,
            state="in_review",
            created_at=now,
            submitted_at=now,
        )
        for _ in range(number)
    )


def test_list_shows_what_one_may_see(in_review: AccessRequest, rita: User) -> None:
    text = listed(rita)
    title = f'<th class="field-title"><a href="{page_of(in_review)}">Claude Opus 3: Compare'
    reference = f'refusals. <span class="soft">{in_review}</span></a>'
    for message in (title, reference, "In review", "Research review"):
        assert message in text
    assert page_of(in_review) not in listed(member("tom"))


def test_list_leaves_out_drafts(draft: AccessRequest, pat: User) -> None:
    assert page_of(draft) not in listed(pat)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=in_review", True),
        ("?state=approved", False),
        ("?state=draft", False),
        ("?policy=opus", True),
        ("?policy=other", False),
        ("?model=claude-3-opus-20240229", True),
        ("?model=claude-2.1", False),
        ("?deadline=week", False),
        ("?deadline=overdue", False),
        ("?waiting=me", True),
        ("?waiting=you", False),
        ("?q=ALICE", True),
        ("?q=alice@example.org", True),
        ("?q=opus 3", True),
        ("?q=claude-3-opus", True),
        ("?q=bob", False),
        ("?q=req_0", False),
        ("?q=%25", False),
    ],
)
def test_list_is_filtered_and_searched(
    in_review: AccessRequest, rita: User, query: str, found: bool
) -> None:
    AccessRequest.objects.filter(pk=in_review.pk).update(public_id="req_abcdefabcdef0123")
    Stage.objects.update(due_at=timezone.now() + timedelta(days=8))
    assert (page_of(in_review) in listed(rita, query)) is found


def test_search_finds_the_public_id_or_its_beginning(in_review: AccessRequest, rita: User) -> None:
    for term in (in_review.public_id, in_review.public_id[:8].upper()):
        assert page_of(in_review) in listed(rita, f"?q={term}")


@pytest.mark.parametrize(
    ("hours", "found"),
    [(-1, {"overdue"}), (0.001, {"today", "week"}), (100, {"week"}), (200, set())],
)
def test_deadline_filter(
    in_review: AccessRequest, rita: User, hours: float, found: set[str]
) -> None:
    Stage.objects.update(due_at=timezone.now() + timedelta(hours=hours))
    names = ("overdue", "today", "week")
    assert {n for n in names if page_of(in_review) in listed(rita, f"?deadline={n}")} == found


def test_filters_offer_only_what_one_may_see(in_review: AccessRequest, rita: User) -> None:
    assert "Opus 3" in listed(rita)
    outsider = listed(member("tom"))
    assert "?policy=" not in outsider
    assert "?model=" not in outsider


def test_dates_lead_from_years_to_days(in_review: AccessRequest, rita: User) -> None:
    AccessRequest.objects.update(created_at=datetime(2026, 2, 28, 12, tzinfo=UTC))
    assert ">2026</a>" in listed(rita)
    year = listed(rita, "?created_at__year=2026")
    assert "created_at__month=2&amp;created_at__year=2026" in year
    day = "?created_at__day=28&created_at__month=2&created_at__year=2026"
    assert "28 February" in listed(rita, "?created_at__month=2&created_at__year=2026")
    assert page_of(in_review) in listed(rita, day)
    assert page_of(in_review) not in listed(rita, day.replace("28", "27"))


@pytest.mark.parametrize(
    "query",
    [
        "?created_at__year=x",
        "?created_at__year=2026&created_at__month=13",
        "?p=0",
        "?p=101",
        "?p=2",
    ],
)
def test_list_leads_back_from_an_address_that_makes_no_sense(
    in_review: AccessRequest, rita: User, query: str
) -> None:
    response = signed_in(rita).get(LIST + query)
    assert response.headers["Location"] == f"{LIST}?e=1"


@pytest.mark.parametrize("query", ["requester__password__startswith=a", "closing_reason=x", "id=1"])
def test_list_refuses_to_filter_by_what_it_does_not_offer(
    in_review: AccessRequest, rita: User, query: str
) -> None:
    assert signed_in(rita).get(f"{LIST}?{query}").status_code == 400


def test_list_refuses_a_nul(in_review: AccessRequest, rita: User) -> None:
    for query in ("?state=%00", "?q=%00", "?policy=%00"):
        assert signed_in(rita).get(LIST + query).status_code == 400


def test_list_looks_one_page_ahead_and_never_counts(in_review: AccessRequest, pat: User) -> None:
    many(in_review, 100)
    client = signed_in(pat)
    with CaptureQueriesContext(connection) as queries:
        first, third = client.get(LIST).content.decode(), client.get(f"{LIST}?p=3").content.decode()
    assert not [q for q in queries.captured_queries if "COUNT(" in q["sql"]]
    assert "More on the next page." in first
    assert "?p=2" in first
    assert "?p=3" not in first
    assert "More on the next page." not in third
    assert page_of(in_review) in third


def test_list_ignores_show_all_and_orders_from_the_address(
    in_review: AccessRequest, pat: User
) -> None:
    many(in_review, 60)
    text = listed(pat, "?all=1&o=2")
    assert text.count('<th class="field-title">') == 50
    assert page_of(in_review) not in text


def test_list_stops_at_its_last_page(
    in_review: AccessRequest, pat: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "MAX_PAGES", 1)
    many(in_review, 60)
    assert "Not all results are shown. Narrow them down with filters or dates." in listed(pat)


def test_list_takes_the_same_queries_for_any_number(
    in_review: AccessRequest,
    opus: AIModel,
    rita: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(rita)
    for number in (0, 3, 60):
        for n in range(min(number, 3)):
            requests.save(ask_for(opus), by=person(f"p{number}-{n}"), submit=True)
        many(in_review, number)
        with django_assert_num_queries(LIST_QUERIES):
            client.get(LIST)


def test_grants_are_listed_and_found_by_who_may_see_them(
    grant: Grant, rita: User, pat: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for query in ("", "?state=active", "?q=alice", f"?q={grant.public_id}"):
        assert str(grant) in text_of(signed_in(rita).get(GRANTS + query))
    for query in ("?state=ended", "?q=bob", "?q=grant_none"):
        assert "field-public_id" not in text_of(signed_in(pat).get(GRANTS + query))
    assert str(grant) not in text_of(signed_in(member("tom")).get(GRANTS))


def test_lists_show_days_and_moments_short(
    in_review: AccessRequest, emergency_grant: BreakGlass, rita: User
) -> None:
    in_review.refresh_from_db()
    asked, grant = in_review.submitted_at, emergency_grant.grant
    assert asked
    assert f'<time datetime="{asked.date()}">{asked:%-d %b %Y}</time>' in listed(rita)
    text = text_of(signed_in(rita).get(GRANTS))
    for at in (grant.activated_at, grant.ends_at):
        assert f">{at:%-d %b %Y, %H:%M}</time>" in text
    assert "Active (emergency)" in text


def test_revoked_grant_shows_when_and_by_whom_it_ended(grant: Grant, pat: User, rita: User) -> None:
    grants.revoke(grant, by=pat, reason="Misused.")
    grant.refresh_from_db()
    assert grant.closed_at
    assert grant.ends_at
    ended = f">{grant.closed_at:%-d %b %Y, %H:%M}</time>"
    for ordered in ("", "?o=6", "?o=-6"):
        rows = text_of(signed_in(rita).get(GRANTS + ordered))
        assert f'<td class="field-until"><time datetime="{grant.closed_at.isoformat()}"' in rows
        assert f"{grant.ends_at:%-d %b %Y, %H:%M}" not in rows
    page = text_of(signed_in(pat).get(f"{GRANTS}{grant.pk}/change/"))
    assert "Misused. (Pat" in page
    assert ended in page


def test_grant_offers_what_its_state_leaves(grant: Grant, pat: User) -> None:
    desk, address = signed_in(pat), f"{GRANTS}{grant.pk}/"
    assert acts(desk.get(f"{address}change/")) == ["Suspend", "Revoke"]
    refused = desk.post(f"{address}resume/", {"reason": "All is well."})
    assert refused.status_code == 409
    assert "This grant is active, so it can't be resumed." in text_of(refused)
    desk.post(f"{address}suspend/", {"reason": "We look."})
    assert acts(desk.get(f"{address}change/")) == ["Resume", "Revoke"]
    desk.post(f"{address}revoke/", {"reason": "Misused.", "typed": "revoke"})
    assert acts(desk.get(f"{address}change/")) == []


def acts(page: Any) -> list[str]:
    return re.findall(r">(\w+) this grant…<", text_of(page))


def test_grant_says_once_what_its_reader_may_not_do(grant: Grant, rita: User) -> None:
    page = signed_in(rita).get(f"{GRANTS}{grant.pk}/change/")
    assert acts(page) == []
    assert text_of(page).count("Only the policy's owners can do this.") == 1
    assert '<h2 id="refused">Suspend or revoke</h2>' in text_of(page)


def test_grant_is_revoked_by_an_owner_only(grant: Grant, rita: User, pat: User) -> None:
    address = f"{GRANTS}{grant.pk}/revoke/"
    sent: Any = {"reason": "Misused.", "typed": "revoke"}
    assert signed_in(member("tom")).post(address, sent).status_code == 404
    assert signed_in(rita).post(address, sent).status_code == 403
    assert signed_in(pat).post(address, sent).status_code == 302
    assert Grant.objects.get().state == "revoked"


def test_list_is_headed_by_what_it_lists_and_greets_by_name(
    in_review: AccessRequest, rita: User
) -> None:
    text = text_of(signed_in(rita).get("/admin/requests_app/accessrequest/"))
    assert "to view" not in text
    assert "<title>Requests | Emeritus" in text
    assert "Rita" in text
    assert "rita@example.org" not in text
