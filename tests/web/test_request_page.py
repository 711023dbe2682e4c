"""The page of one request: what stands there, and its buttons."""

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Grant, Policy
from requests_app.web.requests import timeline
from tests.conftest import ask_for
from tests.support.page_client import Browser, fill, other_model, page, part_page

pytestmark = pytest.mark.django_db


def test_edit_changes_the_draft(draft: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    assert "Compare refusals.</textarea>" in part_page(browser, draft, "purpose")
    fill(browser, draft, "purpose", purpose="Compare poems.")
    assert draft.revision.purpose == "Compare poems."


def test_edit_keeps_a_request_for_two_models_together(
    draft: AccessRequest, policy: Policy, alice: User, opus: AIModel
) -> None:
    browser = Browser(alice)
    sonnet = other_model("claude-3-sonnet-20240229", "request")
    policy.ai_models.add(sonnet)
    requests.save(ask_for(opus, sonnet), by=alice, access_request=draft)
    shown = browser.get(f"/requests/{draft}/edit/models/").context["form"]["identifiers"].value()
    fill(browser, draft, "models", identifiers=shown)
    assert set(draft.revision.ai_models.all()) == {opus, sonnet}


def test_edit_in_review_is_refused_with_its_sentence(in_review: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    response = browser.get(f"/requests/{in_review}/edit/")
    assert response.status_code == 409
    assert "is in review, so it can't be changed." in page(response)


def test_submit_sends_a_draft(draft: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    browser.post(f"/requests/{draft}/submit/")
    draft.refresh_from_db()
    assert draft.state == "in_review"


def test_submit_of_an_unfinished_draft_says_what_is_missing_and_where(
    policy: Policy, opus: AIModel, alice: User
) -> None:
    browser = Browser(alice)
    draft = requests.save(ask_for(opus, purpose=""), by=alice)
    response = browser.post(f"/requests/{draft}/submit/")
    assert response.status_code == 422
    assert "Explain what you need the model for." in page(response)
    place = f'href="/requests/{draft}/edit/purpose/?back=check#id_purpose"'
    assert place in response.content.decode()


def test_withdraw_ends_the_request(in_review: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    address = f"/requests/{in_review}/withdraw/"
    response = browser.post(address, {"reason": "Plans changed."}, follow=True)
    assert "Reason given Plans changed." in page(response)
    again = browser.post(address, follow=True)
    assert again.status_code == 200
    assert "You already did this a moment ago." in page(again)


def test_withdraw_refuses_a_reason_that_is_too_long(in_review: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    response = browser.post(f"/requests/{in_review}/withdraw/", {"reason": "x" * 1001})
    assert response.status_code == 422
    in_review.refresh_from_db()
    assert in_review.state == "in_review"


def test_request_page_disables_what_is_refused_and_says_why(
    in_review: AccessRequest, alice: User
) -> None:
    browser = Browser(alice)
    html = " ".join(browser.get(f"/requests/{in_review}/").content.decode().split())
    assert 'disabled aria-describedby="why-edit"> Edit </button>' in html
    assert "is in review, so it can&#x27;t be changed." in html
    assert f'action="/requests/{in_review}/withdraw/"' in html


def test_request_page_leads_to_the_access(grant: Grant, alice: User) -> None:
    browser = Browser(alice)
    html = browser.get(f"/requests/{grant.access_request}/").content.decode()
    assert f'href="/access/{grant}/">Open your access' in html


def test_request_page_keeps_reviewers_names_and_words_to_itself(
    policy: Policy, opus: AIModel, alice: User, pat: User, lee: User, rita: User
) -> None:
    browser = Browser(alice)
    both = policies.StepInput("Both", Group.objects.get(name="Opus reviewers"), quorum=2)
    draft = policies.draft(policy, policies.VersionInput("T", [both]), by=pat)
    policies.publish(draft, by=lee)
    asked = requests.save(ask_for(opus), by=alice, submit=True)
    stage = asked.stages.get()
    votes.approve(stage, by=rita, reason="Rather weak.", shown=stage.revision.digest())
    shown = page(browser.get(f"/requests/{asked}/"))
    assert "A reviewer approved “Both”." in shown
    assert "Rita" not in shown
    assert "Rather weak" not in shown


def test_timeline_has_words_for_kinds_it_does_not_know() -> None:
    assert timeline.humanised("grant.looked_at") == "Grant looked at."
