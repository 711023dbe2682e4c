"""Keys by themselves in the API: listed, shown, renamed, rotated to other networks."""

from typing import Any

import pytest

from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Event
from tests.support.api_client import API, Api, place, problem_of

pytestmark = pytest.mark.django_db


def address(claimed: ClaimedKey, verb: str = "") -> str:
    return f"{API}/keys/{claimed.key.public_id}/" + (f"{verb}/" if verb else "")


@pytest.mark.parametrize(("who", "count"), [("alice", 1), ("pat", 1), ("rita", 0), ("eve", 0)])
def test_keys_are_listed_for_holders_and_policy_owners(
    claimed: ClaimedKey, who: str, count: int, request: Any
) -> None:
    api = Api(request.getfixturevalue(who))
    results = api.get(f"{API}/keys/").json()["results"]
    assert [each["id"] for each in results] == [claimed.key.public_id] * count
    assert api.get(address(claimed)).status_code == (200 if count else 404)


def test_key_is_shown_as_its_grant_shows_it(claimed: ClaimedKey, alice: User) -> None:
    shown = Api(alice).get(address(claimed))
    assert [shown.json()] == Api(alice).get(place(claimed.key.grant)).json()["keys"]
    assert claimed.secret not in shown.content.decode()


def test_rename_is_for_the_holder_alone(claimed: ClaimedKey, alice: User, pat: User) -> None:
    body = {"label": "  Night\u00a0runs "}
    named = Api(alice).post(address(claimed, "rename"), body)
    assert (named.status_code, named.json()["label"]) == (200, "Night runs")
    problem_of(Api(pat).post(address(claimed, "rename"), body), 403)
    again = Api(alice).post(address(claimed, "rename"), {"label": ""})
    assert again.json()["label"] == ""
    kinds = Event.objects.filter(kind="key.renamed").values_list("actor", flat=True)
    assert list(kinds) == [alice.pk] * 2


def test_rename_refuses_what_the_page_refuses(claimed: ClaimedKey, alice: User) -> None:
    problem = problem_of(Api(alice).post(address(claimed, "rename"), {"label": "x" * 61}), 422)
    assert set(problem["errors"]) == {"label"}
    missing = problem_of(Api(alice).post(address(claimed, "rename"), {}), 400)
    assert set(missing["errors"]) == {"label"}


def test_rotation_keeps_networks_or_takes_others(claimed: ClaimedKey, alice: User) -> None:
    api = Api(alice)
    first = api.post(address(claimed, "rotate"), {"networks": ["192.0.2.0/24"]}).json()
    assert first["key"]["networks"] == ["192.0.2.0/24"]
    kept = api.post(f"{API}/keys/{first['key']['id']}/rotate/").json()
    assert kept["key"]["networks"] == ["192.0.2.0/24"]
    widened = api.post(f"{API}/keys/{kept['key']['id']}/rotate/", {"networks": []}).json()
    assert widened["key"]["networks"] == []


def test_rotation_refuses_networks_that_are_none(claimed: ClaimedKey, alice: User) -> None:
    problem = problem_of(Api(alice).post(address(claimed, "rotate"), {"networks": ["home"]}), 422)
    assert set(problem["errors"]) == {"networks"}
    assert Api(alice).get(address(claimed)).json()["state"] == "active"
