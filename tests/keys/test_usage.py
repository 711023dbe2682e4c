"""What was used under a grant: the same numbers on the site, on the desk and by the API."""

import csv
import io
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.text import csv_files
from requests_app.actions.keys import keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import AccessRequest, Grant, Key, Usage
from requests_app.reports import usage
from requests_app.reports.usage import UsageTotals
from tests.support.api_client import Api, place, problem_of
from tests.support.desk_client import page_of, signed_in
from tests.support.page_client import Browser, assert_nothing_inline, other_model, page, queries_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)
DESK = "/admin/requests_app/grant/"


def use(key: Key, ai_model: AIModel, day: date, requests: int, cost: int = 0) -> None:
    Usage.objects.create(
        key=key,
        ai_model=ai_model,
        day=day,
        requests=requests,
        input_tokens=10 * requests,
        output_tokens=requests,
        cost=cost,
    )


@pytest.fixture
def used(claimed: ClaimedKey, opus: AIModel, alice: User) -> Grant:
    """Two keys, rotated; 5 + 2 calls today, 100 yesterday and 3 long before."""
    today, first = datetime.now(UTC).date(), claimed.key
    second = keys.rotate(first, by=alice).key
    use(first, opus, today, 5, cost=1_500_000)
    use(second, opus, today, 2, cost=250_001)
    use(first, opus, today - timedelta(days=1), 100)
    use(first, opus, today - timedelta(days=200), 3)
    Grant.objects.update(requests_per_day=10, tokens_per_day=70, spend_cap=5)
    return Grant.objects.get()


def test_of_grant_adds_up_keys_models_and_days(used: Grant) -> None:
    told = usage.usage_of_grant(used, datetime.now(UTC))
    assert told.total == UsageTotals(110, 1100, 110, 1_750_001)
    assert [line.numbers.requests for line in told.lines] == [108, 2]
    assert told.used_today == UsageTotals(7, 70, 7, 1_750_001)
    [calls] = told.chart.series
    assert list(calls.values)[-3:] == [0, 100, 7]
    assert len(calls.values) == usage.DAYS


def test_of_grant_says_what_is_left_and_never_less_than_nothing(used: Grant) -> None:
    quotas = usage.usage_of_grant(used, datetime.now(UTC)).quotas
    left = [quota.left for quota in quotas]
    assert left == [3, 0, Decimal("3.249999")]
    Grant.objects.update(tokens_per_day=None, spend_cap=None)
    used.refresh_from_db()
    names = [quota.name for quota in usage.usage_of_grant(used, datetime.now(UTC)).quotas]
    assert names == ["Requests today (UTC)"]


def test_days_are_those_of_utc(claimed: ClaimedKey, opus: AIModel) -> None:
    use(claimed.key, opus, NOW.date(), 1)
    last = datetime(2026, 3, 15, 23, 59, 59, 999999, tzinfo=UTC)
    moments = (last, last + timedelta(microseconds=1))
    found = [usage.usage_of_grant(claimed.key.grant, at).used_today.requests for at in moments]
    assert found == [1, 0]


def test_of_grant_leaves_out_other_grants(used: Grant, bob: User) -> None:
    other = Grant.objects.get(pk=used.pk)
    other.pk, other.public_id = None, "grant_other"
    other.save(force_insert=True)
    assert usage.usage_of_grant(other, datetime.now(UTC)).lines == []


def test_the_page_shows_numbers_a_chart_and_its_table(used: Grant, alice: User) -> None:
    response = Browser(alice).get(f"/access/{used}/")
    html, text = response.content.decode(), page(response)
    assert_nothing_inline(response)
    assert (
        "Requests today (UTC) 7 10 3 Tokens today (UTC) 77 70 0 US dollars in total 1.75 5 3.25"
        in text
    )
    assert "Total 110 1,100 110 1.75" in text
    drawn = ET.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])  # noqa: S314 - ours
    assert len(drawn.findall("rect")) == usage.DAYS
    assert "View as table" in text


def test_access_that_nobody_used_says_so(grant: Grant, alice: User) -> None:
    Grant.objects.update(requests_per_day=10)
    shown = page(Browser(alice).get(f"/access/{grant}/"))
    assert "No usage reported yet. Requests today (UTC): 10 left." in shown


def test_reviewers_see_the_use_on_the_desk(used: Grant, rita: User, bob: User) -> None:
    desk = signed_in(rita)
    shown = desk.get(f"{DESK}{used.pk}/change/")
    assert "Total 110 1,100 110 1.75" in page(shown)
    assert_nothing_inline(shown)
    assert lines_of(desk.get(f"{DESK}{used.pk}/usage.csv"))[0] == list(usage.COLUMNS)


def test_staff_without_sight_of_a_grant_get_no_file(used: Grant, outsider: User) -> None:
    answer = signed_in(outsider).get(f"{DESK}{used.pk}/usage.csv")
    assert answer.status_code == 404


@pytest.fixture
def outsider(bob: User) -> User:
    bob.is_staff = True
    bob.save()
    return bob


def test_an_extension_shows_the_reviewers_the_measured_use(
    used: Grant, rita: User, in_review: AccessRequest
) -> None:
    AccessRequest.objects.update(continues=used)
    shown = page(signed_in(rita).get(page_of(in_review)))
    assert "Usage of the access this extends" in shown
    assert "Total 110 1,100 110 1.75" in shown


def test_the_api_tells_the_same(used: Grant, alice: User, pat: User, bob: User) -> None:
    for person in (alice, pat):
        told = Api(person).get(place(used, "usage")).json()
        assert told["total"]["cost_usd"] == "1.750001"
        assert [quota["left"] for quota in told["quotas"]][1:] == ["0.000000", "3.249999"]
        assert [line["used"]["requests"] for line in told["by_key"]] == [108, 2]
    problem_of(Api(bob).get(place(used, "usage")), 404)


def lines_of(response: Any) -> list[list[str]]:
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    text = b"".join(response.streaming_content).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("door", ["site", "api"])
def test_the_file_has_a_line_for_each_day_key_and_model(
    used: Grant, alice: User, bob: User, door: str
) -> None:
    address = {"site": f"/access/{used}/usage.csv", "api": place(used)[:-1] + "/usage.csv"}[door]
    header, *lines = lines_of(Api(alice).get(address))
    assert header == list(usage.COLUMNS)
    assert [line[3] for line in lines] == ["3", "100", "5", "2"]
    assert lines[-1][6] == "0.250001"
    assert Api(bob).get(address).status_code == 404


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Lab;=1+1;", "Lab;'=1+1;"),
        ("Lab; @SUM(A1)", "Lab;' @SUM(A1)"),
        ("Lab\n=1+1", "Lab\n'=1+1"),
        ("Lab; Ward 3, T-cells", "Lab; Ward 3, T-cells"),
        ("", ""),
    ],
)
def test_no_part_of_a_cell_is_a_formula_either(name: str, written: str) -> None:
    """A German spreadsheet takes a semicolon for the end of a cell."""
    _header, line = csv_files.lines(["name"], [[name]])
    assert [*csv.reader(io.StringIO(line, newline=""))] == [[written]]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_no_cell_of_the_file_is_a_formula(claimed: ClaimedKey, start: str) -> None:
    name = f"{start}HYPERLINK(1)"
    use(claimed.key, other_model(name), NOW.date(), 1)
    [_, line] = lines_of(usage.csv_of(claimed.key.grant))
    assert line[2].startswith(f"'{start}")


def test_much_use_takes_as_many_queries_as_little(
    used: Grant, alice: User, rita: User, opus: AIModel
) -> None:
    doors = [(Browser(alice), f"/access/{used}/"), (Api(alice), place(used, "usage"))]
    doors += [(signed_in(rita), f"{DESK}{used.pk}/change/")]
    before = [queries_of(*door) for door in doors]
    for number in range(6):
        model = other_model(f"m-{number}")
        for key in Key.objects.all():
            for days in range(5):
                use(key, model, datetime.now(UTC).date() - timedelta(days=days), 1)
    assert [queries_of(*door) for door in doors] == before
