"""What the box at the top of a request's page says is needed, and of whom."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.grants import collaborators, grants
from requests_app.actions.keys import keys
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Grant
from tests.conftest import ask_for
from tests.support import accepted_collaborators
from tests.support.page_client import Browser, main_of

pytestmark = pytest.mark.django_db


def box(asked: AccessRequest, person: User) -> str:
    """The heading of the box."""
    html = main_of(Browser(person).get(f"/requests/{asked}/"))
    assert html.count('id="now"') <= 1
    return html.partition('<h2 id="now">')[2].partition("</h2>")[0]


def test_a_draft_wants_to_be_finished_and_then_nothing_is_needed(
    draft: AccessRequest, alice: User
) -> None:
    assert box(draft, alice) == "Complete and send"
    requests.submit(draft, by=alice)
    assert box(draft, alice) == "You don't need to do anything now"


def test_a_return_asks_its_requester(in_review: AccessRequest, alice: User, rita: User) -> None:
    stage = in_review.stages.open().get()
    votes.ask_for_changes(stage, by=rita, reason="Why?", shown=stage.revision.digest())
    assert box(in_review, alice) == "Changes requested"


def test_an_approval_wants_its_key_made_and_then_says_until_when(grant: Grant, alice: User) -> None:
    asked = grant.access_request
    assert box(asked, alice) == "Create your key"
    keys.claim(grant, by=alice)
    assert box(asked, alice) == "Your access is active"
    grants.end(grant, by=alice)
    assert box(asked, alice) == "Your access has ended"


def test_who_shares_an_access_is_asked_for_the_terms_and_then_for_a_key(
    opus: AIModel,
    draft: AccessRequest,
    alice: User,
    bob: User,
    rita: User,
    approve: Callable[[AccessRequest, User], Grant],
) -> None:
    ask = replace(ask_for(opus), collaborators=(bob.email,))
    asked = accepted_collaborators.save(ask, by=alice, access_request=draft, submit=True)
    assert box(asked, bob) == ""
    grant = approve(asked, rita)
    assert box(asked, bob) == "Accept the terms"
    collaborators.accept(grant, by=bob)
    assert box(asked, bob) == "Create your key"
    assert box(asked, alice) == "Create your key"
