"""What a person set in the catalogue's admin is taken back by no file, and both say so."""

import json
from collections.abc import Callable
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lifecycle.catalogue.loading import LoadReport
from lifecycle.catalogue.models import AIModel, Provider, Retirement
from tests.catalogue import test_catalogue
from tests.catalogue.test_admin import as_posted
from tests.catalogue.test_catalogue import FEW, HAIKU, OPUS, SORA, dates, rounds


def load(text: str = FEW) -> LoadReport:
    return test_catalogue.load(text)


def changed(identifier: str, change: Callable[[dict[str, Any]], Any]) -> str:
    return test_catalogue.changed(identifier, change, text=FEW)


@pytest.fixture
def edit(db: None, admin_client: Client) -> Callable[..., str]:
    """Save fields of a page of the admin as a person does; gives the page's address."""
    load()

    def edit(row: Any, **fields: Any) -> str:
        page = f"/admin/catalogue/{row._meta.model_name}/{row.pk}/change/"
        data = as_posted(admin_client.get(page)) | fields
        answer = admin_client.post(page, data)
        assert answer.status_code == 302, answer.context["errors"]
        return page

    return edit


def model(identifier: str) -> AIModel:
    return AIModel.objects.get(identifier=identifier)


def routes(identifier: str) -> set[str]:
    return {route.kind for route in model(identifier).access_routes.all()}


def loaded_by_command() -> str:
    call_command("load_catalogue", stdout=(out := StringIO()))
    return out.getvalue()


def open_sora(edit: Callable[..., str]) -> str:
    return edit(model(SORA), **{"access_routes-0-kind": "request"})


def test_load_never_takes_back_a_route_that_a_person_opened(edit: Callable[..., str]) -> None:
    open_sora(edit)
    out = loaded_by_command()
    assert routes(SORA) == {"request"}
    assert "Kept, because they were set in the admin:" in out
    assert f"{SORA}: access routes: a person set “request”, the file says “none”" in out


def test_load_keeps_a_persons_route_when_the_file_changes_it_later(
    edit: Callable[..., str], admin_client: Client
) -> None:
    page = open_sora(edit)
    later = changed(SORA, lambda entry: entry.update(access=["product"]))
    for _ in range(2):
        report = load(later)
        assert routes(SORA) == {"request"}
        assert report.changed == []
        assert report.set_by_people[0].endswith("the file says “product”")
    shown = admin_client.get(page).content.decode()
    assert "access routes (the file says “product”)" in shown


def test_load_again_writes_nothing_where_people_set_facts(edit: Callable[..., str]) -> None:
    open_sora(edit)
    load()
    with CaptureQueriesContext(connection) as queries:
        load()
    verbs = {query["sql"].split()[0] for query in queries}
    assert verbs <= {"SELECT", "SAVEPOINT", "RELEASE"}


EDITS = [
    ("name", "Opus the third"),
    ("released", "2024-02"),
    ("note", "Much asked for."),
    ("sources", "https://lab.example/opus"),
    ("replacements-0-identifier", "another-model"),
]


@pytest.mark.parametrize(("field", "value"), EDITS)
def test_load_keeps_each_fact_of_a_model_that_a_person_set(
    edit: Callable[..., str], field: str, value: str
) -> None:
    edit(model(OPUS), **{field: value})
    (told,) = load().set_by_people
    assert f"a person set “{value}" in told
    assert len(model(OPUS).set_by_people) == 1


def test_load_sets_the_other_facts_of_a_row_that_a_person_edited(edit: Callable[..., str]) -> None:
    edit(model(OPUS), name="Opus the third")
    report = load(changed(OPUS, lambda entry: entry.update(note="New.", name="Newer")))
    assert report.changed == [OPUS]
    assert (model(OPUS).name, model(OPUS).note) == ("Opus the third", "New.")


def test_load_keeps_a_providers_notice_that_a_person_set(edit: Callable[..., str]) -> None:
    anthropic = Provider.objects.get(slug="anthropic")
    edit(anthropic, notice_days="90")
    assert load().set_by_people == ["anthropic: notice days: a person set “90”, the file says “60”"]
    anthropic.refresh_from_db()
    assert anthropic.notice_days == 90


def test_load_keeps_a_date_that_a_person_moved(edit: Callable[..., str]) -> None:
    edit(model(OPUS), **{"retirements-0-retires": "2026-02-01"})
    moved = changed(OPUS, lambda entry: entry["retirements"][0].update(retires="2026-01-12"))
    for text in (moved, moved):
        report = load(text)
        assert (report.moved, report.changed) == ([], [])
        assert "a person set “2026-02-01”, the file says “2026-01-12”" in report.set_by_people[0]
    assert dates(OPUS) == [(date(2026, 1, 5), date(2026, 2, 1))]
    assert len(rounds(OPUS)) == 1


def test_load_leaves_dates_alone_that_would_contradict_a_persons(edit: Callable[..., str]) -> None:
    edit(model(OPUS), **{"retirements-0-announced": "2026-01-04"})
    earlier = {"announced": "2025-06-30", "retires": "2026-01-02"}
    report = load(changed(OPUS, lambda entry: entry["retirements"][0].update(earlier)))
    assert "with the file's dates, announced is after the retirement" in report.set_by_people[-1]
    assert rounds(OPUS) == [("Claude API", 1, date(2026, 1, 5))]


RENAMED = [
    (lambda: model(OPUS), "identifier", "claude-opus-3"),
    (lambda: Retirement.objects.get(ai_model__identifier=OPUS), "platform", "Anthropic API"),
    (lambda: Provider.objects.get(slug="openai"), "slug", "open-ai"),
]


@pytest.mark.parametrize(("row", "fact", "name"), RENAMED)
def test_load_adds_nothing_again_that_a_person_renamed(
    edit: Callable[..., str], row: Callable[[], Any], fact: str, name: str
) -> None:
    counts = [kind.objects.count() for kind in (AIModel, Retirement, Provider)]
    edit(renamed := row(), **{fact: name})
    assert load().added == []
    assert counts == [kind.objects.count() for kind in (AIModel, Retirement, Provider)]
    renamed.refresh_from_db()
    assert getattr(renamed, fact) == name


def test_a_fact_left_to_the_file_again_follows_it(edit: Callable[..., str]) -> None:
    open_sora(edit)
    edit(model(SORA), leave_to_file=["access_routes"])
    assert load().changed == [SORA]
    assert routes(SORA) == {"none"}


def test_load_keeps_what_a_person_said_of_a_model_they_added(
    edit: Callable[..., str], admin_client: Client
) -> None:
    page = "/admin/catalogue/aimodel/add/"
    data = as_posted(admin_client.get(page)) | {
        "identifier": "new",
        "name": "New",
        "provider": model(OPUS).provider_id,
        "access_routes-TOTAL_FORMS": 1,
        "access_routes-0-kind": "request",
    }
    assert admin_client.post(page, data).status_code == 302
    file = json.loads(changed(HAIKU, lambda entry: entry.update(identifier="new", note="N.")))
    load(json.dumps(file))
    assert (routes("new"), model("new").name, model("new").note) == ({"request"}, "New", "N.")
