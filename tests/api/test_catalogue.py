"""The catalogue by API: each hard case of the shipped file, with sources, and by alias."""

import gc
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from lifecycle.catalogue.loading import LoadReport
from lifecycle.catalogue.models import AIModel, DateChange, Retirement
from tests.support.soak_sizes import some
from tests.web.test_queries import queries

pytestmark = pytest.mark.django_db

Get = Callable[[str], Any]
THIRD, OWN = "third_party", "provider"


@pytest.fixture
def get(shipped: LoadReport, client: Client) -> Get:
    """Return a model as of 2026-11-30."""

    def get(identifier: str) -> Any:
        with time_machine.travel("2026-11-30T12:00:00Z", tick=False):
            answer = client.get(f"/api/v1/models/{identifier}/")
        assert answer.status_code == 200
        return answer.json()

    return get


def on(model: Any, platform: str) -> Any:
    (found,) = (row for row in model["retirements"] if row["platform"] == platform)
    return found


def picked(row: Any, *names: str) -> list[Any]:
    return [row[name]["kind"] if isinstance(row[name], dict) else row[name] for name in names]


CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("claude-mythos-preview", "Claude API",
     {"state": "deprecated", "listed_as": "deprecated", "retires": None, "precision": "none_yet"}),
    ("claude-3-opus-20240229", "Claude API",
     {"state": "retired", "retires": "2026-01-05", "source": OWN,
      "retires_at": "2026-01-05T17:00:00Z", "time_zone": "America/Los_Angeles",
      "retires_at_source": THIRD}),
    ("claude-3-5-haiku-20241022", "Google Cloud", {"state": "active", "precision": "none_yet"}),
    ("claude-opus-4-20250514", "Amazon Bedrock", {"retires": "2026-05-31", "source": THIRD}),
    ("gemini-2.5-pro", "Gemini API",
     {"state": "deprecated", "retires": "2026-12-01", "precision": "day", "source": THIRD,
      "after_end": "redirected", "redirects_to": "gemini-3.8-flash"}),
    ("grok-code-fast-1", "xAI API",
     {"state": "retired", "source": OWN, "after_end": "redirected",
      "redirects_to": "grok-build-0.1", "after_end_source": THIRD}),
    ("grok-build-0.1", "xAI API", {"state": "retired", "retires": "2026-11-19"}),
    ("claude-sonnet-4-5-20250929", "claude.ai",
     {"state": "retired", "retires": "2026-05-31", "precision": "not_later_than",
      "notice_days": None}),
    ("claude-sonnet-4-5-20250929", "Microsoft Foundry",
     {"announced": "2026-09-30", "announcement": OWN, "retires": "2026-11-30"}),
    ("gpt-4o-2024-08-06", "OpenAI API", {"notice_days": 92, "state": "deprecated"}),
    ("gpt-4o-2024-08-06", "Azure OpenAI", {"announced": None, "retires": "2027-04-14"}),
]  # fmt: skip


@pytest.mark.parametrize(("identifier", "platform", "facts"), CASES)
def test_api_tells_each_hard_case(
    get: Get, identifier: str, platform: str, facts: dict[str, Any]
) -> None:
    assert picked(on(get(identifier), platform), *facts) == list(facts.values())


def test_api_tells_every_change_of_a_date(get: Get) -> None:
    changes = on(get("gemini-2.5-pro"), "Gemini API")["date_changes"]
    assert [picked(one, "from_date", "to_date", "to_precision", "source") for one in changes] == [
        ["2026-06-17", "2026-10-16", "not_sooner_than", THIRD],
        ["2026-10-16", "2026-12-01", "not_sooner_than", THIRD],
        ["2026-12-01", "2026-12-01", "day", THIRD],
    ]
    assert [picked(one, "changed_on", "reason") for one in changes] == [[None, ""]] * 3


def test_api_tells_both_retirements_of_one_model(get: Get) -> None:
    rows = get("code-davinci-002")["retirements"]
    assert [(row["round"], row["retires"]) for row in rows] == [
        (1, "2023-03-23"),
        (2, "2024-01-04"),
    ]


def test_api_tells_who_named_each_replacement(get: Get) -> None:
    rows = get("claude-opus-4-1-20250805")["replacements"]
    assert [picked(row, "identifier", "named_by", "source") for row in rows] == [
        ["claude-opus-4-8", "deprecation page", OWN],
        ["claude-opus-5", "release notes", OWN],
    ]


def test_api_tells_what_ends_before_the_model(get: Get) -> None:
    sonnet = get("claude-sonnet-4-20250514")
    (end,) = sonnet["feature_ends"]
    assert (end["kind"], end["name"], end["ends"]) == ("capability", "1M-token context", None)
    ends = sonnet["provider_feature_ends"]
    assert {(end["name"], end["ends"]) for end in ends} == {
        (name, "2026-08-20") for name in ("temperature", "top_p", "top_k")
    }


def test_api_tells_the_kind_of_a_model(get: Get) -> None:
    assert get("claude-opus-4-8")["kind"] == "snapshot"
    assert get("grok-3")["kind"] is None


# Aliases --------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/api/v1/models/gpt-4o/", "/api/v1/models/gpt-4o/use/"])
def test_api_finds_a_model_by_its_alias(get: Get, client: Client, address: str) -> None:
    assert client.get(address).json()["identifier"] == "gpt-4o-2024-08-06"
    (alias,) = get("gpt-4o")["aliases"]
    assert picked(alias, "identifier", "platform", "source") == ["gpt-4o", "OpenAI API", THIRD]


def test_api_finds_nothing_by_an_alias_of_two_models(opus: AIModel, client: Client) -> None:
    other = AIModel.objects.create(identifier="m-2", name="M 2", provider=opus.provider)
    opus.aliases.create(identifier="both", platform="A")
    other.aliases.create(identifier="both", platform="B")
    assert client.get("/api/v1/models/both/").status_code == 404


def test_api_asks_as_often_for_many_models_as_for_few(get: Get, client: Client) -> None:
    few = queries(client, "/api/v1/models/")
    model = AIModel.objects.get(identifier="gpt-4o-2024-08-06")
    alias = model.aliases.get()
    for number in range(20):
        other = AIModel.objects.create(
            identifier=f"a-{number}", name="A", provider=model.provider, kind="snapshot"
        )
        other.aliases.create(identifier=f"alias-{number}", source=alias.source)
        other.retirements.create(platform="P", precision="none_yet", source=alias.source)
    assert queries(client, "/api/v1/models/") == few


def rows_in_memory() -> int:
    return sum(type(one) in (Retirement, DateChange) for one in gc.get_objects())


@pytest.mark.parametrize("address", some(["/api/v1/models/", "/models/"], 1))
def test_list_leaves_no_rows_to_the_garbage_collector(
    shipped: LoadReport, client: Client, address: str
) -> None:
    assert client.get(address).status_code == 200
    gc.collect()
    before = rows_in_memory()
    gc.disable()
    try:
        assert client.get(address).status_code == 200
        assert rows_in_memory() == before
    finally:
        gc.enable()


def test_identifier_may_contain_a_slash_or_any_letter(opus: AIModel, client: Client) -> None:
    names = ["meta/llama-3", "modèle+1"]
    for name in names:
        AIModel.objects.create(identifier=name, provider=opus.provider, name=name)
        for address in (name, f"{name}/use", f"{name}/demand", f"{name}/deployment-report"):
            assert client.get(f"/api/v1/models/{address}/").status_code == 200, address
    found, page = [], "/api/v1/models/?page_size=1"
    while page:
        answer = client.get(page).json()
        found += [row["identifier"] for row in answer["results"]]
        page = answer["next"]
    assert sorted(found) == sorted([*names, opus.identifier])
    assert client.get("/api/v1/models/a%00b/").status_code == 404
