"""The “Use it today” card: where a model answers, by which names, with what, and its citations."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    Alias,
    FeatureEnd,
    Provider,
    Retirement,
    SDKVersion,
    Source,
)
from tests.support.api_client import API
from tests.support.page_client import assert_nothing_inline, main_of, page
from tests.web.test_queries import queries

pytestmark = pytest.mark.django_db

ADDRESS = "/models/example-1/"


@pytest.fixture
def example(db: None) -> AIModel:
    """An invented model with a fact of each kind, on 2026-11-30."""
    lab = Provider.objects.create(slug="example-lab", name="Example Lab")
    sure = Source.objects.create(url="https://example.org/docs", verified_on=date(2026, 11, 29))
    other = Source.objects.create(url="https://blog.example.net/", kind=Source.Kind.THIRD_PARTY)
    example = AIModel.objects.create(
        identifier="example-1",
        name="Example 1",
        provider=lab,
        context_window=200_000,
        parameters=["max_tokens", "temperature", "top_k", "top_p"],
    )
    for platform, precision, retires in (
        ("Example API", "day", date(2026, 11, 30)),
        ("Example Cloud", "day", date(2027, 1, 14)),
        ("Example Hub", "not_sooner_than", date(2026, 6, 1)),
    ):
        Retirement.objects.create(
            ai_model=example, platform=platform, precision=precision, retires=retires, source=sure
        )
    AccessRoute.objects.create(ai_model=example, kind="product", where="Example Chat", source=other)
    AccessRoute.objects.create(ai_model=example, kind="request")
    alias = {"ai_model": example, "source": sure}
    Alias.objects.create(identifier="example-latest", ends=date(2026, 11, 30), **alias)
    Alias.objects.create(identifier="ex:1", platform="Example Cloud", **alias)
    end_features(example, sure, other)
    SDKVersion.objects.create(
        ai_model=example,
        package="example (Python)",
        version="0.9",
        checked_on=date(2026, 10, 1),
        source=sure,
    )
    return example


def end_features(example: AIModel, sure: Source, other: Source) -> None:
    """Parameters of all of its provider's models and of its own, and a capability."""
    lab = example.provider
    end: dict[str, Any] = {"kind": "parameter", "source": sure}
    FeatureEnd.objects.create(provider=lab, name="temperature", ends=date(2026, 8, 20), **end)
    FeatureEnd.objects.create(ai_model=example, name="top_k", ends=date(2026, 12, 1), **end)
    FeatureEnd.objects.create(
        provider=lab, name="top_p", where="example (Python) 1.0", ends=date(2026, 8, 20), **end
    )
    FeatureEnd.objects.create(
        ai_model=example, name="1M-token context", kind="capability", source=other
    )


@pytest.fixture
def card(example: AIModel, client: Client) -> str:
    with time_machine.travel("2026-11-30T12:00:00Z", tick=False):
        answer = client.get(ADDRESS)
    assert_nothing_inline(answer)
    return page(answer).split(" Use it today ")[1].split(" Timeline ")[0]


def test_card_names_what_reaches_the_model_on_this_day(card: str) -> None:
    reached = card.split("Where it can be reached")[1].split("Identifiers")[0]
    assert "Example API" not in reached
    assert "Example Cloud in service until 14 January 2027" in reached
    assert "Example Hub in service source" in reached
    assert "Example Chat in a paid product uncertain A third party says so: source" in reached
    assert "by request" in reached


def test_card_names_identifiers_and_parameters_with_the_day_of_their_end(card: str) -> None:
    assert "Identifiers example-1 ex:1 on Example Cloud" in card
    assert "No longer lead to it example-latest until 30 November 2026" in card
    assert "Context window 200,000 tokens" in card
    works = card.split("Parameters that work")[1].split("No longer works")[0]
    assert "max_tokens top_k ends on 1 December 2026" in works
    assert "top_p except in example (Python) 1.0, where it ended on 20 August 2026" in works
    assert "temperature" not in works
    assert "No longer works temperature ended on 20 August 2026" in card
    assert "Ends before the model 1M-token context to end, without a date yet uncertain" in card
    assert "example (Python) 0.9 seen to work on 1 October 2026" in card


def test_card_has_the_citations_to_copy_and_to_download(card: str, client: Client) -> None:
    assert "urldate = {2026-11-30}" in card
    assert "version = {example-1}, howpublished = {Example Hub}" in card
    html = main_of(client.get(f"{ADDRESS}?platform=Example+Chat"))
    assert '<details class="cite" id="cite" open>' in html
    assert "howpublished = {Example Chat}" in html
    assert f'href="{ADDRESS}cite.cff?platform=Example+Chat"' in html
    assert "howpublished = {Example Hub}" in main_of(client.get(f"{ADDRESS}?platform=Nowhere"))


def test_card_says_so_when_nothing_reaches_the_model(example: AIModel, client: Client) -> None:
    example.access_routes.all().delete()
    Retirement.objects.update(precision="day", retires=date(2026, 1, 5))
    assert "No way to reach it is known." in page(client.get(ADDRESS))


def test_withdrawn_model_is_not_reached_by_request(example: AIModel, client: Client) -> None:
    AIModel.objects.update(withdrawn_at=timezone.now())
    reached = page(client.get(ADDRESS)).split("Where it can be reached")[1].split("Identifiers")[0]
    assert "by request" not in reached
    assert "in a paid product" in reached


def test_api_has_the_same_facts(example: AIModel, client: Client) -> None:
    with time_machine.travel("2026-11-30T12:00:00Z", tick=False):
        found = client.get(f"{API}/models/example-1/use/").json()
    assert found["as_of"] == "2026-11-30"
    assert [(place["name"], place["how"], place["until"]) for place in found["places"]] == [
        ("Example Hub", "serving", None),
        ("Example Cloud", "serving", "2027-01-14"),
        ("Example Chat", "product", None),
        ("", "request", None),
    ]
    assert found["places"][2]["source"]["kind"] == "third_party"
    assert [alias["identifier"] for alias in found["aliases"]] == ["ex:1"]
    assert [alias["identifier"] for alias in found["former_aliases"]] == ["example-latest"]
    assert [each["name"] for each in found["parameters"]] == ["max_tokens", "top_k", "top_p"]
    assert [each["name"] for each in found["ended"]] == ["temperature"]
    assert [each["name"] for each in found["ending"]] == ["1M-token context"]
    assert found["context_window"] == 200_000
    assert found["sdk_versions"][0]["version"] == "0.9"
    assert client.get(found["citations"]["CITATION.cff"]).status_code == 200


def test_card_asks_the_same_number_of_queries_for_many_facts(
    example: AIModel, client: Client
) -> None:
    addresses = [ADDRESS, f"{API}/models/example-1/use/", f"{ADDRESS}cite.bib"]
    before = [queries(client, address) for address in addresses]
    source = Source.objects.create(url="https://example.com/more")
    for number in range(20):
        named = {"ai_model": example, "source": source}
        Alias.objects.create(identifier=f"alias-{number}", **named)
        SDKVersion.objects.create(package=f"package-{number}", version="1", **named)
        FeatureEnd.objects.create(kind="parameter", name=f"p{number}", **named)
        Retirement.objects.create(
            platform=f"P{number}", precision="day", retires=date(2026, 1, 5), **named
        )
    assert [queries(client, address) for address in addresses] == before


def test_access_route_has_its_reason_cost_date_and_source(example: AIModel, client: Client) -> None:
    AccessRoute.objects.filter(kind="product").update(
        since="2026-01", rationale="People miss it.", cost_note="Not for every model."
    )
    shown = page(client.get(ADDRESS)).split(" Access after retirement ")[1]
    assert "Available in a paid product from its provider. Example Chat since January 2026" in shown
    assert "Why it is kept People miss it. On the cost Not for every model." in shown
    assert "It is no promise for other models." in shown
    routes = client.get(f"{API}/models/example-1/").json()["access_routes"]
    assert routes[0] == {
        "kind": "product",
        "where": "Example Chat",
        "since": "2026-01",
        "rationale": "People miss it.",
        "cost_note": "Not for every model.",
        "base_url": "",
        "api": None,
        "input_price": None,
        "output_price": None,
        "priced_on": None,
        "price_source": None,
        "source": {"url": "https://blog.example.net/", "kind": "third_party", "verified_on": None},
    }
    assert [route["kind"] for route in routes] == ["product", "request"]


def test_model_without_routes_makes_no_statement_about_others(
    example: AIModel, client: Client
) -> None:
    example.access_routes.all().delete()
    assert "no promise for other models" not in page(client.get(ADDRESS))
