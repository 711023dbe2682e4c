"""The REST API for collaborators who write parts of a draft: as on the page, and no more."""

from typing import Any

import pytest

from lifecycle.people.models import User
from requests_app.actions.requests import invitations, requests
from requests_app.api.request_bodies import WriteSerializer
from requests_app.api.serializers.revisions import WrittenSerializer
from requests_app.models import AccessRequest, Event, Invitation
from requests_app.rules.roles import CO_WRITTEN
from tests.api.test_oauth import make
from tests.requests.test_co_writing import joined, joins
from tests.support.api_client import OPUS, Api, place, problem_of

__all__ = ["joined"]  # a fixture

pytestmark = pytest.mark.django_db


def address_of(draft: AccessRequest) -> str:
    return place(draft, "write")


def test_fields_are_those_that_a_requester_may_let_others_write() -> None:
    assert WriteSerializer().fields.keys() == CO_WRITTEN
    assert WrittenSerializer().fields.keys() == CO_WRITTEN | {"number", "models"}


def test_collaborator_reads_and_changes_what_they_may(
    draft: AccessRequest, joined: Invitation, bob: User
) -> None:
    api, before = Api(bob), draft.revision
    shown = api.get(address_of(draft)).json()
    assert (shown["models"], shown["purpose"]) == ([OPUS], "Compare refusals.")
    sent = {"purpose": "Compare poems.", "operations": ["messages"], "expected_cost": 9}
    for _ in range(2):
        changed = api.post(address_of(draft), sent).json()
        assert changed == {**shown, **sent}
    saved = Event.objects.filter(kind="request.saved", actor=bob)
    assert saved.count() == 1  # the second changed nothing
    assert (draft.revision.title, draft.revision.team) == (before.title, before.team)


def test_requester_writes_there_too(draft: AccessRequest, alice: User) -> None:
    answer = Api(alice).post(address_of(draft), {"safety": "We look at each answer."})
    assert answer.json()["safety"] == draft.revision.safety == "We look at each answer."


def test_others_find_nothing(draft: AccessRequest, eve: User, bob: User) -> None:
    joins(draft, bob, may_edit=False)
    for who in (eve, bob):
        for answer in (Api(who).get(address_of(draft)), Api(who).post(address_of(draft), {})):
            problem_of(answer, 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"title": "Bob's"}, 400),
        ({"models": ["other"]}, 400),
        ({"attests": True}, 400),
        ({"expected_cost": "9"}, 400),
        ({"starts_on": "soon"}, 400),
        ({"purpose": None}, 400),
        ({"purpose": "word " * 301}, 422),
        ({"operations": ["mining"]}, 422),
        ({"ends_on": "2020-01-01"}, 422),
    ],
)
def test_what_is_not_theirs_or_not_right_is_refused_and_nothing_changes(
    draft: AccessRequest, joined: Invitation, bob: User, body: dict[str, Any], status: int
) -> None:
    before = draft.revision.digest()
    errors = problem_of(Api(bob).post(address_of(draft), body), status)["errors"]
    assert errors.keys() == body.keys()
    assert draft.revision.digest() == before


def test_sent_request_is_refused_in_the_words_of_the_page(
    draft: AccessRequest, joined: Invitation, alice: User, bob: User
) -> None:
    requests.submit(draft, by=alice)
    for answer in (Api(bob).get(address_of(draft)), Api(bob).post(address_of(draft), {})):
        assert "in review" in problem_of(answer, 409)["detail"]


def test_who_was_taken_out_finds_nothing_more(
    draft: AccessRequest, joined: Invitation, alice: User, bob: User
) -> None:
    invitations.withdraw(joined, by=alice)
    problem_of(Api(bob).post(address_of(draft), {"purpose": "Mine."}), 404)


def test_token_reads_and_does_not_write(draft: AccessRequest) -> None:
    """As it does a whole request of its owner's."""
    api, token = Api(), make("read")
    joins(draft, User.objects.get(email="ada@example.org"))
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {token.secret}")
    assert api.get(address_of(draft)).status_code == 200
    problem_of(api.post(address_of(draft), {"purpose": "Mine."}), 403)
