"""The catalogue in the admin: dates move and say so, nothing is deleted."""

import html
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.forms import MultipleChoiceField
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lifecycle.catalogue.models import AIModel, DateChange, Provider, Retirement
from tests.catalogue.test_catalogue import FEW, HAIKU, OPUS, dates, load, rounds
from tests.support.world_records import recorded

WHY = "The provider's page says so."


@pytest.fixture
@recorded
def opus_page(db: None) -> str:
    load(FEW)
    return f"/admin/catalogue/aimodel/{AIModel.objects.get(identifier=OPUS).pk}/change/"


def as_posted(response: Any) -> dict[str, Any]:
    """What a browser would send back from an unchanged admin page."""
    context = response.context
    sets = [inline.formset for inline in context["inline_admin_formsets"]]
    forms = [form for formset in sets for form in (formset.management_form, *formset.forms)]
    data = {}
    for form in (context["adminform"].form, *forms):
        for bound in form:
            if isinstance(bound.field, MultipleChoiceField):
                continue  # no box is ticked
            value = bound.value()
            data[bound.html_name] = "" if value is None else value
    return data | ({"reason": WHY} if "reason" in data else {})


def test_admin_keeps_the_change_of_a_date(opus_page: str, admin_client: Client) -> None:
    data = as_posted(admin_client.get(opus_page)) | {"retirements-0-retires": "2026-02-01"}
    assert admin_client.post(opus_page, data).status_code == 302
    assert dates(OPUS) == [(date(2026, 1, 5), date(2026, 2, 1))]
    opus = AIModel.objects.get(identifier=OPUS)
    assert len(opus.sources) == 4
    assert load(FEW).moved == []


def test_admin_shows_days_with_the_year_first(opus_page: str, admin_client: Client) -> None:
    assert 'value="2026-01-05"' in admin_client.get(opus_page).content.decode()


def test_admin_keeps_the_change_of_a_date_on_its_own_page(
    opus_page: str, admin_client: Client
) -> None:
    row = Retirement.objects.get(ai_model__identifier=HAIKU, platform="Claude API")
    url = f"/admin/catalogue/retirement/{row.pk}/change/"
    data = as_posted(admin_client.get(url)) | {"retires": "2026-05-01"}
    data |= {"date_changes-0-from_date": "2020-01-01", "date_changes-0-DELETE": "on"}
    assert admin_client.post(url, data).status_code == 302
    first, second, third = date(2026, 4, 19), date(2026, 4, 20), date(2026, 5, 1)
    assert dates(HAIKU) == [(first, second), (second, third)]


def test_admin_adds_a_second_round(opus_page: str, admin_client: Client) -> None:
    data = as_posted(admin_client.get(opus_page)) | {
        "retirements-TOTAL_FORMS": 2,
        "retirements-1-platform": "Claude API",
        "retirements-1-retires": "2025-01-01",
        "retirements-1-precision": "day",
    }
    assert admin_client.post(opus_page, data).status_code == 302
    first, second = date(2025, 1, 1), date(2026, 1, 5)
    assert rounds(OPUS) == [("Claude API", 1, first), ("Claude API", 2, second)]


def test_admin_refuses_none_beside_another_route(opus_page: str, admin_client: Client) -> None:
    data = as_posted(admin_client.get(opus_page)) | {"access_routes-0-kind": "none"}
    assert (
        "has &quot;none&quot; and another route"
        in admin_client.post(opus_page, data).content.decode()
    )


@pytest.mark.parametrize("page", ["aimodel", "retirement"])
def test_admin_deletes_nothing(opus_page: str, admin_client: Client, page: str) -> None:
    row = Retirement.objects.get(ai_model__identifier=OPUS)
    pk = row.pk if page == "retirement" else row.ai_model_id
    url = f"/admin/catalogue/{page}/{pk}/delete/"
    assert admin_client.post(url, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("query", ["", "?q=opus", "?access_routes__kind__exact=request"])
def test_admin_lists_models_with_the_same_queries_however_many(
    opus_page: str, admin_client: Client, query: str
) -> None:
    url = f"/admin/catalogue/aimodel/{query}"
    with CaptureQueriesContext(connection) as many:
        assert "Claude Opus 3" in admin_client.get(url).content.decode()
    keep = AIModel.objects.filter(identifier=OPUS)
    DateChange.objects.exclude(retirement__ai_model__in=keep).delete()
    AIModel.objects.exclude(pk__in=keep).delete()
    with CaptureQueriesContext(connection) as one:
        admin_client.get(url)
    assert len(many) == len(one)


def test_admin_adds_a_model_with_its_sources_on_lines(opus_page: str, admin_client: Client) -> None:
    page = "/admin/catalogue/aimodel/add/"
    opus = AIModel.objects.get(identifier=OPUS)
    data = as_posted(admin_client.get(page)) | {
        "identifier": "new",
        "name": "New",
        "provider": opus.provider_id,
        "sources": "https://one.example/\r\n\r\nhttps://two.example/\r\n",
        "access_routes-TOTAL_FORMS": 1,
        "access_routes-0-kind": "request",
    }
    assert admin_client.post(page, data).status_code == 302
    new = AIModel.objects.get(identifier="new")
    assert new.sources == ["https://one.example/", "https://two.example/"]


def test_admin_refuses_an_announcement_after_the_end(opus_page: str, admin_client: Client) -> None:
    late = {"retirements-0-announced": "2030-01-01"}
    answer = admin_client.post(opus_page, as_posted(admin_client.get(opus_page)) | late)
    assert "is after the retirement on 2026-01-05" in answer.content.decode()


NO_DAY = "60 days"
BAD = [
    ("released", "2024-02-30", "Not a date"),
    ("released", NO_DAY, "Not a date"),
    ("identifier", "a b", "Must have no spaces"),
    ("identifier", "a/../b", "of an address"),
    ("replacements-0-as_of", "2025-13", "Not a date"),
    ("access_routes-1-base_url", "https://models.example/v1", "without /v1"),
    ("access_routes-0-base_url", "https://models.example", "Only the route “By request” has"),
    ("retirements-0-retires", "9999-12-31", "Enter a date from 1900-01-01 to 2099-12-31."),
    ("retirements-0-announced", "0001-01-01", "Enter a date from"),
    ("retirements-0-extended_access_from", "2026-01-06", "This is after the retirement"),
    ("retirements-0-retires_at_0", "2026-03-01", "in any time zone"),
]


def test_admin_refuses_what_no_page_can_show(opus_page: str, admin_client: Client) -> None:
    """One by one, as a person would meet them; nothing is saved in between."""
    shown = as_posted(admin_client.get(opus_page))
    for field, value, told in BAD:
        time = "12:00" if "retires_at" in field else ""
        moment = {"retirements-0-retires_at_0": "", "retirements-0-retires_at_1": time}
        answer = admin_client.post(opus_page, shown | moment | {field: value})
        assert answer.status_code == 200, field
        assert told in html.unescape(answer.content.decode()), field


@pytest.mark.parametrize("value", ['"60 days"', "-1", "true", '{"a": "b"}', "[60]", "99999"])
def test_admin_refuses_notice_that_is_no_number(
    opus_page: str, admin_client: Client, value: str
) -> None:
    provider = Provider.objects.get(slug="anthropic")
    page = f"/admin/catalogue/provider/{provider.pk}/change/"
    data = as_posted(admin_client.get(page)) | {"notice_days": value}
    assert "Enter a whole number from 0" in admin_client.post(page, data).content.decode()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (AIModel, {"released": NO_DAY[:7]}),
        (Provider, {"notice_days": NO_DAY}),
        (Retirement, {"retires": date.max}),
        (Retirement, {"retires_at": datetime.max.replace(tzinfo=UTC)}),
    ],
)
def test_database_refuses_what_no_page_can_show(
    opus_page: str, kind: Any, fields: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError):
        kind.objects.update(**fields)


def test_pages_open_for_a_model_whose_name_has_a_slash_and_whose_day_is_none(
    opus_page: str, client: Client
) -> None:
    AIModel.objects.filter(identifier=OPUS).update(identifier="lab/opus", released="2024-02-30")
    for page in ("/", "/models/", "/models/lab/opus/", "/numbers/"):
        assert client.get(page).status_code == 200
