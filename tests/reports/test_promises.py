"""The ledger of promises: a state for each, computed wherever it can be; its pages and API."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    Promise,
    Provider,
    Retirement,
    Source,
    WeightsCustody,
)
from requests_app.reports.promises import ledger as promises
from requests_app.reports.promises import states as promise_states
from requests_app.reports.promises import voice
from requests_app.reports.promises.states import Computed, PromiseState
from tests.conftest import person
from tests.support.api_client import API, problem_of
from tests.support.page_client import assert_nothing_inline, page
from tests.voice.conftest import example
from tests.web.test_queries import queries

__all__ = ["example"]

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 1)
BEFORE, AFTER = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def on_that_day() -> Any:
    with time_machine.travel(datetime(2026, 6, 1, 12, tzinfo=UTC), tick=False):
        yield


def promised(about: AIModel | Provider, kind: str, **fields: Any) -> Promise:
    """A standing promise, unless it gets a due day."""
    named = {"ai_model" if isinstance(about, AIModel) else "provider": about}
    stands = {} if "due_on" in fields else {"condition": "for good"}
    base = {"kind": kind, "text": f"About {kind}.", "promised_by": "Example Lab"}
    return Promise.objects.create(**base, **named, **stands, **fields)


def found(promise: Promise) -> tuple[str, str]:
    promise = Promise.objects.select_related("ai_model", "provider").get(pk=promise.pk)
    one = promises.states([promise], TODAY)[promise.pk]
    return str(one.state), one.basis


def retire(ai_model: AIModel, announced: date | None = None, retires: date = BEFORE) -> Retirement:
    return Retirement.objects.create(
        ai_model=ai_model, platform="API", announced=announced, retires=retires, precision="day"
    )


# What somebody noted ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, ("unknown", "")),
        ({"due_on": TODAY}, ("due", "computed")),
        ({"due_on": AFTER}, ("due", "computed")),
        ({"due_on": BEFORE}, ("unknown", "")),
        ({"kept_on": BEFORE}, ("kept", "noted")),
        ({"due_on": BEFORE, "kept_on": TODAY}, ("kept", "noted")),
        ({"broken_on": BEFORE}, ("broken", "noted")),
        ({"ended_on": TODAY}, ("ended", "noted")),
        ({"ended_on": AFTER}, ("unknown", "")),
        ({"kept_on": BEFORE, "ended_on": TODAY}, ("ended", "noted")),
        ({"broken_on": BEFORE, "ended_on": TODAY}, ("broken", "noted")),
    ],
)
def test_what_nobody_can_compute_is_as_noted(
    example: AIModel, fields: Any, state: tuple[str, str]
) -> None:
    assert found(promised(example, "other", **fields)) == state


def test_due_day_that_passed_is_overdue_where_somebody_looks_after_it(example: AIModel) -> None:
    owner = person("olga")
    assert found(promised(example, "other", due_on=BEFORE, owner=owner))[0] == "overdue"
    assert found(promised(example, "other", due_on=BEFORE, escalate_to=owner))[0] == "overdue"
    assert found(promised(example, "other", due_on=TODAY, owner=owner))[0] == "due"


# What is computed -------------------------------------------------------------------------------


@pytest.mark.parametrize("about", ["model", "provider"])
@pytest.mark.parametrize(
    ("notice_days", "days", "state"),
    [(60, 60, "standing"), (60, 59, "broken"), (None, 60, "unknown"), (60, None, "unknown")],
)
def test_notice_is_as_the_scorecard_says(
    example: AIModel, about: str, notice_days: int | None, days: int | None, state: str
) -> None:
    Provider.objects.update(notice_days=notice_days)
    retire(example, BEFORE - timedelta(days=days) if days else None)
    promise = promised(example if about == "model" else example.provider, "notice")
    assert found(promise)[0] == state


def test_one_short_notice_breaks_the_promise_about_all_models(example: AIModel) -> None:
    Provider.objects.update(notice_days=60)
    other = AIModel.objects.create(identifier="e-2", name="E", provider=example.provider)
    retire(example, BEFORE - timedelta(days=60))
    retire(other, BEFORE - timedelta(days=1))
    assert found(promised(example.provider, "notice")) == ("broken", "computed")
    assert found(promised(example, "notice")) == ("standing", "computed")


def test_notice_stands_while_nothing_is_retired(example: AIModel) -> None:
    assert found(promised(example, "notice")) == ("standing", "computed")


def test_typed_kept_does_not_hide_a_computed_breach(example: AIModel) -> None:
    Provider.objects.update(notice_days=60)
    retire(example, BEFORE)
    promise = promised(example, "notice", kept_on=BEFORE)
    assert found(promise) == ("broken", "computed")
    assert found(promised(example, "notice", ended_on=BEFORE)) == ("broken", "computed")


@pytest.mark.parametrize(
    ("access_kind", "routes", "fields", "state"),
    [
        ("request", ["request"], {}, "standing"),
        ("product", ["product", "request"], {}, "standing"),
        ("", ["product"], {}, "standing"),
        ("request", ["product"], {}, "overdue"),
        ("", ["none"], {}, "broken"),
        ("request", ["none"], {}, "broken"),
        ("request", [], {}, "unknown"),
        ("request", ["request"], {"due_on": BEFORE}, "kept"),
        ("request", ["request"], {"due_on": TODAY}, "standing"),
        ("request", [], {"due_on": AFTER}, "due"),
        ("request", ["request"], {"broken_on": BEFORE}, "broken"),
        ("request", ["request"], {"ended_on": BEFORE}, "ended"),
    ],
)
def test_access_is_as_the_routes_say_once_it_is_retired(
    example: AIModel, access_kind: str, routes: list[str], fields: Any, state: str
) -> None:
    retire(example)
    for kind in routes:
        AccessRoute.objects.create(ai_model=example, kind=kind)
    promise = promised(example, "access", access_kind=access_kind, **fields)
    assert found(promise)[0] == state


def test_access_is_not_owed_before_the_retirement(example: AIModel) -> None:
    assert found(promised(example, "access", access_kind="request"))[0] == "standing"
    retire(example, retires=AFTER)
    assert found(promised(example, "access", access_kind="request"))[0] == "standing"


@pytest.mark.parametrize(
    ("access_kind", "days", "state"),
    [("request", -1, "broken"), ("request", 1, "standing"), ("product", -1, "standing")],
)
def test_withdrawn_model_breaks_the_promise_of_access_by_request(
    example: AIModel, access_kind: str, days: int, state: str
) -> None:
    retire(example)
    for kind in ("product", "request"):
        AccessRoute.objects.create(ai_model=example, kind=kind)
    AIModel.objects.update(withdrawn_at=timezone.now() + timedelta(days=days))
    assert found(promised(example, "access", access_kind=access_kind))[0] == state


def keep(ai_model: AIModel, **fields: Any) -> None:
    base = {"kept": "weights", "custodian": "Example Lab", "kept_while": "for good"}
    WeightsCustody.objects.create(ai_model=ai_model, **base, **fields)


@pytest.mark.parametrize(
    ("custody", "fields", "state"),
    [
        (None, {}, "unknown"),
        ({}, {}, "standing"),
        ({"check_due_on": TODAY}, {}, "standing"),
        ({"check_due_on": BEFORE}, {}, "overdue"),
        ({}, {"due_on": BEFORE}, "kept"),
        ({}, {"due_on": AFTER}, "standing"),
        ({"check_due_on": BEFORE}, {"broken_on": BEFORE}, "broken"),
    ],
)
def test_weights_are_as_their_custody_says(
    example: AIModel, custody: Any, fields: Any, state: str
) -> None:
    if custody is not None:
        keep(example, **custody)
    assert found(promised(example, "weights", **fields))[0] == state


def test_promise_about_all_weights_needs_each_retired_models_custody(example: AIModel) -> None:
    promise = promised(example.provider, "weights")
    assert found(promise)[0] == "unknown"
    other = AIModel.objects.create(identifier="e-2", name="E", provider=example.provider)
    for ai_model in (example, other):
        retire(ai_model)
    keep(example)
    assert found(promise)[0] == "unknown"
    keep(other)
    assert found(promise)[0] == "standing"
    WeightsCustody.objects.filter(ai_model=other).update(check_due_on=BEFORE)
    assert found(promise)[0] == "overdue"


def test_interviews_and_essays_are_as_their_own_records_say(
    example: AIModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [promised(example, kind, kept_on=BEFORE) for kind in voice.KINDS]
    asked: list[Any] = []

    def states(rows: Any, today: date) -> Any:
        asked.append((sorted(row.kind for row in rows), today))
        return {made[0].pk: Computed(PromiseState.OVERDUE)}

    rows = [*made, promised(example, "other", kept_on=BEFORE)]
    monkeypatch.setattr(voice, "states", states)
    states_found = promises.states(rows, TODAY)
    assert asked == [(sorted(voice.KINDS), TODAY)]
    assert states_found[made[0].pk] == (PromiseState.OVERDUE, "computed", "", "")
    assert {states_found[row.pk].state for row in made[1:]} == {PromiseState.KEPT}


def test_all_states_take_the_same_few_queries(example: AIModel) -> None:
    def asked(rows: list[Promise]) -> int:
        fetched = list(promises.rows().filter(pk__in=[row.pk for row in rows]))
        with CaptureQueriesContext(connection) as seen:
            promises.states(fetched, TODAY)
        return len(seen)

    few = [promised(example, kind) for kind in Promise.Kind.values]
    few += [promised(example.provider, kind) for kind in Promise.Kind.values]
    before = asked(few)
    many = [*few]
    for number in range(20):
        one = AIModel.objects.create(identifier=f"e{number}", name="E", provider=example.provider)
        retire(one, BEFORE)
        keep(one)
        AccessRoute.objects.create(ai_model=one, kind="request")
        many += [promised(one, kind) for kind in Promise.Kind.values]
    assert (asked(many), before <= 9) == (before, True)


# Pages and the API ------------------------------------------------------------------------------


@pytest.fixture
def ledger(example: AIModel) -> dict[str, Promise]:
    """One promise in each of several states, of two providers."""
    other = Provider.objects.create(slug="other-lab", name="Other Lab")
    source = Source.objects.create(url="https://blog.example.net/", kind="third_party")
    retire(example)
    AccessRoute.objects.create(ai_model=example, kind="request")
    return {
        "standing": promised(example, "access", promised_on="2025-11", source=source),
        "due": promised(example, "report", due_on=AFTER),
        "broken": promised(example, "preference", broken_on=BEFORE, outcome="It never came."),
        "unknown": promised(example.provider, "interview"),
        "kept": promised(other, "other", kept_on=BEFORE),
    }


def test_page_of_all_promises_filters_by_state_and_provider(
    ledger: dict[str, Promise], client: Client
) -> None:
    answer = client.get("/promises/")
    assert_nothing_inline(answer)
    shown = page(answer)
    assert "Standing, kept so far Access after a retirement Example 1 About access." in shown
    assert "Promised by Example Lab (November 2025). Condition: for good. uncertain" in shown
    assert "It never came." in shown
    assert "Broken (1)" in shown
    for state, promise in ledger.items():
        found = page(client.get(f"/promises/?state={state}"))
        assert [one.kind for one in ledger.values() if one.text in found] == [promise.kind]
    other = page(client.get("/promises/?provider=other-lab"))
    assert "About other." in other
    assert "About access." not in other
    assert "No promise matches." in page(client.get("/promises/?provider=other-lab&state=due"))
    assert "About access." in page(client.get("/promises/?provider=nobody&state=odd"))


def test_page_of_a_model_has_its_own_and_its_providers_promises(
    ledger: dict[str, Promise], client: Client
) -> None:
    for address in ("/promises/example-1/", "/models/example-1/"):
        shown = page(client.get(address))
        assert "all models of Example Lab About interview." in shown
        assert "Due A deployment report Example 1 About report." in shown
        assert "About other." not in shown
    assert client.get("/promises/nothing/").status_code == 404
    other = Provider.objects.get(slug="other-lab")
    AIModel.objects.create(identifier="e-3", name="E", provider=other)
    Promise.objects.all().delete()
    assert "No promise is known." in page(client.get("/promises/e-3/"))


def test_long_ledger_has_pages_that_keep_the_filter(example: AIModel, client: Client) -> None:
    for _ in range(60):
        promised(example, "other", kept_on=BEFORE)
    answer = client.get("/promises/?state=kept")
    assert "Page 1 of 2." in page(answer)
    assert 'href="?state=kept&amp;page=2"' in answer.content.decode()
    assert "Page 2 of 2." in page(client.get("/promises/?state=kept&page=2"))


def test_api_lists_promises_with_their_states(ledger: dict[str, Promise], client: Client) -> None:
    def kinds(query: str = "") -> list[str]:
        return [row["kind"] for row in client.get(f"{API}/promises/{query}").json()["results"]]

    (row,) = client.get(f"{API}/promises/?state=standing").json()["results"]
    assert (row["state"], row["basis"]) == ("standing", "computed")
    assert (row["model"], row["provider"]) == ("example-1", "example-lab")
    assert row["source"]["kind"] == "third_party"
    assert kinds() == ["other", "interview", "preference", "report", "access"]
    assert kinds("?provider=example-lab") == ["interview", "preference", "report", "access"]
    assert kinds("?model=example-1") == ["preference", "report", "access"]
    assert kinds("?model=example-1&state=due") == ["report"]
    problem_of(client.get(f"{API}/promises/?state=odd"), 400)


def one_of_each(ai_model: AIModel) -> None:
    for kind in Promise.Kind.values:
        promised(ai_model, kind)
        promised(ai_model, kind, due_on=AFTER)


def test_pages_take_the_same_queries_for_many(
    example: AIModel, ledger: dict[str, Promise], client: Client
) -> None:
    addresses = ["/promises/", "/promises/?state=due", "/promises/example-1/"]
    addresses += ["/models/example-1/", f"{API}/promises/", f"{API}/promises/?state=standing"]
    serving = AIModel.objects.create(identifier="e-1", name="E", provider=example.provider)
    for about in (example, serving):
        one_of_each(about)
    before = [queries(client, address) for address in addresses]
    for number in range(4):
        one_of_each(example)
        other = AIModel.objects.create(identifier=f"e{number}", name="E", provider=example.provider)
        one_of_each(other)
    assert [queries(client, address) for address in addresses] == before


def test_retirements_are_judged_once_for_states_and_for_short_notice(
    example: AIModel, client: Client
) -> None:
    Provider.objects.update(notice_days=60)
    promised(example, "notice")
    kept = queries(client, "/promises/example-1/")
    retire(example, BEFORE - timedelta(days=20))
    assert queries(client, "/promises/example-1/") == kept


def test_many_promises_have_the_states_that_few_have(
    example: AIModel, ledger: dict[str, Promise], monkeypatch: pytest.MonkeyPatch
) -> None:
    one_of_each(example)
    rows = list(promises.rows())
    few = promises.states(rows, TODAY)
    monkeypatch.setattr(promise_states, "MAX_LISTED", 0)
    assert promises.states(rows, TODAY) == few


def test_notice_that_a_provider_promises_is_in_the_ledger_without_being_typed_again(
    example: AIModel, client: Client
) -> None:
    def rows(**which: Any) -> list[tuple[str, str]]:
        found = client.get(f"{API}/promises/", which).json()["results"]
        return [(row["text"], row["state"]) for row in found]

    provider = example.provider
    provider.notice_days = 60
    provider.save()
    plain = "Notice before each retirement, in days: 60."
    assert rows(provider=provider.slug) == [(plain, "standing")]
    retire(example, BEFORE - timedelta(days=20))
    (row,) = client.get(f"{API}/promises/?state=broken").json()["results"]
    assert (row["text"], row["promised_by"], row["basis"]) == (plain, "Example Lab", "computed")
    assert row["record"] == "the retirement of example-1 on API"
    assert plain in page(client.get("/promises/example-1/"))
    Provider.objects.update(notice_days={"preview": 14, "general": 20})
    kinds = "Notice before each retirement, in days by kind of model: general 20, preview 14."
    assert rows() == [(kinds, "standing")]
    Provider.objects.update(notice_days=None)
    kept = Promise.objects.filter(follows_notice_days=True)
    ended_on = kept.get().ended_on  # by the database's clock
    assert ended_on
    assert promises.states(kept, ended_on)[kept.get().pk][:2] == ("ended", "noted")
    Provider.objects.update(notice_days=60)
    assert kept.get().ended_on is None
    typed = promised(provider, "notice", promised_on="2025")
    assert [text for text, _ in rows()] == [typed.text]


def test_broken_notice_names_the_retirements_and_says_that_a_model_got_its_own(
    example: AIModel, client: Client
) -> None:
    provider = example.provider
    Provider.objects.update(notice_days=60)
    retire(example, BEFORE - timedelta(days=60))
    page_of = "/models/example-1/", "/promises/example-1/"
    assert all("less than promised" not in page(client.get(address)) for address in page_of)
    for number in range(5):
        other = AIModel.objects.create(
            identifier=f"e-{number}", name=f"E {number}", provider=provider
        )
        retire(other, BEFORE - timedelta(days=59 - number))
    numbers = "So did 2 other retirements. 1 retirement got the promised notice."
    for address in page_of:
        answer = client.get(address)
        text = page(answer)
        assert "The notice for this model was kept. E 0 on API got 1 day less" in text
        assert numbers in text
        assert f'href="/scorecard/{provider.slug}/"' in answer.content.decode()
    for address in ("/promises/e-1/", "/promises/"):
        text = page(client.get(address))
        assert numbers in text
        assert "The notice for this model was kept" not in text
    (row,) = client.get(f"{API}/promises/?state=broken").json()["results"]
    assert row["record"] == "the retirement of e-0 on API and 4 more"
