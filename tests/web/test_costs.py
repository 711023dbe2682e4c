"""The page for use and time works out what calls cost, without JavaScript and without saving."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from lifecycle.catalogue.models import AccessRoute, AIModel, Source
from lifecycle.people.models import User
from requests_app.models import AccessRequest, Policy
from tests.conftest import today
from tests.support.desk_client import publish_next
from tests.support.page_client import Browser, other_model, page

pytestmark = pytest.mark.django_db
CALLS = {"cost-calls": "1000", "cost-input_tokens": "2000", "cost-output_tokens": "500"}


@pytest.fixture
def priced(opus: AIModel) -> AIModel:
    source = Source.objects.create(url="https://lab.example/prices", kind="provider")
    opus.access_routes.update(
        input_price=Decimal("15"),
        output_price=Decimal("75"),
        priced_on=date(2026, 11, 1),
        price_source=source,
    )
    return opus


@pytest.fixture
def work_out(draft: AccessRequest, alice: User) -> Callable[..., Any]:
    browser = Browser(alice)

    def work_out(**typed: str) -> Any:
        fields = {"expected_use": "Some.", "expected_cost": "", "work_out": "1"}
        fields |= {"starts_on": str(today()), "ends_on": str(today() + timedelta(days=90))}
        return browser.post(f"/requests/{draft}/edit/use/", {**fields, **CALLS, **typed})

    return work_out


def test_cost_is_worked_out_from_tokens_and_prices(
    priced: AIModel, work_out: Callable[..., Any]
) -> None:
    answer = work_out()
    shown = page(answer)
    assert answer.status_code == 200
    assert "15 USD per million tokens sent, 75 USD per million of the answer" in shown
    assert "as of 1 November 2026" in shown
    assert "In total 2,000,000 tokens sent and 500,000 tokens in answers:" in shown
    assert "67.50 USD with Claude Opus 3" in shown
    assert "With a fifth to spare, plan 28 USD for each month of 30 days." in shown
    assert "Your expected cost would be 68 USD." in shown


def test_open_expected_cost_is_filled_in_and_a_typed_one_is_kept(
    priced: AIModel, work_out: Callable[..., Any]
) -> None:
    for typed, kept in (("", "68"), ("0", "68"), ("250", "250"), ("about 9", "about 9")):
        form = work_out(expected_cost=typed).context["form"]
        assert str(form["expected_cost"].value()) == kept


def test_everything_typed_stays_and_nothing_is_saved(
    priced: AIModel, work_out: Callable[..., Any], draft: AccessRequest, alice: User
) -> None:
    before = draft.revision.digest()
    answer = work_out(
        expected_use="Grüße <b>",
        starts_on="yesterday",
        ends_on="",
        operations="completions",
        shown_text="abc",
        back="check",
    )
    html = answer.content.decode()
    form = answer.context["form"]
    assert not form.errors
    assert form["expected_use"].value() == "Grüße <b>"
    assert form["starts_on"].value() == "yesterday"
    assert form["operations"].value() == ["completions"]
    assert 'value="yesterday"' in html
    assert 'name="shown_text" value="abc"' in html
    assert 'name="back" value="check"' in html
    assert "With a fifth to spare, plan 82 USD." in page(answer)
    draft.refresh_from_db()
    assert draft.revision.digest() == before


def test_refusals_stand_at_their_fields_and_keep_all_else(
    priced: AIModel, work_out: Callable[..., Any]
) -> None:
    answer = work_out(**{"cost-calls": "1.000", "cost-input_tokens": "", "expected_cost": "5"})
    assert answer.status_code == 422
    errors = answer.context["helper"].form.errors
    assert set(errors) == {"calls", "input_tokens"}
    assert "Enter a number without dots or commas" in page(answer)
    assert answer.context["form"]["expected_cost"].value() == "5"
    assert "In total" not in page(answer)


def test_saving_goes_on_whatever_the_helper_says(
    priced: AIModel, draft: AccessRequest, alice: User
) -> None:
    fields = {"operations": ["messages"], "expected_use": "Some.", "expected_cost": "68"}
    fields |= {"starts_on": str(today()), "ends_on": str(today() + timedelta(days=90))}
    browser, address = Browser(alice), f"/requests/{draft}/edit/use/"
    assert browser.post(address, {**fields, "cost-calls": "nonsense"}).status_code == 302
    assert draft.revision.expected_cost == 68
    refused = browser.post(address, {**fields, "expected_cost": "x", **CALLS})
    assert refused.context["helper"].form["calls"].value() == "1000"


def test_several_models_are_priced_each(
    policy: Policy, priced: AIModel, draft: AccessRequest, work_out: Callable[..., Any]
) -> None:
    cheap, unknown = (other_model(name, "request") for name in ("m-cheap", "m-unknown"))
    cheap.access_routes.update(input_price="0.25", output_price="1", priced_on=today())
    policy.ai_models.add(cheap, unknown)
    draft.revision.ai_models.add(cheap, unknown)
    shown = page(work_out())
    assert "67.50 USD with Claude Opus 3" in shown
    assert f"1.00 USD with {cheap}" in shown
    assert f"{unknown} : no price is known." in shown
    assert "Your expected cost would be 68 USD." in shown


def test_cap_of_the_policy_is_told(
    policy: Policy, priced: AIModel, work_out: Callable[..., Any], pat: User, lee: User
) -> None:
    publish_next(policy, by=(pat, lee), spend_cap=50)
    assert "The policy allows at most 50 USD in total." in page(work_out())
    assert "The policy allows" not in page(work_out(**{"cost-calls": "10"}))


def test_next_to_nothing_is_not_nothing(priced: AIModel, work_out: Callable[..., Any]) -> None:
    few = {"cost-calls": "1", "cost-input_tokens": "1", "cost-output_tokens": "0"}
    shown = page(work_out(**few))
    assert "< 0.01 USD with Claude Opus 3" in shown
    assert "Your expected cost would be 1 USD." in shown


def test_without_a_price_there_is_no_helper(
    draft: AccessRequest, alice: User, work_out: Callable[..., Any]
) -> None:
    assert "Work out the cost" not in page(Browser(alice).get(f"/requests/{draft}/edit/use/"))
    assert work_out().status_code == 404


def test_other_pages_of_a_draft_have_none(
    priced: AIModel, draft: AccessRequest, alice: User
) -> None:
    browser, address = Browser(alice), f"/requests/{draft}/edit/purpose/"
    assert "Work out the cost" not in page(browser.get(address))
    assert browser.post(address, {"purpose": "x", "work_out": "1"}).status_code == 404


def test_price_is_on_the_models_page_and_in_the_api(priced: AIModel, client: Client) -> None:
    shown = page(client.get(f"/models/{priced.identifier}/"))
    assert "15 USD per million tokens sent, 75 USD per million of the answer" in shown
    route = client.get(f"/api/v1/models/{priced.identifier}/").json()["access_routes"][0]
    assert (route["input_price"], route["output_price"]) == ("15.0000", "75.0000")
    assert route["priced_on"] == "2026-11-01"
    assert route["price_source"]["url"] == "https://lab.example/prices"


@pytest.mark.parametrize(
    "wrong",
    [
        {"input_price": 15},
        {"priced_on": date(2026, 11, 1)},
        {"input_price": 1, "output_price": 7, "priced_on": date(9999, 12, 31)},
        {"input_price": 15, "output_price": 75},
        {"input_price": -1, "output_price": 75, "priced_on": date(2026, 11, 1)},
        {"input_price": 1, "output_price": 7, "priced_on": date(2026, 11, 1), "kind": "product"},
    ],
)
def test_database_refuses_half_a_price(opus: AIModel, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="has_both_prices"), transaction.atomic():
        AccessRoute.objects.update(**wrong)
