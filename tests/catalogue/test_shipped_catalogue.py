"""The shipped catalogue: each hard case of real retirements, and each fact with its source."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycle.catalogue import loading
from lifecycle.catalogue.models import AIModel, FeatureEnd, Provider, Retirement, Source
from tests.catalogue import test_catalogue
from tests.support.shipped_file import DATA, TEXT, load

TODAY = date(2026, 11, 30)


def model(identifier: str) -> AIModel:
    return AIModel.objects.get(identifier=identifier)


def retirement(identifier: str, platform: str) -> Retirement:
    return Retirement.objects.get(ai_model__identifier=identifier, platform=platform)


def changes(row: Retirement) -> list[str]:
    return [
        f"{one.from_date} {one.from_precision} to {one.to_date} {one.to_precision}"
        for one in row.date_changes.all()
    ]


def test_load_twice_writes_nothing(shipped: loading.LoadReport) -> None:
    with CaptureQueriesContext(connection) as queries:
        report = load()
    assert (report.added, report.changed, report.kept, report.facts) == ([], [], [], [])
    verbs = {query["sql"].split()[0] for query in queries}
    assert verbs <= {"SELECT", "SAVEPOINT", "RELEASE"}
    assert len(queries) < 40


def test_load_after_the_first_shipped_file_keeps_its_dates_and_changes_nothing_again(
    db: None,
) -> None:
    test_catalogue.load()
    report = load()
    assert report.kept == []
    assert report.moved == [
        "gemini-2.5-pro on Vertex AI: 2026-10-16 (not sooner than) to 2026-10-20",
        "gemini-2.5-pro on Gemini API: 2026-12-01 (not sooner than) to 2026-12-01",
    ]
    assert load().changed == []


def test_file_lists_a_page_for_every_model_and_uses_every_source() -> None:
    assert all(entry["sources"] for entry in DATA["models"])
    unused = [one["url"] for one in DATA["sources"] if TEXT.count(f'"{one["url"]}"') < 2]
    assert unused == []


# Corrections ------------------------------------------------------------------------------------


@pytest.mark.parametrize("identifier", ["claude-sonnet-4-20250514", "claude-opus-4-20250514"])
def test_sonnet_4_and_opus_4_are_open_to_researchers_by_request(
    shipped: loading.LoadReport, identifier: str
) -> None:
    route = model(identifier).access_routes.get()
    assert (route.kind, route.where) == ("request", "External Researcher Access Program")
    assert route.source.url.endswith("/release-notes/overview")


def test_opus_3_has_its_hour_from_a_third_party_and_its_day_from_the_provider(
    shipped: loading.LoadReport,
) -> None:
    row = retirement("claude-3-opus-20240229", "Claude API")
    assert (row.retires, row.time_zone) == (date(2026, 1, 5), "America/Los_Angeles")
    assert row.retires_at == datetime(2026, 1, 5, 17, tzinfo=UTC)
    assert (row.source.is_certain, row.retires_at_source.is_certain) == (True, False)


def test_haiku_3_5_stays_on_two_platforms_without_a_date(
    shipped: loading.LoadReport,
) -> None:
    for platform in ("Amazon Bedrock", "Google Cloud"):
        row = retirement("claude-3-5-haiku-20241022", platform)
        assert (row.retires, row.state(TODAY)) == (None, "active")
    assert retirement("claude-3-5-haiku-20241022", "Claude API").state(TODAY) == "retired"


@pytest.mark.parametrize(
    ("identifier", "day"),
    [
        ("claude-3-7-sonnet-20250219", date(2026, 4, 28)),
        ("claude-opus-4-20250514", date(2026, 5, 31)),
    ],
)
def test_bedrock_days_are_those_of_a_third_party(
    shipped: loading.LoadReport, identifier: str, day: date
) -> None:
    row = retirement(identifier, "Amazon Bedrock")
    assert (row.retires, row.source.is_certain) == (day, False)


def test_gemini_2_5_pro_moved_twice_became_firm_and_is_redirected(
    shipped: loading.LoadReport,
) -> None:
    row = retirement("gemini-2.5-pro", "Gemini API")
    assert changes(row) == [
        "2026-06-17 not_sooner_than to 2026-10-16 not_sooner_than",
        "2026-10-16 not_sooner_than to 2026-12-01 not_sooner_than",
        "2026-12-01 not_sooner_than to 2026-12-01 day",
    ]
    assert (row.precision, row.redirects_to) == ("day", "gemini-3.8-flash")
    assert not row.source.is_certain
    assert retirement("gemini-2.5-pro", "Vertex AI").retires == date(2026, 10, 20)


def test_opus_4_1_keeps_both_replacements_with_who_named_them(
    shipped: loading.LoadReport,
) -> None:
    rows = model("claude-opus-4-1-20250805").replacements.all()
    assert [(row.identifier, row.named_by, row.source.is_certain) for row in rows] == [
        ("claude-opus-4-8", "deprecation page", True),
        ("claude-opus-5", "release notes", True),
    ]


# Hard cases -------------------------------------------------------------------------------------


def test_mythos_preview_is_deprecated_with_no_date_and_by_invitation(
    shipped: loading.LoadReport,
) -> None:
    row = retirement("claude-mythos-preview", "Claude API")
    assert (row.retires, row.precision, row.state(TODAY)) == (None, "none_yet", "deprecated")
    assert model("claude-mythos-preview").access_routes.get().kind == "invitation"


def test_grok_code_fast_1_is_redirected_to_a_model_that_has_ended_too(
    shipped: loading.LoadReport,
) -> None:
    row = retirement("grok-code-fast-1", "xAI API")
    assert (row.state(TODAY), row.after_end) == ("retired", "redirected")
    assert not row.after_end_source.is_certain
    assert model(row.redirects_to).is_retired(date(2026, 11, 19))


@pytest.mark.parametrize("identifier", ["claude-sonnet-4-20250514", "claude-sonnet-4-5-20250929"])
def test_1m_token_context_ends_before_its_model(
    shipped: loading.LoadReport, identifier: str
) -> None:
    assert [end.name for end in model(identifier).feature_ends.all()] == ["1M-token context"]


def test_parameters_end_for_all_of_a_providers_models(
    shipped: loading.LoadReport,
) -> None:
    ends = FeatureEnd.objects.filter(provider__slug="anthropic", kind="parameter")
    assert {(end.name, end.where, end.ends) for end in ends} == {
        (name, "Anthropic Python SDK 1.0", date(2026, 8, 20))
        for name in ("temperature", "top_p", "top_k")
    }


def test_gpt_4o_is_an_alias_of_a_dated_snapshot(shipped: loading.LoadReport) -> None:
    alias = model("gpt-4o-2024-08-06").aliases.get()
    assert (alias.identifier, alias.source.is_certain) == ("gpt-4o", False)
    assert not AIModel.objects.filter(identifier="gpt-4o").exists()


def test_gpt_4o_was_announced_92_days_before_and_stays_longer_on_azure(
    shipped: loading.LoadReport,
) -> None:
    assert retirement("gpt-4o-2024-08-06", "OpenAI API").notice_days == 92
    azure = retirement("gpt-4o-2024-08-06", "Azure OpenAI")
    assert (azure.announced, azure.retires) == (None, date(2027, 4, 14))


def test_opus_4_8_is_pinned_without_a_date_in_its_identifier(
    shipped: loading.LoadReport,
) -> None:
    assert model("claude-opus-4-8").kind == "snapshot"


def test_sonnet_4_5_left_the_app_before_the_api_on_a_day_that_is_not_known(
    shipped: loading.LoadReport,
) -> None:
    row = retirement("claude-sonnet-4-5-20250929", "claude.ai")
    assert (row.precision, row.state(date(2026, 5, 31))) == ("not_later_than", "retired")
    assert retirement("claude-sonnet-4-5-20250929", "Claude API").retires == TODAY


def test_sonnet_4_5_has_one_announcement_and_date_for_three_platforms(
    shipped: loading.LoadReport,
) -> None:
    rows = model("claude-sonnet-4-5-20250929").retirements.filter(retires=TODAY)
    assert rows.count() == 3
    assert len({(row.announced, row.announcement) for row in rows}) == 1


def test_code_davinci_002_was_retired_twice(shipped: loading.LoadReport) -> None:
    rows = model("code-davinci-002").retirements.all()
    assert [(row.round, row.retires) for row in rows] == [
        (1, date(2023, 3, 23)),
        (2, date(2024, 1, 4)),
    ]


TO_ADD: list[tuple[list[str], str, date]] = [
    (["gpt-3.5-turbo", "gpt-4-0613", "gpt-4-turbo", "o1"], "OpenAI API", date(2026, 10, 23)),
    (["gpt-5", "o3"], "OpenAI API", date(2026, 12, 11)),
    (["gpt-4o-2024-11-20", "gpt-4.1-2025-04-14"], "OpenAI API", date(2027, 1, 14)),
    (["grok-3", "grok-4-0709"], "xAI API", date(2026, 5, 15)),
]


@pytest.mark.parametrize(("identifiers", "platform", "day"), TO_ADD)
def test_models_that_papers_use_are_there(
    shipped: loading.LoadReport, identifiers: list[str], platform: str, day: date
) -> None:
    for identifier in identifiers:
        assert retirement(identifier, platform).retires == day


# The founding case ------------------------------------------------------------------------------


def said(rows: Any) -> set[tuple[str, str]]:
    return {(row.kind, str(row.due_on or row.condition)) for row in rows}


def test_opus_3_has_both_routes_with_rationale_and_cost(
    shipped: loading.LoadReport,
) -> None:
    routes = model("claude-3-opus-20240229").access_routes.all()
    assert {route.kind for route in routes} == {"product", "request"}
    assert all(route.rationale and route.source.is_certain for route in routes)
    assert {route.cost_note for route in routes} == {
        "Not a policy for every model, for reasons of cost."
    }


def test_opus_3_has_its_weights_and_promises(shipped: loading.LoadReport) -> None:
    opus = model("claude-3-opus-20240229")
    assert (opus.weights.custodian, opus.weights.kept_while) == ("Anthropic", "Anthropic exists")
    assert said(opus.promises.all()) == {
        ("access", "no end was named"),
        ("essays", "2026-05-25"),
    }
    assert all(row.source.is_certain for row in opus.promises.all())


def test_anthropic_has_its_commitments(shipped: loading.LoadReport) -> None:
    rows = Provider.objects.get(slug="anthropic").promises.filter(follows_notice_days=False)
    assert {row.kind for row in rows} == {"weights", "interview", "report", "other"}
    assert {row.promised_on for row in rows} == {"2025-11-04"}
    commitments = "https://www.anthropic.com/research/deprecation-commitments"
    assert {row.source for row in rows} == {Source.objects.get(url=commitments)}
