"""A copy of one's own data: everything of the person, no secret, and nothing of others."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.keys import service_tokens
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Usage
from requests_app.reports import data_export
from tests.conftest import PASSWORD
from tests.support.authenticator import SECRET, code, sign_in, with_app
from tests.support.page_client import Browser

pytestmark = pytest.mark.django_db


def exported(person: User) -> dict[str, Any]:
    """Through the page, with the password that it takes."""
    browser = Browser()
    sign_in(person, browser)
    browser.post("/accounts/2fa/authenticate/", {"code": code()})
    first = browser.get("/account/export/")
    answer = browser.post(first["Location"], {"password": PASSWORD}, follow=True)
    assert 'filename="emeritus-my-data.json"' in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "private, no-store"
    told: dict[str, Any] = json.loads(answer.content)
    return told


def test_export_has_everything_of_a_researcher(claimed: ClaimedKey, alice: User) -> None:
    key = claimed.key
    Usage.objects.create(
        key=key, ai_model=key.grant.granted_models.get().ai_model, day="2026-01-06", requests=7
    )
    told = exported(with_app(alice))
    assert told["profile"]["email"] == "alice@example.org"
    assert told["addresses"][0]["verified"]
    assert told["second_factors"][0]["type"] == "totp"
    assert told["devices"][0]["ip"] == "127.0.0.1"
    (request,) = told["requests"]
    assert request["texts"][0]["purpose"] == "Compare refusals."
    assert request["texts"][0]["models"] == ["claude-3-opus-20240229"]
    assert "request.submitted" in {each["kind"] for each in request["history"]}
    assert told["grants"][0]["public_id"] == str(key.grant)
    assert told["keys"][0]["last_four"] == key.last_four
    assert told["usage"][0]["requests"] == 7
    assert "key.claimed" in {event["kind"] for event in told["events"]}


def test_export_has_no_secret_and_no_word_of_others(
    claimed: ClaimedKey, alice: User, ada: User
) -> None:
    end = timezone.now() + timedelta(days=9)
    made = service_tokens.create("Robot", owner=alice, permissions=["read"], expires_at=end, by=ada)
    text = json.dumps(exported(with_app(alice)))
    for secret in (claimed.secret, made.secret, SECRET, "gAAAA", "md5$", "session_key"):
        assert secret not in text
    for word in ("Sound plan.", "rita", "Rita", "ada@example.org"):
        assert word not in text


def test_export_of_a_reviewer_has_their_votes(claimed: ClaimedKey, rita: User) -> None:
    told = data_export.of_person(rita)
    assert [vote["reason"] for vote in told["votes"]] == ["Sound plan."]
    assert told["votes"][0]["request"] == str(claimed.key.grant.access_request)
    assert told["groups"] == ["Opus reviewers"]
