"""Service tokens that were found: refused at once, and their owner told, whatever else fails."""

import json
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from lifecycle.people import account_deletion
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.keys import service_tokens
from requests_app.actions.keys.service_tokens import NewToken
from requests_app.models import ServiceToken, TokenPermission
from requests_app.notices import direct_mail
from tests.support.api_client import API
from tests.support.desk_client import signed_in, text_of
from tests.support.smtp_server import RefusingServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def leaked(ada: User, alice: User) -> NewToken:
    end = timezone.now() + timedelta(days=9)
    return service_tokens.create(
        "Nightly", owner=alice, permissions=[TokenPermission.READ], expires_at=end, by=ada
    )


def report(found: str) -> int:
    sent = json.dumps({"keys": [found]})
    door = f"{API}/leaked-keys/"
    return Client().post(door, sent, content_type="application/json").status_code


def me(secret: str) -> int:
    return Client().get(f"{API}/me/", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_report_refuses_the_token_at_once(leaked: NewToken, ada: User) -> None:
    assert me(leaked.secret) == 200
    assert report(f'TOKEN = "{leaked.secret}"') == 204
    assert me(leaked.secret) == 401
    desk = text_of(signed_in(ada).get("/admin/requests_app/servicetoken/"))
    assert "UTC after it was reported as leaked" in desk


def test_report_by_the_page_does_the_same(leaked: NewToken) -> None:
    assert Client().post("/report-a-key/", {"key": leaked.secret}).status_code == 302
    assert me(leaked.secret) == 401


def test_owner_is_told_once(leaked: NewToken, alice: User) -> None:
    report(leaked.secret)
    assert (tasks.notify_leaked_token_owners(), tasks.notify_leaked_token_owners()) == (1, 0)
    [message] = mail.outbox
    assert message.to == [alice.email]
    assert "“Nightly”" in message.body
    assert leaked.secret not in message.message().as_string()


def tell_through(settings: Settings, server: RefusingServer, now: datetime) -> bool:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    return direct_mail.send_token_leaked(ServiceToken.objects.get().pk, now=now)


@pytest.mark.parametrize("answer", ["451 later", "550 5.7.1 Relay access denied"])
def test_owner_is_told_later_and_later_while_the_mail_server_takes_nothing(
    leaked: NewToken, settings: Settings, answer: str
) -> None:
    report(leaked.secret)
    now = timezone.now()
    with RefusingServer("RCPT", answer) as server:
        for minutes in (1, 2, 4):
            assert not tell_through(settings, server, now)
            assert not ServiceToken.objects.leaked_awaiting_notice(now).exists()
            now += timedelta(minutes=minutes)
            assert ServiceToken.objects.leaked_awaiting_notice(now).exists()
    with RefusingServer() as server:
        assert tell_through(settings, server, now)
        assert len(server.messages) == 1


def test_owner_whose_address_is_refused_for_good_is_not_mailed_again(
    leaked: NewToken, settings: Settings, alice: User
) -> None:
    report(leaked.secret)
    now = timezone.now()
    with RefusingServer("RCPT", "550 5.1.1 User unknown") as server:
        assert not tell_through(settings, server, now)
    assert not ServiceToken.objects.leaked_awaiting_notice(now + timedelta(days=9)).exists()
    alice.refresh_from_db()
    assert "User unknown" in alice.mail_problem


def test_report_of_a_token_refused_already_changes_nothing(leaked: NewToken, ada: User) -> None:
    before = service_tokens.revoke(leaked.token, by=ada)
    assert report(leaked.secret) == 204
    after = ServiceToken.objects.get()
    assert (after.revoked_at, after.revoked_by) == (before.revoked_at, ada)
    assert tasks.notify_leaked_token_owners() == 0


def test_nobody_is_told_of_a_token_whose_owner_deleted_the_account(
    leaked: NewToken, alice: User
) -> None:
    report(leaked.secret)
    account_deletion.forget(alice)
    assert tasks.notify_leaked_token_owners() == 0
    assert not mail.outbox
