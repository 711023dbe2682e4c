"""A fault of the way to a mail server is never booked as a fault of who was to get the mail."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.models import Notice, Stage
from requests_app.notices import delivery
from tests.support.desk_client import INDEX, signed_in, text_of
from tests.support.smtp_server import GONE, RefusingServer
from tests.support.soak_sizes import some

pytestmark = pytest.mark.django_db

CODES = (421, 451, 530, 535, 550, 554)
COMMANDS = ("connect", "EHLO", "AUTH", "MAIL", "DATA", "content")
FAULTS_OF_THE_WAY = [
    *((command, f"{code} no") for command in COMMANDS for code in CODES),
    *((command, GONE) for command in (*COMMANDS, "RCPT")),
    *(("RCPT", f"{code} no") for code in (421, 450, 451, 452, 455, 500, 503, 530, 535, 554, 555)),
    ("RCPT", "554 5.7.1 <sam@example.org>: Relay access denied"),
    ("RCPT", "550 5.7.1 Unable to relay"),
    ("RCPT", "550 relay not permitted"),
    ("RCPT", "550 Authentication is required for relay"),
    ("RCPT", "550 5.7.1 Service unavailable; Client host blocked"),
    ("RCPT", "550 5.1.8 Sender address rejected: Domain not found"),
    ("RCPT", "553 5.1.7 Bad sender address"),
    ("RCPT", "550 5.4.1 Recipient address rejected: Access denied"),
]
SAID_OF_THE_ADDRESS = [
    "550 no such mailbox",
    "550 5.1.1 User unknown",
    "550 5.1.10 Recipient address has a null MX",
    "551 User not local",
    "552 5.2.2 Mailbox full",
    "553 5.1.3 Bad address syntax",
    "554 5.2.1 Mailbox disabled",
    "556 5.1.10 Recipient domain takes no mail",
]


@pytest.fixture
def notice(stage: Stage, sam: User) -> Notice:
    return Notice.objects.get(recipient=sam)


def send_through(settings: Settings, server: Any, notice: Notice) -> bool:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "emeritus", "a password"
    return delivery.send(notice.pk, now=notice.next_try_at)


@pytest.mark.parametrize(("command", "answer"), some(FAULTS_OF_THE_WAY, 10))
def test_a_fault_of_the_way_is_tried_again_and_says_nothing_of_the_address(
    settings: Settings, notice: Notice, sam: User, command: str, answer: str
) -> None:
    with RefusingServer(command, answer) as server:
        assert not send_through(settings, server, notice)
    due = notice.next_try_at
    notice.refresh_from_db()
    sam.refresh_from_db()
    assert notice.dropped_at is None
    assert notice.next_try_at == due + timedelta(minutes=1)
    assert sam.mail_problem == ""
    with RefusingServer() as server:
        assert send_through(settings, server, notice)
        assert len(server.messages) == 1


@pytest.mark.parametrize("answer", SAID_OF_THE_ADDRESS)
def test_what_is_said_of_the_recipient_for_good_marks_the_address(
    settings: Settings, notice: Notice, sam: User, answer: str
) -> None:
    with RefusingServer("RCPT", answer) as server:
        assert not send_through(settings, server, notice)
    notice.refresh_from_db()
    sam.refresh_from_db()
    assert notice.dropped_at
    assert sam.mail_problem.startswith(answer[:3])


@pytest.mark.parametrize("answer", ["500 no", "421 no", GONE])
def test_what_follows_the_hand_over_takes_nothing_back(
    settings: Settings, notice: Notice, answer: str
) -> None:
    with RefusingServer("QUIT", answer) as server:
        assert send_through(settings, server, notice)
        assert len(server.messages) == 1


def test_operators_see_on_the_desk_that_mail_is_not_taken(
    settings: Settings, notice: Notice, pat: User, rita: User
) -> None:
    settings.OPERATOR_EMAILS = [pat.email]
    assert "couldn't be sent" not in text_of(signed_in(pat).get(INDEX))
    with RefusingServer("AUTH", "535 5.7.8 Bad credentials") as server:
        send_through(settings, server, notice)
        page = text_of(signed_in(pat).get(INDEX))
    assert "1 message couldn't be sent" in page
    assert "5.7.8 Bad credentials" in page
    assert "couldn't be sent" not in text_of(signed_in(rita).get(INDEX))
