"""A mail that is sent late says what is so, or isn't sent."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.grants import grants, suspensions
from requests_app.actions.keys import key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.actions.review import stages, votes
from requests_app.models import Grant, Notice, Policy, ReviewerPreference, Stage
from requests_app.notices.mail import send_digest
from tests.conftest import ask_for
from tests.support import sent_mail

pytestmark = pytest.mark.django_db


def sent(template: str, to: User) -> str:
    """What `to` gets when every sweep until now had failed: subject and text."""
    now = timezone.now()
    Notice.objects.filter(dropped_at=None).update(sent_at=now)
    mine = Notice.objects.filter(template=template, recipient=to)
    mine.update(sent_at=None, next_try_at=now)
    return "".join(f"{message.subject}\n{message.body}" for message in sent_mail.sent())


def test_received_names_the_step_it_went_to_though_that_is_over(
    two_steps: Policy, opus: AIModel, alice: User, rita: User
) -> None:
    in_review = requests.save(ask_for(opus), by=alice, submit=True)
    stage = in_review.stages.open().get()
    votes.approve(stage, by=rita, reason="Sound.", shown=stage.revision.digest())
    text = sent("request_received", alice)
    assert f"decision by {stage.due_at:%-d %B %Y}" in text
    assert "It went to the reviewers of “Triage”" in text
    assert "None" not in text


def test_returned_is_not_sent_once_it_was_answered(
    stage: Stage, opus: AIModel, alice: User, sam: User
) -> None:
    votes.ask_for_changes(stage, by=sam, reason="Which?", shown=stage.revision.digest())
    requests.save(
        ask_for(opus, purpose="Better."), by=alice, access_request=stage.access_request, submit=True
    )
    assert sent("request_returned", alice) == ""


def test_reminder_is_not_sent_to_who_has_voted_meanwhile(
    stage: Stage, rita: User, sam: User
) -> None:
    stages.remind(stage.pk, now=stage.remind_at)
    votes.recuse(stage, by=rita, reason="We share a grant.")
    assert sent("stage_reminder", rita) == ""
    assert "still needs your decision" in sent("stage_reminder", sam)


def test_approved_does_not_promise_an_access_that_has_ended(grant: Grant, alice: User) -> None:
    grants.end(grant, by=alice)
    text = sent("request_approved", alice)
    assert "has ended since: Ended by its holder." in text
    assert "Create your key" not in text


def test_shortened_twice_says_the_end_that_holds(grant: Grant, alice: User) -> None:
    first, second = (timezone.now() + timedelta(days=days) for days in (20, 10))
    for ends_at in (first, second):
        grants.shorten(grant, by=alice, ends_at=ends_at)
    text = sent("grant_shortened", alice)
    assert f"{first:%-d %B %Y, %H:%M}" not in text
    assert f"brought forward to {second:%-d %B %Y, %H:%M}" in text


def test_resumed_does_not_say_that_keys_of_a_withdrawn_model_work(
    grant: Grant, alice: User, pat: User
) -> None:
    suspensions.suspend(grant, by=pat, reason="We look into it.")
    AIModel.objects.update(withdrawn_at=timezone.now())
    suspensions.resume(grant, by=pat, reason="All is well.")
    text = sent("grant_resumed", alice)
    assert "all its models have been withdrawn" in text
    assert "work again" not in text


def test_end_of_a_suspended_access_offers_nothing_that_is_refused(
    grant: Grant, alice: User, pat: User
) -> None:
    with time_machine.travel(grant.expiry_notice_at, tick=False):
        assert grants.announce_end(grant.pk, now=timezone.now())
        suspensions.suspend(grant, by=pat, reason="We look into it.")
        text = sent("grant_ends_soon", alice)
    assert "It is suspended. You can request an extension once it is resumed." in text
    assert "Request an extension:" not in text


def test_claimed_does_not_say_that_a_revoked_key_works(claimed: ClaimedKey, alice: User) -> None:
    key_revocation.revoke(claimed.key, by=alice)
    assert "It no longer works." in sent("key_claimed", alice)


def test_mail_names_the_models_of_the_text_that_was_sent(
    stage: Stage, opus: AIModel, alice: User, sam: User
) -> None:
    votes.ask_for_changes(stage, by=sam, reason="Which?", shown=stage.revision.digest())
    requests.save(ask_for(opus), by=alice, access_request=stage.access_request)
    other = AIModel.objects.create(identifier="other", provider=opus.provider, name="Other")
    stage.access_request.revision.ai_models.set([other])
    assert "Changes requested: Claude Opus 3" in sent("request_returned", alice)


def test_digest_has_the_same_name_for_the_same_rows_only(
    stage: Stage, opus: AIModel, bob: User, rita: User
) -> None:
    ReviewerPreference.objects.create(person=rita, daily_digest=True)
    second = requests.save(ask_for(opus), by=bob, submit=True).stages.get()
    later = stage.opened_at + timedelta(days=2)
    for each in (stage, second):
        stages.remind(each.pk, now=later)
    names = [digest_name(rita, later + timedelta(days=1)) for _ in range(2)]
    Notice.objects.filter(channel="digest", event__subject=f"stage-{second.pk}").delete()
    names.append(digest_name(rita, later + timedelta(days=1)))
    assert names[0] == names[1] != names[2]


def digest_name(to: User, now: datetime) -> str:
    """Send the digest as if nobody had been told that it was sent before."""
    waiting = Notice.objects.filter(recipient=to, channel="digest")
    waiting.update(sent_at=None, next_try_at=timezone.now())
    mail.outbox.clear()
    assert send_digest(to.pk, now=now)
    return str(mail.outbox[0].extra_headers["Message-ID"])
