"""Collaborators read the request that names them, as it was sent, and can do nothing to it."""

from dataclasses import replace

import pytest

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest
from tests.conftest import ask_for
from tests.support import accepted_collaborators
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def with_bob(draft: AccessRequest, opus: AIModel, alice: User, bob: User) -> AccessRequest:
    """Alice's draft; it names Bob."""
    ask = replace(ask_for(opus), collaborators=(bob.email,))
    return accepted_collaborators.save(ask, by=alice, access_request=draft)


@pytest.fixture
def sent(with_bob: AccessRequest, alice: User) -> AccessRequest:
    return requests.submit(with_bob, by=alice)


def test_collaborator_reads_the_request_without_buttons(sent: AccessRequest, bob: User) -> None:
    response = Browser(bob).get(f"/requests/{sent}/")
    assert "Alice added you to this request as a collaborator." in page(response)
    assert "Request Compare refusals." in page(response)
    main = response.content.decode().split("<main")[1].split("</main>")[0]
    assert "<form" not in main
    assert "<button" not in main
    assert "/edit/" not in main


def test_collaborator_finds_the_request_in_a_list(sent: AccessRequest, bob: User) -> None:
    shown = page(Browser(bob).get("/requests/"))
    assert str(sent) in shown.split("Requests you collaborate on")[1]
    assert "Alice" in shown


def test_collaborator_sees_no_draft(with_bob: AccessRequest, bob: User) -> None:
    browser = Browser(bob)
    assert browser.get(f"/requests/{with_bob}/").status_code == 404
    assert str(with_bob) not in page(browser.get("/requests/"))


def test_collaborator_cannot_act(sent: AccessRequest, bob: User) -> None:
    browser = Browser(bob)
    assert browser.get(f"/requests/{sent}/edit/").status_code == 404
    for verb in ("edit/purpose", "submit", "withdraw", "appeal"):
        assert browser.post(f"/requests/{sent}/{verb}/", {"reason": "x"}).status_code == 404
    sent.refresh_from_db()
    assert sent.state == "in_review"


@pytest.mark.parametrize("who", ["eve", "rita", "pat"])
def test_others_find_nothing(
    request: pytest.FixtureRequest, sent: AccessRequest, eve: User, who: str
) -> None:
    other = Browser(request.getfixturevalue(who))
    assert other.get(f"/requests/{sent}/").status_code == 404
    assert str(sent) not in page(other.get("/requests/"))


def test_collaborator_reads_what_was_sent_and_not_what_is_being_written(
    sent: AccessRequest, opus: AIModel, alice: User, bob: User, rita: User
) -> None:
    stage = sent.stages.get()
    shown = stage.revision.digest()
    votes.ask_for_changes(stage, by=rita, reason="Say more.", shown=shown)
    ask = ask_for(opus, purpose="Half a thought.")  # and Bob is no longer named
    requests.save(ask, by=alice, access_request=sent)
    seen = page(Browser(bob).get(f"/requests/{sent}/"))
    assert "Request Compare refusals." in seen
    assert "Half a thought" not in seen
    assert "Waiting for: Alice." in seen
    requests.submit(sent, by=alice)
    assert Browser(bob).get(f"/requests/{sent}/").status_code == 404
