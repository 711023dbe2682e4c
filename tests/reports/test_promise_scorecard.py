"""Notice promised against notice given: the rule, the verdicts, the pages and the API."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given as given_any
from hypothesis import strategies as st

from lifecycle.catalogue.models import AIModel, DateChange, Promise, Provider, Retirement, Source
from requests_app.reports.promises import scorecard
from requests_app.reports.promises.scorecard import NoticeRule, Score, rule_for, score
from tests.support.api_client import API
from tests.support.page_client import assert_nothing_inline, main_of, page
from tests.web.test_queries import queries

pytestmark = pytest.mark.django_db

BY_KIND = {"general": 180, "preview": 14, "specialised": 90}
JANUARY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("notice_days", "kind", "rule"),
    [
        (60, "", (60, "")),
        (60, "preview", (60, "")),
        (0, "preview", (0, "")),
        (BY_KIND, "preview", (14, "preview")),
        (BY_KIND, "snapshot", (180, "general")),
        (BY_KIND, "", (180, "general")),
        ({"preview": 14}, "snapshot", None),
        ({"preview": 0}, "preview", (0, "preview")),
        (None, "snapshot", None),
    ],
)
def test_rule_is_that_of_the_kind_or_else_the_general_one(
    notice_days: Any, kind: str, rule: Any
) -> None:
    assert rule_for(notice_days, kind) == rule


def judged(**changed: Any) -> Score:
    """60 days promised, 60 given, but for what is changed; a number is a day of the year."""
    days = {"announced": 0, "first_firm": 60, "retires": 60, "promised_from": None, **changed}
    rule = days.pop("rule", NoticeRule(60, ""))
    return score(
        rule=rule,
        **{name: None if n is None else JANUARY + timedelta(days=n) for name, n in days.items()},
    )


@pytest.mark.parametrize(
    ("changed", "verdict", "given", "short_by"),
    [
        ({}, "kept", 60, 0),
        ({"first_firm": 61, "retires": 61}, "kept", 61, 0),
        ({"first_firm": 59, "retires": 59}, "short", 59, 1),
        # Moved later: the first date counts. Moved earlier: the end does.
        ({"first_firm": 40, "retires": 90}, "short", 40, 20),
        ({"first_firm": 90, "retires": 30}, "short", 30, 30),
        ({"first_firm": 0, "retires": 0}, "short", 0, 60),
        ({"rule": NoticeRule(0, ""), "first_firm": 0, "retires": 0}, "kept", 0, 0),
        ({"promised_from": 0}, "kept", 60, 0),
        ({"promised_from": -400}, "kept", 60, 0),
    ],
)
def test_verdict_compares_days(changed: Any, verdict: str, given: int, short_by: int) -> None:
    found = judged(**changed)
    assert (found.verdict, found.given, found.short_by) == (verdict, given, short_by)
    assert found.unknown is None


@pytest.mark.parametrize(
    ("changed", "unknown", "given"),
    [
        ({"rule": None}, "promise_unknown", 60),
        ({"announced": None}, "announcement_unknown", None),
        ({"retires": None}, "no_firm_date", None),
        ({"retires": None, "rule": None, "announced": None}, "no_firm_date", None),
        ({"promised_from": 1}, "promised_after_the_announcement", 60),
    ],
)
def test_there_is_no_verdict_where_something_is_unknown(
    changed: Any, unknown: str, given: int | None
) -> None:
    found = judged(**changed)
    assert (found.verdict, found.unknown, found.given) == ("none", unknown, given)
    assert found.short_by == 0


@given_any(promised=st.integers(0, 400), first=st.integers(0, 400), end=st.integers(0, 400))
def test_a_date_moved_later_never_helps_and_one_moved_earlier_never_hides(
    promised: int, first: int, end: int
) -> None:
    moved = judged(rule=NoticeRule(promised, ""), first_firm=first, retires=end)
    assert moved.given is not None
    assert moved.given <= min(first, end)
    assert (moved.verdict == "kept") == (min(first, end) >= promised)


def lab(slug: str, notice_days: Any = None) -> Provider:
    return Provider.objects.create(slug=slug, name=slug.title(), notice_days=notice_days)


def retired(
    provider: Provider, name: str, announced: date | None, *dates: date, kind: str = ""
) -> Retirement:
    """Announced and retired; of several dates the last is the current one."""
    ai_model = AIModel.objects.create(identifier=name, name=name, provider=provider, kind=kind)
    retirement = Retirement.objects.create(
        ai_model=ai_model, platform="API", announced=announced, retires=dates[-1], precision="day"
    )
    for number, (old, new) in enumerate(zip(dates, dates[1:], strict=False), 1):
        DateChange.objects.create(
            retirement=retirement, position=number, from_date=old, to_date=new
        )
    return retirement


@pytest.fixture
def register(db: None) -> Provider:
    """One lab with a retirement of each verdict, and one that promised nothing."""
    example = lab("example-lab", BY_KIND)
    retired(example, "kept-1", date(2026, 1, 1), date(2026, 6, 30))
    retired(example, "short-1", date(2026, 1, 1), date(2026, 6, 29))
    retired(example, "preview-1", date(2026, 1, 1), date(2026, 1, 15), kind="preview")
    retired(example, "moved-1", date(2026, 1, 1), date(2026, 3, 2), date(2026, 9, 1))
    retired(example, "silent-1", None, date(2026, 9, 2))
    retired(lab("other-lab"), "other-1", date(2026, 1, 1), date(2026, 9, 3))
    return example


def rows_of(address: str) -> dict[str, dict[str, Any]]:
    found = Client().get(address).json()["results"]
    return {row["model"]: row for row in found}


def test_api_has_each_retirement_with_its_rule_and_verdict(register: Provider) -> None:
    rows = rows_of(f"{API}/scorecard/example-lab/")
    told = ("given", "short_by", "verdict", "reason")
    assert {name: tuple(row[each] for each in told) for name, row in rows.items()} == {
        "kept-1": (180, 0, "kept", None),
        "short-1": (179, 1, "short", None),
        "preview-1": (14, 0, "kept", None),
        "moved-1": (60, 120, "short", None),
        "silent-1": (None, 0, "none", "announcement_unknown"),
    }
    assert rows["preview-1"]["promised"] == {"days": 14, "kind": "preview"}
    assert rows["moved-1"]["first_firm_date"] == "2026-03-02"
    assert rows["moved-1"]["date_changes"][0]["from_date"] == "2026-03-02"
    assert rows_of(f"{API}/scorecard/other-lab/")["other-1"]["reason"] == "promise_unknown"


def test_api_counts_by_provider(register: Provider) -> None:
    found = Client().get(f"{API}/scorecard/").json()
    assert "A date moved later is no merit." in found["rule"]
    counts = [tuple(row.values()) for row in found["providers"]]
    assert counts == [
        ("example-lab", "Example-Lab", 5, 2, 2, 1),
        ("other-lab", "Other-Lab", 1, 0, 0, 1),
    ]


def test_floors_and_dates_that_were_never_firm_are_no_announced_dates(register: Provider) -> None:
    floor = retired(register, "floor-1", date(2026, 1, 1), date(2026, 2, 1), date(2026, 9, 1))
    floor.date_changes.update(from_precision="not_sooner_than")
    open_end = retired(register, "open-1", date(2026, 1, 1), date(2026, 2, 1), date(2026, 9, 1))
    Retirement.objects.filter(pk=open_end.pk).update(precision="at_earliest")
    never = retired(register, "never-1", None, date(2026, 9, 1))
    Retirement.objects.filter(pk=never.pk).update(precision="not_sooner_than")
    rows = rows_of(f"{API}/scorecard/example-lab/")
    assert "never-1" not in rows  # a floor is no retirement
    assert (rows["floor-1"]["given"], rows["floor-1"]["verdict"]) == (243, "kept")
    assert rows["open-1"]["reason"] == "no_firm_date"


@pytest.mark.parametrize(
    ("promised_on", "verdict"),
    [("2026-01-01", "kept"), ("2026-01-02", "none"), ("2026-01", "kept"), ("2026", "kept"),
     ("2026-02", "none"), ("2027", "none"), ("", "kept")],
)  # fmt: skip
def test_a_promise_counts_from_the_day_it_can_have_been_made(
    register: Provider, promised_on: str, verdict: str
) -> None:
    promise = {"kind": "notice", "text": "Notice.", "condition": "always"}
    Promise.objects.create(provider=register, promised_on=promised_on, **promise)
    assert rows_of(f"{API}/scorecard/example-lab/")["kept-1"]["verdict"] == verdict


def test_pages_show_the_rule_the_numbers_and_a_picture(register: Provider) -> None:
    answer = Client().get("/scorecard/")
    assert_nothing_inline(answer)
    assert "Example-Lab 5 2 2 1" in page(answer)
    assert "Other-Lab 1 0 0 1" in page(answer)
    assert main_of(answer).count('role="img"') == 1
    answer = Client().get("/scorecard/example-lab/")
    assert_nothing_inline(answer)
    shown = page(answer)
    moved = "moved-1 API Short by 120 days. 60 180 days (general rule) 1 January 2026"
    assert f"{moved} before: 2 March 2026 1 September 2026" in shown
    assert "preview-1 API Kept. 14 14 days (rule for “Preview”)" in shown
    assert "No verdict: the day of the announcement is unknown." in shown
    assert "moved-1: given 60 days" in shown
    assert Client().get("/scorecard/nobody/").status_code == 404


def test_model_page_says_what_was_promised_and_given(register: Provider) -> None:
    shown = page(Client().get("/models/short-1/")).split(" Promised notice ")[1]
    assert "API Short by 1 day. Promised: 180 days (general rule)." in shown
    assert "Given: 179 days." in shown


def test_facts_of_a_third_party_are_marked_uncertain(register: Provider) -> None:
    source = Source.objects.create(url="https://blog.example.net/", kind="third_party")
    assert "uncertain" not in page(Client().get("/scorecard/example-lab/"))
    Retirement.objects.filter(ai_model__identifier="kept-1").update(announcement=source)
    assert page(Client().get("/scorecard/example-lab/")).count("uncertain") == 1
    assert "uncertain" in page(Client().get("/models/kept-1/")).split(" Promised notice ")[1]


def test_empty_register_has_a_scorecard(client: Client) -> None:
    assert "No retirement has been announced." in page(client.get("/scorecard/"))
    lab("example-lab")
    assert client.get("/scorecard/example-lab/").status_code == 200


def give_sources() -> None:
    """To each change of a date its own."""
    for change in DateChange.objects.filter(source=None):
        source = Source.objects.create(url=f"https://lab.example.net/{change.pk}")
        DateChange.objects.filter(pk=change.pk).update(source=source)


def test_number_of_queries_does_not_grow(register: Provider, client: Client) -> None:
    addresses = ["/scorecard/", "/scorecard/example-lab/", f"{API}/scorecard/"]
    addresses.append(f"{API}/scorecard/example-lab/")
    give_sources()
    before = [queries(client, address) for address in addresses]
    for number in range(30):
        day = date(2026, 9, 3) + timedelta(days=number)
        retired(register, f"m-{number}", date(2026, 1, 1), day, day + timedelta(days=9))
    give_sources()
    assert [queries(client, address) for address in addresses] == before


def test_summary_is_kept_for_some_minutes(register: Provider, client: Client) -> None:
    assert "Example-Lab 5" in page(client.get("/scorecard/"))
    retired(register, "new-1", date(2026, 1, 1), date(2026, 9, 1))
    assert "Example-Lab 5" in page(client.get("/scorecard/"))
    cache.clear()
    assert "Example-Lab 6" in page(client.get("/scorecard/"))
    assert sum(row.retirements for row in scorecard.by_provider()) == 7
