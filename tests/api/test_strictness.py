"""What an address doesn't have is refused at every address: methods, names in a query."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.api import gateway_urls, urls
from requests_app.models import AccessRequest, Grant, Key
from tests.api.test_oauth import make
from tests.support.api_client import API, OPUS, Api, place, problem_of
from tests.support.soak_sizes import some

pytestmark = pytest.mark.django_db

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
IDS = {"requests": "req_0000000000000000", "grants": "grant_0000000000000000"}


def addresses() -> Iterator[str]:
    """Each address of the API and of what gateways call, whatever rows there are."""
    for pattern in urls.urlpatterns:
        route = str(pattern.pattern)
        if not route:  # what is nowhere
            continue
        route = without_anchors(route.replace(urls.IDENTIFIER, OPUS))
        kind = route.split("/")[0]
        route = re.sub("<int:[a-z]+>", "7", route)
        route = re.sub("<slug:[a-z]+>", IDS.get(kind, "key_0000000000000000"), route)
        yield f"{API}/{route}"
    for pattern in gateway_urls.urlpatterns:
        yield f"/{pattern.pattern}"


def without_anchors(route: str) -> str:
    return route.removeprefix("^").removesuffix("$")


ADDRESSES = tuple(addresses())


def allowed(address: str) -> set[str]:
    """By what the address itself says."""
    answer = Api().generic("TRACE", address)
    assert answer.status_code == 405, address
    return {name.strip().lower() for name in answer["Allow"].split(",")}


@pytest.mark.parametrize(
    ("who", "address"),
    [
        *product(["nobody"], some(ADDRESSES, 60)),
        *some(product(["alice", "token"], ADDRESSES), 20),
    ],
)
def test_method_that_an_address_does_not_have_is_405_for_everybody(
    address: str, who: str, alice: User
) -> None:
    api = Api(alice if who == "alice" else None, enforce_csrf_checks=True)
    if who == "token":
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {make('read').secret}")
    has = allowed(address)
    assert has <= {"get", "head", "post", "put", "patch"}
    for method in set(METHODS) - has:
        answer = getattr(api, method)(address)
        assert (answer.status_code, "Allow" in answer) == (405, True), (method, address)
    for method in has:
        assert getattr(api, method)(address).status_code != 405, (method, address)


@pytest.mark.parametrize(
    "address", some([one for one in ADDRESSES if not one.startswith("/oauth/")], 25)
)
def test_name_that_a_query_does_not_have_is_refused(address: str, alice: User) -> None:
    """But for /oauth/, where RFC 6749 (3.2) has unknown parameters ignored."""
    api = Api(alice)
    for method in allowed(address) - {"head"}:
        answer = getattr(api, method)(f"{address}?sort=open&shape=x")
        errors = problem_of(answer, 400)["errors"]
        assert set(errors) == {"sort", "shape"}, (method, address)
        assert errors["shape"] == ["Unknown parameter."]


@pytest.mark.parametrize("name", ["requests", "grants", "models"])
def test_lists_take_a_size_and_a_cursor_and_say_so(name: str, alice: User) -> None:
    api = Api(alice)
    assert api.get(f"{API}/{name}/?page_size=1").status_code == 200
    twice = problem_of(api.get(f"{API}/{name}/?page_size=1&page_size=2"), 400)
    assert twice["errors"] == {"page_size": ["Send this parameter once."]}
    problem_of(api.get(f"{API}/{name}/?page_size=0"), 400)
    described = api.get(f"{API}/schema/?format=json").json()["paths"][f"{API}/{name}/"]["get"]
    assert {"cursor", "page_size"} <= {each.get("name") for each in described["parameters"]}
    answer = described["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer["$ref"].rpartition("/")[2].startswith("Paginated")


def test_description_names_every_parameter_that_is_taken(alice: User) -> None:
    described = Api().get(f"{API}/schema/?format=json").json()["paths"]
    for pattern in urls.urlpatterns:
        view: Any = getattr(pattern.callback, "view_class", None)
        taken = set(getattr(view, "query", ()))
        if not view.schema:
            continue
        path = next(p for p in described if _same(p, str(pattern.pattern)))
        told = {
            each["name"]
            for each in described[path].get("get", {}).get("parameters", ())
            if each.get("in") == "query"
        }
        assert told == taken, path


def _same(path: str, route: str) -> bool:
    plain = without_anchors(route.replace(urls.IDENTIFIER, "{identifier}"))
    return path == f"{API}/" + re.sub("<[a-z]+:([a-z]+)>", r"{\1}", plain)


# What was done already --------------------------------------------------------------------------


def test_revoking_a_key_twice_is_answered_alike(claimed: ClaimedKey, alice: User) -> None:
    address = f"{API}/keys/{claimed.key.public_id}/revoke/"
    first, again = (Api(alice).post(address) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["refused_from"] == first.json()["refused_from"]
    assert Key.objects.get().grant.access_request.events.filter(kind="key.revoked").count() == 1


def test_revoking_a_grant_twice_is_for_owners_only(grant: Grant, alice: User, pat: User) -> None:
    for _ in range(2):
        done = Api(pat).post(place(grant, "revoke"), {"reason": "It leaked."})
        assert (done.status_code, done.json()["state"]) == (200, "revoked")
    problem_of(Api(alice).post(place(grant, "revoke"), {"reason": "Mine."}), 403)
    problem_of(Api(alice).post(place(grant, "end")), 409)  # it was revoked, and didn't end


def test_ending_and_withdrawing_twice_are_answered_alike(draft: AccessRequest, alice: User) -> None:
    answers = [Api(alice).post(place(draft, "withdraw")) for _ in range(2)]
    assert [(one.status_code, one.json()["state"]) for one in answers] == [(200, "withdrawn")] * 2


def test_ending_a_grant_twice_is_answered_alike(grant: Grant, alice: User) -> None:
    answers = [Api(alice).post(place(grant, "end")) for _ in range(2)]
    assert [(one.status_code, one.json()["state"]) for one in answers] == [(200, "ended")] * 2


def test_rotating_again_after_a_lost_answer_gives_a_key(claimed: ClaimedKey, alice: User) -> None:
    address = f"{API}/keys/{claimed.key.public_id}/rotate/"
    lost, again = (Api(alice).post(address) for _ in range(2))
    assert (lost.status_code, again.status_code) == (201, 201)
    states = {key.public_id: key.state for key in Key.objects.all()}
    assert states == {
        claimed.key.public_id: "retiring",
        lost.json()["key"]["id"]: "retiring",
        again.json()["key"]["id"]: "active",
    }
