"""Who needs a retired model that can't be requested: said with one click, counted from five on."""

from datetime import date
from typing import Any

import pytest

from lifecycle.catalogue.models import AccessRoute, AIModel
from lifecycle.people.models import User
from requests_app.actions.catalogue import demand as actions
from requests_app.actions.endings import account_deletion
from requests_app.models import Demand, Policy
from requests_app.refusals import NotAllowed, WrongState
from requests_app.reports import data_export, demand
from tests.api.test_oauth import make
from tests.conftest import person
from tests.support.api_client import API, Api, problem_of
from tests.support.concurrency import at_once
from tests.support.page_client import Browser, main_of, other_model, page
from tests.web.test_queries import queries

pytestmark = pytest.mark.django_db

ADDRESS = "/models/gone-1/"
HIDDEN = "The number of people who need it is shown from 5 on."


@pytest.fixture
def gone(db: None) -> AIModel:
    return other_model("gone-1")


def needed_by(ai_model: AIModel, many: int, start: int = 0) -> list[User]:
    people = [person(f"p{number}") for number in range(start, start + many)]
    for one in people:
        actions.state(ai_model, by=one)
    return people


def test_one_click_states_it_and_another_withdraws_it(gone: AIModel, alice: User) -> None:
    browser = Browser(alice)
    assert "I need this model" in page(browser.get(ADDRESS))
    answer = browser.post("/demand/state/gone-1/", follow=True)
    assert answer.redirect_chain == [(ADDRESS, 302)]
    assert "Noted: you need this model." in page(answer)
    assert "You said that you need it." in page(answer)
    assert [row.person for row in Demand.objects.all()] == [alice]
    answer = browser.post("/demand/withdraw/gone-1/", follow=True)
    assert "Withdrawn. You are no longer counted." in page(answer)
    assert not Demand.objects.exists()


def test_stranger_is_asked_to_sign_in_and_led_back(gone: AIModel) -> None:
    browser = Browser()
    assert f'href="/accounts/login/?next={ADDRESS}"' in main_of(browser.get(ADDRESS))
    for verb in ("state", "withdraw"):
        answer = browser.post(f"/demand/{verb}/gone-1/")
        assert answer["Location"] == f"/accounts/login/?next=/demand/{verb}/gone-1/"
        assert Browser(person(verb)).get(f"/demand/{verb}/gone-1/")["Location"] == ADDRESS


def test_number_is_public_from_five_on_and_hidden_again_below(gone: AIModel, alice: User) -> None:
    """Else the one who withdraws would be the difference of two numbers."""
    people = needed_by(gone, 4)
    assert HIDDEN in page(Browser().get(ADDRESS))
    people += needed_by(gone, 1, start=4)
    for browser in (Browser(), Browser(alice), Browser(people[0])):
        assert "5 people need it." in page(browser.get(ADDRESS))
    actions.withdraw(gone, by=people[0])
    for browser in (Browser(), Browser(people[0]), Browser(people[1])):
        shown = page(browser.get(ADDRESS))
        assert HIDDEN in shown
        assert "need it. Whoever" not in shown
        assert Api().get(f"{API}/models/gone-1/demand/").json()["people"] is None


def test_stating_twice_counts_once(gone: AIModel, alice: User) -> None:
    assert actions.state(gone, by=alice) == actions.state(gone, by=alice)
    actions.withdraw(gone, by=alice)
    actions.withdraw(gone, by=alice)
    assert demand.exact(gone) == 0


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_row(gone: AIModel, alice: User) -> None:
    for _ in range(5):
        results = at_once(*[lambda: actions.state(gone, by=alice)] * 3)
        assert len({row.pk for row in results}) == 1
        assert Demand.objects.count() == 1
        actions.withdraw(gone, by=alice)


def test_model_that_serves_or_can_be_requested_is_not_needed(
    policy: Policy, opus: AIModel, alice: User
) -> None:
    serving = other_model("serving-1", retires=date(2099, 1, 1))
    with pytest.raises(WrongState, match="serving-1 isn't retired yet. Until then, use it through"):
        actions.state(serving, by=alice)
    with pytest.raises(WrongState, match="^Claude Opus 3 can be requested. Request access instead"):
        actions.state(opus, by=alice)
    for ai_model in (serving, opus):
        assert "need this model" not in page(Browser(alice).get(f"/models/{ai_model.identifier}/"))
    assert not Demand.objects.exists()


def test_need_can_be_withdrawn_once_the_model_can_be_requested(
    gone: AIModel, policy: Policy, alice: User
) -> None:
    actions.state(gone, by=alice)
    AccessRoute.objects.create(ai_model=gone, kind="request")
    policy.ai_models.add(gone)
    browser = Browser(alice)
    assert "I no longer need it" in page(browser.get(ADDRESS))
    browser.post("/demand/withdraw/gone-1/")
    assert "I no longer need it" not in page(browser.get(ADDRESS))


def test_account_in_bad_standing_states_nothing(gone: AIModel, alice: User) -> None:
    User.objects.update(is_active=False)
    for act in (actions.state, actions.withdraw):
        with pytest.raises(NotAllowed, match="^This account is not in good standing.$"):
            act(gone, by=alice)


def test_it_ends_with_the_account_and_is_in_the_export(
    gone: AIModel, alice: User, bob: User
) -> None:
    actions.state(gone, by=alice)
    actions.state(gone, by=bob)
    (needed,) = data_export.of_person(alice)["models_needed"]
    assert (needed["model"], needed["stated_at"]) == ("gone-1", Demand.objects.first().stated_at)
    account_deletion.delete_account(alice, by=alice)
    assert [row.person for row in Demand.objects.all()] == [bob]


def test_api_counts_in_the_same_way(gone: AIModel, alice: User) -> None:
    address = f"{API}/models/gone-1/demand/"
    needed_by(gone, 4)
    api = Api(alice)
    assert api.get(address).json() == {"people": None, "own": False}
    for _ in range(2):
        assert api.post(address).json() == {"people": 5, "own": True}
    assert Api().get(address).json() == {"people": 5, "own": False}
    for _ in range(2):
        assert api.post(f"{address}withdraw/").json() == {"people": None, "own": False}


def test_api_refuses_strangers_tokens_and_models_that_can_be_requested(
    policy: Policy, gone: AIModel, alice: User
) -> None:
    address = f"{API}/models/gone-1/demand/"
    for verb in ("", "withdraw/"):
        problem_of(Api().post(address + verb), 401)
        problem_of(Api(alice).post(f"{API}/models/none/demand/{verb}"), 404)
        token = Api()
        token.credentials(HTTP_AUTHORIZATION=f"Bearer {make('read').secret}")
        assert (
            "Service tokens can't do this." in problem_of(token.post(address + verb), 403)["detail"]
        )
    opus = f"{API}/models/claude-3-opus-20240229/demand/"
    detail = problem_of(Api(alice).post(opus), 409)["detail"]
    assert detail == "Claude Opus 3 can be requested. Request access instead."


def test_editors_see_the_exact_number_where_routes_are_decided(gone: AIModel) -> None:
    needed_by(gone, 3)
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    shown = page(Browser(ada).get(f"/admin/catalogue/aimodel/{gone.pk}/change/"))
    assert "People who need it: 3" in shown


def test_model_page_asks_as_often_for_many_people(gone: AIModel, alice: User) -> None:
    addresses: list[tuple[Any, str]] = [
        (Browser(alice), ADDRESS),
        (Browser(), f"{API}/models/gone-1/demand/"),
    ]
    before = [queries(*each) for each in addresses]
    needed_by(gone, 10)
    assert [queries(*each) for each in addresses] == before
