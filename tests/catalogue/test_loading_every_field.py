"""Loading a file that gives every field: all of it arrives, once, and people's facts stay."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from lifecycle.catalogue import provenance
from lifecycle.catalogue.models import (
    AIModel,
    DateChange,
    Promise,
    Provider,
    Retirement,
    Source,
    WeightsCustody,
)
from tests.catalogue.full_file import BLOG, DOCS, EXAMPLE, TRACKER, edited, load

pytestmark = pytest.mark.django_db


@pytest.fixture
def example() -> AIModel:
    load()
    return AIModel.objects.get(identifier=EXAMPLE["identifier"])


def rows(owner: AIModel | Provider, fact: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = provenance.value_of(owner, fact)
    return found


def given(row: Any, *names: str) -> tuple[str, ...]:
    return tuple(provenance.written(getattr(row, name)) for name in names)


def test_load_gives_a_model_its_kind_context_window_and_parameters(example: AIModel) -> None:
    assert (example.kind, example.context_window) == ("snapshot", 200_000)
    assert example.parameters == ["temperature", "top_p"]


def test_load_gives_a_retirement_every_fact_with_its_source(example: AIModel) -> None:
    retirement = example.retirements.get(platform="Example API")
    assert given(retirement, "announcement", "source", "retires_at_source", "after_end_source") == (
        BLOG, DOCS, TRACKER, TRACKER,
    )  # fmt: skip
    assert given(retirement, "legacy_from", "reopened") == ("2025-06-01", "2026-03-01")
    assert (retirement.after_end, retirement.redirects_to) == ("redirected", "example-2")
    assert retirement.retires_at == datetime(2026, 2, 1, 17, tzinfo=UTC)
    assert retirement.time_zone == "America/Los_Angeles"


def test_load_gives_changes_their_precision_day_reason_and_source(example: AIModel) -> None:
    changes = DateChange.objects.filter(retirement__ai_model=example)
    columns = ("from_date", "from_precision", "to_date", "to_precision", "changed_on", "reason")
    assert [given(change, *columns, "source") for change in changes] == [
        ("", "none_yet", "2026-01-01", "not_sooner_than", "2025-09-15", "A date was set.", BLOG),
        ("2026-01-01", "not_sooner_than", "2026-02-01", "day", "", "", ""),
    ]


def test_load_keeps_a_retirement_without_a_date(example: AIModel) -> None:
    retirement = example.retirements.get(platform="Example Cloud")
    assert (retirement.retires, retirement.precision) == (None, "none_yet")
    assert retirement.state(date(2026, 1, 1)) == "deprecated"


def test_load_gives_a_model_its_lists(example: AIModel) -> None:
    assert rows(example, "replacements") == [
        ("example-2", "2025-09", "docs", DOCS),
        ("example-3", "2025-09", "blog", BLOG),
    ]
    by_request, product = EXAMPLE["access"]
    *facts, source = product.values()
    priced = by_request["priced_on"], by_request["price_source"]
    assert rows(example, "access_routes") == [
        (*facts, *[""] * 6, source),
        ("request", *[""] * 4, by_request["base_url"], "anthropic", "15", "0.25", *priced, ""),
    ]
    assert rows(example, "aliases") == [
        ("example-1", "", "2025-01-10", "2026-01-10", DOCS),
        ("lab.example-1-v1:0", "Example Cloud", "", "", ""),
    ]
    assert [set(row) for row in rows(example, "feature_ends")] == [
        set(EXAMPLE["feature_ends"][0].values())
    ]
    assert rows(example, "sdk_versions") == [("example (Python)", "1.2", "2025-12-01", BLOG)]


def test_load_gives_a_model_its_weights_and_promises(example: AIModel) -> None:
    weights = given(example.weights, "kept", "custodian", "kept_until", "kept_while", "source")
    assert weights == tuple(EXAMPLE["weights"].values())
    promise = example.promises.get()
    names = ("kind", "text", "promised_by", "promised_on", "due_on", "source")
    assert given(promise, *names) == tuple(EXAMPLE["promises"][0].values())


def test_load_gives_a_provider_its_feature_ends_and_promises(example: AIModel) -> None:
    lab = example.provider
    assert rows(lab, "feature_ends") == [("top_k", "parameter", "SDK 2", "", "", "", DOCS)]
    promise, notice = lab.promises.order_by("follows_notice_days")
    assert promise.condition == "Example Lab exists"
    assert notice.text.startswith("Notice before each retirement")


def test_load_says_whose_page_a_source_is_and_when_it_was_read(example: AIModel) -> None:
    found = {source.url: (source.kind, source.verified_on) for source in Source.objects.all()}
    assert found == {
        DOCS: ("provider", date(2026, 1, 15)),
        BLOG: ("provider", None),
        TRACKER: ("third_party", None),
    }


# Loading again --------------------------------------------------------------------------------


def test_load_twice_writes_nothing(example: AIModel) -> None:
    with CaptureQueriesContext(connection) as queries:
        report = load()
    assert report.unchanged == [example.identifier]
    assert (report.changed, report.kept, report.moved, report.facts) == ([], [], [], [])
    verbs = {query["sql"].split()[0] for query in queries}
    assert verbs <= {"SELECT", "SAVEPOINT", "RELEASE"}


def test_load_reports_each_fact_that_it_changed(example: AIModel) -> None:
    later = edited(lambda _, model: model["retirements"][1].update(announced="2026-01-02"))
    (change,) = load(later).facts
    assert (change.row, change.fact) == (
        example.retirements.get(platform="Example Cloud"),
        "announced",
    )
    assert (change.before, change.after, change.is_new) == ("", "2026-01-02", False)


def test_load_adds_what_becomes_known_of_a_change_but_never_takes_it_back(
    example: AIModel,
) -> None:
    def explain(text: str) -> str:
        return edited(lambda _, m: m["retirements"][0]["date_changes"][1].update(reason=text))

    assert load(explain("It was late.")).changed == [example.identifier]
    assert load(explain("Another one.")).kept == [
        f"{example.identifier} on Example API, 2026-01-01 (not sooner than) to 2026-02-01: "
        "reason It was late., file Another one."
    ]
    assert DateChange.objects.last().reason == "It was late."
    assert load().changed == []


def test_load_keeps_weights_and_promises_that_the_file_no_longer_has(example: AIModel) -> None:
    report = load(edited(lambda _, model: (model.pop("weights"), model.pop("promises"))))
    assert report.kept == [
        f"{example.identifier}, weights: not in the file",
        f"{example.identifier}, promise “Example 1 is interviewed before it goes.”: "
        "not in the file",
    ]
    assert WeightsCustody.objects.count() == 1
    assert Promise.objects.filter(follows_notice_days=False).count() == 2


def test_load_corrects_a_promise_whose_text_alone_changed(example: AIModel) -> None:
    load(edited(lambda _, model: model["promises"][0].update(text="Interviewed in time.")))
    assert example.promises.get().text == "Interviewed in time."


def test_load_keeps_a_later_reading_of_a_source(example: AIModel) -> None:
    Source.objects.filter(url=DOCS).update(verified_on=date(2026, 5, 1))
    load()
    assert Source.objects.get(url=DOCS).verified_on == date(2026, 5, 1)
    load(edited(lambda data, _: data["sources"][0].update(verified_on="2026-06-01")))
    assert Source.objects.get(url=DOCS).verified_on == date(2026, 6, 1)


def set_by_person(row: Any, **facts: Any) -> None:
    before = type(row)._default_manager.get(pk=row.pk)
    for fact, value in facts.items():
        setattr(row, fact, value)
    provenance.note_edits(row, before)
    row.save()


FACTS_OF_PEOPLE = [
    (lambda: Retirement.objects.get(platform="Example API"), "legacy_from", date(2025, 7, 1)),
    (lambda: Retirement.objects.get(platform="Example API"), "after_end_source", None),
    (lambda: Source.objects.get(url=TRACKER), "kind", "provider"),
    (lambda: WeightsCustody.objects.get(), "custodian", "Example Archive"),
    (lambda: Promise.objects.get(ai_model__isnull=False), "due_on", date(2026, 3, 1)),
    (lambda: AIModel.objects.get(), "context_window", 100_000),
]


@pytest.mark.parametrize(("row", "fact", "value"), FACTS_OF_PEOPLE)
def test_load_keeps_each_fact_that_a_person_set(
    example: AIModel, row: Any, fact: str, value: Any
) -> None:
    set_by_person(row(), **{fact: value})
    before = model_to_dict(row())
    for _ in range(2):
        (told,) = load().set_by_people
        assert f"{provenance.title(fact)}: a person set" in told
        assert model_to_dict(row()) == before


@pytest.mark.parametrize("fact", ["aliases", "feature_ends", "sdk_versions"])
def test_load_keeps_a_list_that_a_person_set(example: AIModel, fact: str) -> None:
    before = provenance.written(provenance.value_of(example, fact))
    getattr(example, fact).all().delete()
    provenance.note_edit(example, fact, before)
    example.save()
    (told,) = load().set_by_people
    assert f"{provenance.title(fact)}: a person set “”, the file says “" in told
    assert rows(example, fact) == []
