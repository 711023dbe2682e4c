"""Notices: one message to one recipient about one event, sent once."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from lifecycle.config.env import ROOT
from lifecycle.people import profiles
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.review import stages, votes
from requests_app.models import Notice, Stage
from requests_app.notices import outbox
from requests_app.notices.delivery import send
from requests_app.notices.registry import NOTICE_RULES, NoticeRule
from tests.support.worker_processes import Mailbox, kill, wait_until, worker

pytestmark = pytest.mark.django_db


def test_every_notice_has_its_template() -> None:
    folder = ROOT / "templates" / "mail"
    names = {rule.template for rules in NOTICE_RULES.values() for rule in rules}
    for name in names:
        assert (folder / f"{name}.html").exists(), name


def test_every_message_is_described_alike_wherever_it_is_sent() -> None:
    """A stored notice has only its template's name, so that has to lead to one description."""
    found: dict[str, NoticeRule] = {}
    for rule in (rule for rules in NOTICE_RULES.values() for rule in rules):
        assert found.setdefault(rule.template, rule)[1:] == rule[1:]


def test_mails_of_the_whole_path_say_what_they_must(claimed: ClaimedKey) -> None:
    tasks.send_notices()
    subjects = {message.to[0]: message.subject for message in mail.outbox}
    assert set(subjects) == {"alice@example.org"}  # nobody was asked before it was decided
    for message in mail.outbox:
        assert claimed.secret not in message.message().as_string()
        assert message.extra_headers["Auto-Submitted"] == "auto-generated"
        assert message.body.count("http://localhost:8000/") >= 1
        assert "None" not in message.body
        assert "None" not in message.subject


def test_request_for_review_names_the_deadline_in_the_subject(stage: Stage, rita: User) -> None:
    tasks.send_notices()
    message = next(m for m in mail.outbox if m.to == [rita.email])
    assert f"{stage.due_at:%Y}" in message.subject
    assert f"/admin/requests_app/accessrequest/{stage.access_request_id}/change/" in message.body


def test_a_deadline_is_named_by_the_readers_clock_too(stage: Stage, rita: User, sam: User) -> None:
    profiles.update_profile(
        rita, full_name="Rita", institution="", orcid="", country="", time_zone="Asia/Tokyo"
    )
    tasks.send_notices()
    content = {m.to[0]: (m.body, str(m.alternatives[0][0])) for m in mail.outbox}
    here = f"{stage.due_at.astimezone(ZoneInfo('Asia/Tokyo')):%H:%M} JST"
    assert all(here in text and "Your local time" in text for text in content[rita.email])
    assert not any("Your local time" in text for text in content[sam.email])


def test_requester_never_hears_as_a_reviewer(stage: Stage, alice: User, reviewers: Any) -> None:
    alice.groups.add(reviewers)
    stages.remind(stage.pk, now=timezone.now() + timedelta(days=2))
    assert not Notice.objects.filter(recipient=alice, template="stage_reminder").exists()


def test_send_twice_sends_once(stage: Stage) -> None:
    notice = Notice.objects.first()
    assert notice
    now = timezone.now()
    assert send(notice.pk, now=now)
    assert not send(notice.pk, now=now + timedelta(days=9))
    assert len(mail.outbox) == 1


def test_claimed_notice_is_left_alone_until_its_lease_ends(
    stage: Stage, settings: Settings
) -> None:
    notice = Notice.objects.first()
    assert notice
    now = timezone.now()
    assert outbox.claim(now, pk=notice.pk)
    assert not send(notice.pk, now=now + settings.NOTICE_LEASE - timedelta(seconds=1))
    assert send(notice.pk, now=now + settings.NOTICE_LEASE)


def test_reminder_is_not_sent_after_the_decision(stage: Stage, rita: User, sam: User) -> None:
    tasks.send_notices()
    stages.remind(stage.pk, now=stage.opened_at + timedelta(days=2))
    votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
    mail.outbox.clear()
    Notice.objects.filter(sent_at=None).update(next_try_at=timezone.now())
    tasks.send_notices()
    assert not [message for message in mail.outbox if "Reminder" in message.subject]
    assert [m.to for m in mail.outbox if "Nothing left to decide" in m.subject] == [[sam.email]]


def test_failed_hand_over_is_tried_again_later(stage: Stage, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    notice = Notice.objects.first()
    assert notice
    now = timezone.now()
    assert not send(notice.pk, now=now)
    notice.refresh_from_db()
    assert notice.next_try_at == now + timedelta(minutes=1)
    assert notice.problem == "ConnectionRefusedError"


def test_hand_over_is_tried_every_six_hours_in_the_end(stage: Stage) -> None:
    now, notice = timezone.now(), Notice.objects.first()
    assert notice
    pauses = []
    for notice.tries in (1, 2, 8, 9, 10, 1_000):
        Notice.objects.update(tries=notice.tries)
        outbox.mark_failed(notice, now, "SMTPServerDisconnected")
        notice.refresh_from_db()
        pauses.append((notice.next_try_at - now) / timedelta(minutes=1))
    assert pauses == [1, 2, 128, 256, 360, 360]


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_worker_killed_between_decision_and_mail_sends_each_once(
    stage: Stage, rita: User, sam: User, alice: User, tmp_path: Path
) -> None:
    Notice.objects.update(sent_at=timezone.now(), problem="before")
    with Mailbox() as mailbox:
        mailbox.held.set()
        told = {"EMAIL_URL": mailbox.url, "NOTICE_LEASE_SECONDS": "3"}
        with worker(tmp_path, **told) as first:
            votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
            wait_until(lambda: mailbox.started, what="a mail in the middle of its hand-over")
            kill(first)
        assert mailbox.messages == []
        mailbox.held.clear()
        with worker(tmp_path, **told):
            due = Notice.objects.filter(sent_at=None, dropped_at=None)
            wait_until(lambda: not due.exists(), what="all notices")
    sent = Notice.objects.exclude(sent_at=None).filter(problem="")
    assert len(mailbox.messages) == sent.count() == 2
    assert sorted(sent.values_list("template", "recipient__full_name")) == [
        ("request_approved", "Alice"),
        ("stage_decided", "Sam"),
    ]
