"""Owners are told 14, 7 and 1 days before a service token ends."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.keys import service_tokens
from requests_app.models import ServiceToken
from tests.support.smtp_server import RefusingServer

pytestmark = pytest.mark.django_db

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def made(owner: User, days: int) -> ServiceToken:
    end = timezone.now() + days * DAY
    return service_tokens.create(
        "Nightly", owner=owner, permissions=["read"], expires_at=end, by=owner
    ).token


def told(at: datetime) -> int:
    """How many are told by two sweeps at a time."""
    with time_machine.travel(at, tick=False):
        return sum(int(tasks.notify_expiring_token_owners()) for _ in range(2))


@pytest.mark.parametrize(
    ("length", "days_before"), [(90, [14, 7, 1]), (14, [7, 1]), (3, [1]), (1, [])]
)
def test_owner_is_told_once_at_each_time(length: int, days_before: list[int], alice: User) -> None:
    token = made(alice, length)
    for days in days_before:
        assert told(token.expires_at - days * DAY - MINUTE) == 0
        assert told(token.expires_at - days * DAY) == 1
    assert told(token.expires_at - MINUTE) == 0
    assert len(mail.outbox) == len({one.extra_headers["Message-ID"] for one in mail.outbox})
    assert len(mail.outbox) == len(days_before)


def test_mail_says_what_ends_and_never_the_secret(alice: User) -> None:
    token = made(alice, 30)
    service_tokens.note_use(token)
    told(token.expires_at - DAY)
    [message] = mail.outbox
    assert message.to == [alice.email]
    assert message.subject.startswith("Your service token “Nightly” ends on ")
    assert f"ending in {token.last_four} works until" in message.body
    assert "It was last used on" in message.body
    assert "rotate it" in message.body


def test_late_sweep_tells_once(alice: User) -> None:
    token = made(alice, 90)
    assert told(token.expires_at - 2 * DAY) == 1
    assert told(token.expires_at - DAY) == 1


def test_nobody_is_told_of_what_no_longer_matters(alice: User, bob: User) -> None:
    revoked, rotated, barred = made(alice, 30), made(alice, 30), made(bob, 30)
    service_tokens.revoke(revoked, by=alice)
    successor = service_tokens.rotate(rotated, by=alice, overlap=7 * DAY).token
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert told(max(barred.expires_at, successor.expires_at) - DAY) == 1
    successor.refresh_from_db()
    assert successor.expiry_notice_at is None


def test_what_the_mail_server_did_not_take_is_sent_later(alice: User, settings: Settings) -> None:
    token = made(alice, 30)
    due = token.expires_at - 14 * DAY
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    with RefusingServer("RCPT", "451 later") as server:
        settings.EMAIL_PORT = server.port
        assert told(due) == 0
    with RefusingServer("RCPT", "550 5.1.1 User unknown") as server:
        settings.EMAIL_PORT = server.port
        assert told(due + MINUTE) == 0
    alice.refresh_from_db()
    assert "User unknown" in alice.mail_problem
    with RefusingServer() as server:
        settings.EMAIL_PORT = server.port
        assert told(due + DAY) == 0  # for good until the next notice is due
        assert told(due + 7 * DAY) == 1
        assert len(server.messages) == 1


def test_a_failed_try_makes_the_next_notice_no_later(alice: User, settings: Settings) -> None:
    token = made(alice, 30)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    for days in (14, 7):
        due = token.expires_at - days * DAY
        with RefusingServer("RCPT", "451 later") as server:
            settings.EMAIL_PORT = server.port
            assert told(due) == 0
        with RefusingServer() as server:
            settings.EMAIL_PORT = server.port
            assert told(due + MINUTE) == 1
