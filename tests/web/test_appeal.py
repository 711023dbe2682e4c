"""A denial and what can be done after it: appeal once, ask again from a day on."""

import pytest

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest
from tests.conftest import ask_for, today
from tests.support.page_client import Browser, assert_nothing_inline, main_of, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def denied(in_review: AccessRequest, rita: User) -> AccessRequest:
    stage = in_review.stages.get()
    shown = stage.revision.digest()
    votes.deny(stage, by=rita, reason="Too broad.", shown=shown, denial="unclear")
    in_review.refresh_from_db()
    return in_review


def test_deny_shows_its_reason_and_from_when_to_ask_again(
    denied: AccessRequest, alice: User
) -> None:
    shown = page(Browser(alice).get(f"/requests/{denied}/"))
    assert "Why it was declined The purpose isn't clear enough. Too broad." in shown
    assert f"You can send a new request from {denied.ask_again_on:%-d %B %Y} (UTC)." in shown
    assert "You can send a new request ." not in shown
    assert "Rita" not in shown


def test_deny_offers_to_ask_again_once_the_day_has_come(denied: AccessRequest, alice: User) -> None:
    AccessRequest.objects.update(ask_again_on=today())
    shown = page(Browser(alice).get(f"/requests/{denied}/"))
    assert "You can send a new request ." in shown


def test_model_page_says_from_when_to_ask_again(
    denied: AccessRequest, opus: AIModel, alice: User
) -> None:
    response = Browser(alice).get(f"/models/{opus.identifier}/")
    assert f"After {denied}, you can request Claude Opus 3 again from" in page(response)
    assert "/requests/new/?model" not in response.content.decode()


def test_appeal_makes_a_request_that_leads_back(denied: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    typed = {"reason": "You misread my second page."}
    response = browser.post(f"/requests/{denied}/appeal/", typed, follow=True)
    appeal = AccessRequest.objects.get(appeal_of=denied)
    assert response.redirect_chain == [(f"/requests/{appeal}/", 302)]
    assert (
        f"This is your appeal of {denied} . Reviewers who voted on it don't decide here."
        in page(response)
    )
    assert "Appeal: You misread my second page." in page(response)
    answer = browser.get(f"/requests/{denied}/")
    assert f"You appealed: {appeal} In review" in page(answer)
    assert "<button" not in main_of(answer)


@pytest.mark.parametrize(("reason", "sentence"), [
    (" ", "Explain why the decision should be reviewed again."),
    ("x" * 5001, "Use at most 5,000 characters."),
    ("a\x00b", "Null characters are not allowed."),
])  # fmt: skip
def test_appeal_shows_what_is_wrong_and_keeps_what_was_typed(
    denied: AccessRequest, alice: User, reason: str, sentence: str
) -> None:
    response = Browser(alice).post(f"/requests/{denied}/appeal/", {"reason": reason})
    assert response.status_code == 422
    assert_nothing_inline(response)
    assert page(response).count(sentence) == 2  # in the summary, and beside its field
    assert '<details class="act" open>' in response.content.decode()
    assert reason in response.content.decode()
    assert AccessRequest.objects.count() == 1


def test_appeal_shows_a_refusal_that_belongs_to_no_field(
    denied: AccessRequest, alice: User, opus: AIModel
) -> None:
    AccessRequest.objects.update(ask_again_on=today())
    other = requests.save(ask_for(opus), by=alice)
    response = Browser(alice).post(f"/requests/{denied}/appeal/", {"reason": "Once more."})
    assert response.status_code == 422
    assert f"You already have an open request for Claude Opus 3: {other}." in page(response)


def test_appeal_of_an_open_request_is_refused(in_review: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    response = browser.post(f"/requests/{in_review}/appeal/", {"reason": "Faster."})
    assert response.status_code == 409
    assert "is in review, so it can't be appealed." in page(response)
    assert "Appeal" not in page(browser.get(f"/requests/{in_review}/"))


def test_appeal_of_an_appeal_is_refused(denied: AccessRequest, alice: User, sam: User) -> None:
    appeal = requests.appeal(denied, by=alice, reason="Look again.")
    stage = appeal.stages.get()
    votes.deny(stage, by=sam, reason="Still no.", shown=stage.revision.digest())
    shown = page(Browser(alice).get(f"/requests/{appeal}/"))
    assert "This was already an appeal. Each request can be appealed once." in shown
