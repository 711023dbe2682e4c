"""Pressing twice does it once and shows the result; what is too large leads back to its form."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Event, Grant, Key, Policy
from requests_app.states import KeyState
from requests_app.transitions.transition import record_event
from tests.conftest import PASSWORD
from tests.support.page_client import Browser, fill, other_model, page
from tests.web.test_files import add

pytestmark = pytest.mark.django_db

DONE = "You already did this a moment ago."


def test_sending_twice_sends_once_and_shows_the_request(draft: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    fill(browser, draft)
    browser.post(f"/requests/{draft}/submit/")
    shown = browser.post(f"/requests/{draft}/submit/", follow=True)
    assert shown.status_code == 200
    assert DONE in page(shown)
    assert Event.objects.filter(kind="request.submitted").count() == 1


def test_sending_twice_shows_the_request_whatever_else_was_recorded(
    draft: AccessRequest, alice: User, rita: User
) -> None:
    """As where a reviewer takes part, of which the owners of the policy are told."""
    browser = Browser(alice)
    fill(browser, draft)
    browser.post(f"/requests/{draft}/submit/")
    draft.refresh_from_db()
    note = {"revision": 1, "people": [str(rita.pk)]}
    with transaction.atomic():
        record_event(
            draft, "request.reviewers_take_part", by=alice, at=timezone.now(), details=note
        )
    shown = browser.post(f"/requests/{draft}/submit/", follow=True)
    assert (shown.status_code, DONE in page(shown)) == (200, True)


def test_ending_twice_ends_once_and_shows_the_access(grant: Grant, alice: User) -> None:
    browser = Browser(alice)
    browser.post(f"/access/{grant}/end/")
    shown = browser.post(f"/access/{grant}/end/", follow=True)
    assert (shown.status_code, DONE in page(shown)) == (200, True)


def test_a_button_of_an_old_page_is_still_refused(in_review: AccessRequest, alice: User) -> None:
    """What was done long ago is no second click."""
    address = f"/requests/{in_review}/withdraw/"
    requests.withdraw(in_review, by=alice)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert Browser(alice).post(address).status_code == 409


def test_the_chooser_leaves_out_what_one_holds_or_has_asked_for(
    claimed: ClaimedKey, alice: User, bob: User
) -> None:
    policy = claimed.key.grant.access_request.policy_version.policy
    policy.ai_models.add(other_model("sonnet", "request"))
    offered = {who: page(Browser(who).get("/requests/new/")) for who in (alice, bob)}
    assert ("Claude Opus 3" in offered[alice], "sonnet" in offered[alice]) == (False, True)
    assert "Claude Opus 3" in offered[bob]


def test_too_large_a_file_leads_back_to_its_form(
    draft: AccessRequest, alice: User, settings: Settings
) -> None:
    settings.FILE_MAX_BYTES = 102_400
    answer = add(alice, draft, "plan.txt", b"x" * 200_000)
    assert answer.status_code == 413
    assert "This file is too large: the limit is 100 KB." in page(answer)
    assert answer.context["form"].errors["file"]


def test_sign_up_keeps_the_model_that_was_chosen(
    policy: Policy, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    wanted = "/requests/new/?model=claude-3-opus-20240229"
    words = {"password1": PASSWORD, "password2": PASSWORD}
    typed = {"full_name": "Ada", "email": "ada@example.org", "next": wanted, **words}
    client.post("/accounts/signup/", typed)
    link = re.findall(r"/accounts/confirm-email/\S+", str(mailoutbox[0].body))[0]
    chosen = client.post(link, follow=True)
    assert chosen.request["QUERY_STRING"] == "model=claude-3-opus-20240229"


def test_making_a_key_twice_makes_one_and_says_what_to_do(grant: Grant, alice: User) -> None:
    browser = Browser(alice)
    assert "emk_" in page(browser.post(f"/access/{grant}/claim/"))
    shown = browser.post(f"/access/{grant}/claim/", follow=True)
    key = Key.objects.get()
    assert shown.status_code == 200
    assert f"we created one key, ending in {key.last_four}." in page(shown)
    assert "revoke it here and create a new one" in page(shown)


def test_rotating_twice_shows_a_key_that_works(claimed: ClaimedKey, alice: User) -> None:
    browser, address = Browser(alice), f"/keys/{claimed.key.public_id}/rotate/"
    answers = [page(browser.post(address)) for _ in (1, 2)]
    assert all("emk_" in answer for answer in answers)
    assert Key.objects.get(state=KeyState.ACTIVE).last_four in answers[1]


def test_rotating_while_the_first_press_is_at_work_says_what_to_do(
    claimed: ClaimedKey, alice: User
) -> None:
    new = Key.objects.get(pk=claimed.key.pk)
    new.pk, new.public_id, new.digest = None, "key_0123456789abcdef", b"d" * 32
    new.state, new.created_at = KeyState.ISSUING, timezone.now()
    new.save()
    shown = Browser(alice).post(f"/keys/{claimed.key.public_id}/rotate/", follow=True)
    assert shown.status_code == 200
    assert "You clicked twice, so we created one key" in page(shown)


def test_an_old_pages_button_for_a_key_is_still_refused(claimed: ClaimedKey, alice: User) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        answer = Browser(alice).post(f"/access/{claimed.key.grant}/claim/")
    assert (answer.status_code, "You already have a key" in page(answer)) == (409, True)
