"""The pages of somebody's access, and its key."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Grant
from tests.support.page_client import Browser, main_of, page

pytestmark = pytest.mark.django_db


def test_claim_shows_the_key_once(grant: Grant, alice: User) -> None:
    browser = Browser(alice)
    response = browser.post(f"/access/{grant}/claim/")
    secret = re.findall(r"emk_\w{36}", response.content.decode())
    assert len(secret) == 1
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    for address in (f"/access/{grant}/", "/access/", f"/requests/{grant.access_request}/"):
        assert secret[0] not in browser.get(address).content.decode()
    assert secret[0] not in str(dict(browser.session)) + str(browser.cookies)


def test_claim_page_has_a_line_to_try(grant: Grant, alice: User) -> None:
    browser = Browser(alice)
    html = browser.post(f"/access/{grant}/claim/").content.decode()
    assert "curl -i http://localhost:8001/gateway/check" in html
    assert "Authorization: Bearer" in html
    assert "X-Emeritus-Model: claude-3-opus-20240229" in html


def test_a_second_claim_is_refused_with_its_sentence(claimed: ClaimedKey, alice: User) -> None:
    browser = Browser(alice)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):  # no double click any more
        response = browser.post(f"/access/{claimed.key.grant}/claim/")
    assert response.status_code == 409
    assert "You already have a key for this access." in page(response)


def test_revoke_refuses_the_key_and_offers_another(claimed: ClaimedKey, alice: User) -> None:
    browser = Browser(alice)
    response = browser.post(f"/keys/{claimed.key.public_id}/revoke/", follow=True)
    assert "no longer works" in page(response)
    assert "Create key</button>" in response.content.decode()


def test_end_gives_the_access_back(claimed: ClaimedKey, alice: User) -> None:
    browser = Browser(alice)
    grant = claimed.key.grant
    response = browser.post(f"/access/{grant}/end/", {"reason": "Done."}, follow=True)
    assert "Why it ended Done." in page(response)
    assert "Revoked" in page(response)
    assert "<button" not in main_of(response)


def test_waiting_access_says_when_it_starts(grant: Grant, alice: User) -> None:
    browser = Browser(alice)
    Grant.objects.update(state="waiting", activated_at=None, ends_at=None, claim_by=None)
    shown = page(browser.get(f"/access/{grant}/"))
    assert "It starts automatically." in shown
    assert "This grant is waiting" in shown
