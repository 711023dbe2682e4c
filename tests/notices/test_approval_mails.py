"""The mail of an approval says all that its reader needs for the first call."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from pytest_django import Settings

from lifecycle.catalogue.models import AccessRoute, AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Grant, Stage
from tests.notices.test_contradicting_mails import say_no
from tests.support.sent_mail import sent, sent_to

pytestmark = pytest.mark.django_db

Approve = Callable[[AccessRequest, User], Grant]
GATE = "https://models.example.org"


def to(person: User) -> tuple[str, str, str]:
    """Subject, text and HTML of the one mail that a person gets now."""
    (message,) = sent_to(person)
    (html, _kind), *_none = message.alternatives
    return str(message.subject), str(message.body), str(html)


def test_approval_says_dates_limits_and_the_first_call(
    limited: Stage, alice: User, rita: User, settings: Settings, approve: Approve
) -> None:
    settings.MODELS_URL = GATE
    AccessRoute.objects.update(api=AccessRoute.API.ANTHROPIC)
    grant = approve(limited.access_request, rita)
    assert grant.ends_at
    assert grant.claim_by
    _subject, text, html = to(alice)
    assert f"Your access runs until {grant.ends_at:%-d %B %Y, %H:%M} UTC." in text
    assert "At most 60 requests per minute and 100,000 tokens per day." in text
    assert f"Create your key by {grant.claim_by:%-d %B %Y, %H:%M} UTC" in text
    assert f"Create your key: http://localhost:8000/access/{grant.public_id}/#keys" in text
    assert f"export ANTHROPIC_BASE_URL={GATE}\nread -rs ANTHROPIC_API_KEY" in text
    assert 'curl "$ANTHROPIC_BASE_URL/v1/messages" \\\n  -H "x-api-key: $ANTHROPIC_API_KEY"' in text
    assert '    "model": "claude-3-opus-20240229",\n' in text
    assert f"Base URL: {GATE}\n" in text
    assert html.count("<pre") == 2


def test_approval_has_no_code_where_nobody_knows_the_base_url(
    in_review: AccessRequest, alice: User, rita: User, approve: Approve
) -> None:
    grant = approve(in_review, rita)
    _subject, text, html = to(alice)
    assert f"/access/{grant.public_id}/call/" in text
    assert "<pre" not in html
    assert "Base URL" not in text


def test_approval_shows_code_for_a_model_that_was_granted(
    in_review: AccessRequest, opus: AIModel, alice: User, rita: User, settings: Settings
) -> None:
    settings.MODELS_URL = GATE
    stage = in_review.stages.get()
    cut = replace(stage.revision.scope(), operations=("completions",), duration=timedelta(days=9))
    shown = stage.revision.digest()
    votes.approve(stage, by=rita, reason="Nine will do.", shown=shown, narrowed_to=cut)
    _subject, text, _html = to(alice)
    assert "You were granted less than you requested: completions instead of" in text
    assert "9 days instead of 90 days" in text
    assert "Nine will do." in text
    assert 'curl "$OPENAI_BASE_URL/completions"' in text


def test_mails_of_an_appeal_say_that_it_is_one(
    in_review: AccessRequest, alice: User, rita: User, sam: User
) -> None:
    say_no(in_review, rita)
    subject, text, _html = to(alice)
    assert "Or appeal once" in text
    appeal = requests.appeal(in_review, by=alice, reason="You have misread it.")
    subject, text, _html = to(alice)
    assert "Appeal: Claude Opus 3" in subject
    assert "We have received your appeal for Claude Opus 3." in text
    say_no(appeal, sam)
    subject, text, _html = to(alice)
    assert subject.startswith("Not approved: Appeal: Claude Opus 3")
    assert "Your appeal for Claude Opus 3 was not successful." in text
    assert "appeal once" not in text


def test_reviewers_of_an_appeal_read_that_they_had_no_vote(
    in_review: AccessRequest, alice: User, rita: User, sam: User
) -> None:
    say_no(in_review, rita)
    to(alice)
    requests.appeal(in_review, by=alice, reason="You have misread it.")
    subject, text, _html = to(sam)
    assert "Appeal: Claude Opus 3" in subject
    assert "This is an appeal against a decision in which you had no vote." in text
    assert "You have misread it." in text
    assert rita.email not in [one.to[0] for one in mail.outbox]


def test_appeal_that_is_granted_says_so(
    in_review: AccessRequest, alice: User, rita: User, sam: User, approve: Approve
) -> None:
    say_no(in_review, rita)
    approve(requests.appeal(in_review, by=alice, reason="You have misread it."), sam)
    (text,) = (str(one.body) for one in sent() if str(one.subject).startswith("Approved"))
    assert "Your appeal for Claude Opus 3 was successful: your request is approved." in text
