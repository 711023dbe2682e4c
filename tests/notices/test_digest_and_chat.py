"""Daily digests, chat channels, and addresses that the mail server refuses."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.requests import requests
from requests_app.actions.review import stages, votes
from requests_app.models import Notice, ReviewerPreference, Stage
from requests_app.notices import delivery
from requests_app.notices.mail import send_digest
from tests.conftest import ask_for
from tests.support.worker_processes import Mailbox

pytestmark = pytest.mark.django_db


class ChatServer(HTTPServer):
    """What a chat's incoming webhook is: takes JSON by POST, and keeps it."""

    posts: list[dict[str, str]]
    status = 200


class Webhook(BaseHTTPRequestHandler):
    server: ChatServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *text: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def chat(settings: Settings) -> Iterator[ChatServer]:
    server = ChatServer(("127.0.0.1", 0), Webhook)
    server.posts = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.CHAT_URLS = [f"json://127.0.0.1:{server.server_port}/"]
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def patient_rita(rita: User) -> User:
    ReviewerPreference.objects.create(person=rita, daily_digest=True)
    return rita


@pytest.mark.parametrize(("hours", "waits"), [(47, False), (48, True), (7 * 24, True)])
def test_window_shorter_than_two_digests_is_reminded_one_by_one(
    stage: Stage, patient_rita: User, hours: int, waits: bool
) -> None:
    assert stage.opened_at
    noon = stage.opened_at.replace(hour=12, minute=0, second=0, microsecond=0)
    due_at = noon + timedelta(hours=hours)
    soon = noon + timedelta(hours=hours) / 4
    Stage.objects.update(opened_at=noon, due_at=due_at, remind_at=soon)
    stages.remind(stage.pk, now=soon)
    reminder = Notice.objects.get(template="stage_reminder", recipient=patient_rita)
    assert (reminder.channel == "digest") == waits


def test_reminder_with_no_digest_before_the_end_goes_at_once(
    stage: Stage, patient_rita: User
) -> None:
    assert stage.due_at
    late = stage.due_at - timedelta(hours=1)
    due_at = late.replace(hour=6, minute=0)  # an hour before the next digest
    Stage.objects.update(due_at=due_at, remind_at=due_at - timedelta(hours=2))
    stages.remind(stage.pk, now=due_at - timedelta(hours=1))
    reminder = Notice.objects.get(template="stage_reminder", recipient=patient_rita)
    assert reminder.channel == "mail"


def test_remind_puts_who_wants_a_digest_off_until_the_morning(
    stage: Stage, patient_rita: User, sam: User
) -> None:
    now = stage.opened_at + timedelta(days=2)
    stages.remind(stage.pk, now=now)
    reminders = Notice.objects.filter(template="stage_reminder")
    assert reminders.get(recipient=sam).next_try_at == now
    waiting = reminders.get(recipient=patient_rita)
    assert waiting.channel == "digest"
    assert now < waiting.next_try_at <= now + timedelta(days=1)


def test_digest_is_one_mail_for_all_that_waits(
    stage: Stage, patient_rita: User, bob: User, opus: AIModel
) -> None:
    other = requests.save(ask_for(opus), by=bob, submit=True).stages.get()
    now = timezone.now() + timedelta(days=2)
    for each in (stage, other):
        stages.remind(each.pk, now=now)
    morning = now + timedelta(days=1)
    assert delivery.due_for_digest(now) == []
    assert delivery.due_for_digest(morning) == [patient_rita.pk]
    mail.outbox.clear()
    assert send_digest(patient_rita.pk, now=morning)
    assert not send_digest(patient_rita.pk, now=morning + timedelta(days=9))
    assert [message.to for message in mail.outbox] == [[patient_rita.email]]
    assert mail.outbox[0].subject.startswith("2 requests need your decision, the first by ")
    for access_request in (stage.access_request, other.access_request):
        assert f"accessrequest/{access_request.pk}/change/" in mail.outbox[0].body


def test_digest_leaves_out_what_was_decided(stage: Stage, patient_rita: User, sam: User) -> None:
    now = timezone.now() + timedelta(days=2)
    stages.remind(stage.pk, now=now)
    votes.approve(stage, by=sam, reason="Yes.", shown=stage.revision.digest())
    mail.outbox.clear()
    assert not send_digest(patient_rita.pk, now=now + timedelta(days=1))
    assert mail.outbox == []


def test_chat_hears_of_a_stage_once_with_its_deadline(chat: ChatServer, stage: Stage) -> None:
    tasks.send_notices()
    tasks.send_notices()
    (post,) = chat.posts
    assert post["title"].startswith("Decide by ")
    assert post["title"].endswith(": Claude Opus 3")  # nothing of what the request says
    assert f"/accessrequest/{stage.access_request_id}/change/" in post["message"]


def test_chat_that_fails_is_tried_again_and_keeps_no_mail_waiting(
    chat: ChatServer, stage: Stage
) -> None:
    chat.status = 500
    tasks.send_notices()
    waiting = Notice.objects.get(sent_at=None)
    assert waiting.channel == "chat"
    chat.status = 200
    assert delivery.send(waiting.pk, now=waiting.next_try_at)


class Refusing(Mailbox):
    """A mail server that knows nobody called sam."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("sam@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def test_refused_address_is_marked_and_not_tried_again(
    stage: Stage, sam: User, settings: Settings
) -> None:
    with Refusing() as mailbox:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mailbox.port
        tasks.send_notices()
        refused = Notice.objects.get(recipient=sam)
        assert refused.dropped_at
        sam.refresh_from_db()
        assert "550" in sam.mail_problem
        assert not delivery.send(refused.pk, now=timezone.now() + timedelta(days=9))
    assert len(mailbox.messages) == Notice.objects.exclude(sent_at=None).count() == 2
