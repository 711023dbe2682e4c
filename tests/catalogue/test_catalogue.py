"""Loading a catalogue file as it was first shipped: what it gives, and what a later load keeps."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from lifecycle.catalogue import catalogue_file, loading, retirements
from lifecycle.catalogue.history import EndDate
from lifecycle.catalogue.models import AIModel, DateChange, Provider, Replacement, Retirement
from tests.support.world_records import recorded

TEXT = Path(__file__).with_name("catalogue_2026_11_22.json").read_text()
MODELS = len(json.loads(TEXT)["models"])
OPUS, HAIKU, DAVINCI = "claude-3-opus-20240229", "claude-3-haiku-20240307", "code-davinci-002"
SORA = "sora-2"
FEW_MODELS = [one for one in json.loads(TEXT)["models"] if one["identifier"] in (HAIKU, OPUS, SORA)]
FEW = json.dumps({**json.loads(TEXT), "models": FEW_MODELS})


def load(text: str = TEXT) -> loading.LoadReport:
    return loading.load(catalogue_file.parse(text, "models.json"))


def edited(old: str, new: str) -> str:
    """The file with one edit, at the first place."""
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def changed(identifier: str, change: Callable[[dict[str, Any]], Any], *, text: str = TEXT) -> str:
    """A file after `change` was made to one model of it."""
    data = json.loads(text)
    change(next(entry for entry in data["models"] if entry["identifier"] == identifier))
    return json.dumps(data)


def rounds(identifier: str) -> list[tuple[str, int, date | None]]:
    rows = Retirement.objects.filter(ai_model__identifier=identifier)
    return [(row.platform, row.round, row.retires) for row in rows]


def dates(identifier: str, platform: str = "Claude API") -> list[tuple[date | None, date | None]]:
    changes = DateChange.objects.filter(
        retirement__ai_model__identifier=identifier, retirement__platform=platform
    )
    return [(change.from_date, change.to_date) for change in changes]


@pytest.fixture
@recorded
def shipped(db: None) -> loading.LoadReport:
    return load()


# What a file gives ----------------------------------------------------------------------------


def test_load_adds_every_model(shipped: loading.LoadReport) -> None:
    assert len(shipped.added) == AIModel.objects.count() == MODELS
    names = Provider.objects.values_list("slug", "name")
    assert set(names) == {("anthropic", "Anthropic"), ("openai", "OpenAI"), ("google", "Google")}
    openai = Provider.objects.get(slug="openai")
    assert openai.notice_days == {"general": 180, "specialised": 90, "preview": 14}
    assert Provider.objects.filter(slug="google", notice_days__isnull=True).exists()


def test_load_gives_opus_its_routes_and_replacements_in_order(shipped: loading.LoadReport) -> None:
    opus = AIModel.objects.get(identifier=OPUS)
    assert {route.kind for route in opus.access_routes.all()} == {"product", "request"}
    assert [row.as_of for row in opus.replacements.all()] == [
        "2025",
        "2026-01",
        "2026-05",
        "2026-08",
    ]
    assert [row.identifier for row in opus.replacements.all()][-1] == "claude-opus-4-8"
    assert len(opus.sources) == 4
    assert opus in AIModel.objects.by_request()


def test_load_numbers_the_rounds_of_a_platform_by_date(shipped: loading.LoadReport) -> None:
    first, second = date(2023, 3, 23), date(2024, 1, 4)
    assert rounds(DAVINCI) == [("OpenAI API", 1, first), ("OpenAI API", 2, second)]


def test_load_turns_a_local_time_into_utc(shipped: loading.LoadReport) -> None:
    retirement = Retirement.objects.get(ai_model__identifier="claude-2.0")
    assert retirement.retires_at == datetime(2025, 7, 21, 16, 0, tzinfo=UTC)


def test_load_keeps_the_change_and_both_platforms_of_haiku(shipped: loading.LoadReport) -> None:
    assert dates(HAIKU) == [(date(2026, 4, 19), date(2026, 4, 20))]
    assert [platform for platform, _, _ in rounds(HAIKU)] == ["Claude API", "Amazon Bedrock"]
    bedrock = Retirement.objects.get(ai_model__identifier=HAIKU, platform="Amazon Bedrock")
    assert bedrock.extended_access_from == date(2026, 6, 10)


def test_load_leaves_sora_without_a_replacement(shipped: loading.LoadReport) -> None:
    assert not Replacement.objects.filter(ai_model__identifier="sora-2").exists()


def test_load_retires_nothing_on_a_promised_earliest_day(shipped: loading.LoadReport) -> None:
    day = date(2026, 10, 15)
    promised = AIModel.objects.get(identifier="claude-haiku-4-5-20251001")
    assert promised.retirements.get().retires == day
    assert not promised.is_retired(day)
    assert promised not in AIModel.objects.retired_on(day)
    assert AIModel.objects.get(identifier=OPUS) in AIModel.objects.retired_on(date(2026, 1, 5))


# Loading again --------------------------------------------------------------------------------


def test_load_twice_writes_nothing(shipped: loading.LoadReport) -> None:
    with CaptureQueriesContext(connection) as queries:
        report = load()
    assert (report.added, report.changed, report.kept) == ([], [], [])
    assert report.unchanged == shipped.added
    verbs = {query["sql"].split()[0] for query in queries}
    assert verbs <= {"SELECT", "SAVEPOINT", "RELEASE"}


def test_load_keeps_a_date_that_moved(shipped: loading.LoadReport) -> None:
    report = load(edited('"retires": "2026-01-05"', '"retires": "2026-01-12"'))
    assert report.changed == [OPUS]
    assert report.moved == [f"{OPUS} on Claude API: 2026-01-05 to 2026-01-12"]
    assert dates(OPUS) == [(date(2026, 1, 5), date(2026, 1, 12))]
    assert load().changed == [OPUS]
    assert dates(OPUS)[1:] == [(date(2026, 1, 12), date(2026, 1, 5))]


def test_load_keeps_a_date_that_moved_without_an_announcement(
    shipped: loading.LoadReport,
) -> None:
    report = load(edited('"retires": "2026-12-01"', '"retires": "2027-03-01"'))
    assert report.moved == [
        "gemini-2.5-pro on Gemini API: 2026-12-01 (not sooner than) to 2027-03-01 (not sooner than)"
    ]
    assert dates("gemini-2.5-pro", "Gemini API") == [(date(2026, 12, 1), date(2027, 3, 1))]


def test_load_keeps_a_change_that_the_file_no_longer_has(shipped: loading.LoadReport) -> None:
    report = load(changed(HAIKU, lambda model: model["retirements"][0].pop("date_changes")))
    assert (report.changed, report.kept) == ([], [])
    assert dates(HAIKU) == [(date(2026, 4, 19), date(2026, 4, 20))]


def test_load_says_when_the_file_tells_another_history(shipped: loading.LoadReport) -> None:
    report = load(edited('"from": "2026-04-19"', '"from": "2026-04-18"'))
    told = "known dates 2026-04-19 to 2026-04-20, file 2026-04-18 to 2026-04-20"
    assert (report.changed, report.kept) == ([], [f"{HAIKU} on Claude API: {told}"])
    assert dates(HAIKU) == [(date(2026, 4, 19), date(2026, 4, 20))]


def test_load_adds_dates_before_and_after_the_known_ones(shipped: loading.LoadReport) -> None:
    days = [date(2026, 4, day) for day in (1, 19, 20, 25)]
    changes = [(str(old), str(new)) for old, new in pairwise(days)]
    retirement = {
        "retires": "2026-04-25",
        "date_changes": [{"from": old, "to": new} for old, new in changes],
    }
    report = load(changed(HAIKU, lambda model: model["retirements"][0].update(retirement)))
    assert report.moved == [f"{HAIKU} on Claude API: 2026-04-20 to 2026-04-25"]
    assert dates(HAIKU) == list(pairwise(days))


def test_load_keeps_models_and_retirements_that_the_file_lacks(shipped: loading.LoadReport) -> None:
    report = load(
        changed(HAIKU, lambda model: model["retirements"].pop(1)).replace("sora-2", "sora-3")
    )
    assert report.added == ["sora-3"]
    assert report.not_in_file == ["sora-2"]
    assert report.kept == [f"{HAIKU} on Amazon Bedrock, 2026-09-10: not in the file"]
    assert len(rounds(HAIKU)) == 2


@pytest.mark.parametrize("left_out", [0, 1])
def test_load_tells_rounds_apart_when_one_is_left_out(db: None, left_out: int) -> None:
    """They are known by their dates; the numbers follow."""
    one = changed(DAVINCI, lambda model: model["retirements"].pop(left_out))
    other = changed(DAVINCI, lambda model: model["retirements"].pop(1 - left_out))
    load(one)
    assert [number for _, number, _ in rounds(DAVINCI)] == [1]
    for text in (other, TEXT, one):
        load(text)
        assert [number for _, number, _ in rounds(DAVINCI)] == [1, 2]
    assert dates(DAVINCI, "OpenAI API") == []


def test_load_tells_rounds_apart_when_both_move(shipped: loading.LoadReport) -> None:
    def move(model: dict[str, Any]) -> None:
        model["retirements"].reverse()
        model["retirements"][1]["retires"] = "2023-03-30"
        model["retirements"][0]["retires"] = "2024-01-10"

    load(changed(DAVINCI, move))
    assert [(number, str(day)) for _, number, day in rounds(DAVINCI)] == [
        (1, "2023-03-30"),
        (2, "2024-01-10"),
    ]
    moves = [tuple(map(str, change)) for change in dates(DAVINCI, "OpenAI API")]
    assert set(moves) == {("2023-03-23", "2023-03-30"), ("2024-01-04", "2024-01-10")}


def test_load_replaces_what_is_not_history(shipped: loading.LoadReport) -> None:
    fields = {"access": ["request"], "replacements": [{"identifier": "b"}, {"identifier": "a"}]}
    assert load(changed(OPUS, lambda model: model.update(fields))).changed == [OPUS]
    opus = AIModel.objects.get(identifier=OPUS)
    assert [route.kind for route in opus.access_routes.all()] == ["request"]
    assert [row.identifier for row in opus.replacements.all()] == ["b", "a"]


@pytest.mark.django_db(transaction=True)
def test_load_twice_at_once_makes_one_catalogue() -> None:
    catalogue, start = catalogue_file.parse(TEXT, "models.json"), threading.Barrier(2)

    def one_load(_: int) -> int:
        start.wait()
        try:
            return len(loading.load(catalogue).added)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        added = sorted(pool.map(one_load, range(2)))
    assert added == [0, MODELS]
    assert AIModel.objects.count() == MODELS


def test_history_of_a_date_outlives_attempts_to_delete_its_retirement(db: None) -> None:
    provider = Provider.objects.create(slug="lab", name="Lab")
    ai_model = AIModel.objects.create(identifier="m", provider=provider, name="M")
    retirement = Retirement(ai_model=ai_model, platform="API", retires=date(2026, 5, 1))
    retirement.precision = Retirement.Precision.DAY
    retirements.save_retirement(retirement, earlier=[EndDate(date(2026, 3, 1), "day")])
    for row in (retirement, ai_model):
        with pytest.raises(ProtectedError):
            row.delete()
    assert DateChange.objects.get().from_date == date(2026, 3, 1)
