"""A password is where its hash is, and nowhere else: not in a log, a mail, a queue or a session."""

import logging

import pytest
from django.core import mail
from django.test import Client

from lifecycle.people.models import User
from tests.support import secret_search
from tests.support.secret_search import Overheard, Written, found

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, SECOND, WRONG = "vQ8-plumb-otter-kiln", "Tz3-amber-wharf-lute", "Yx7-cobalt-fern-mist"


def sign_up_and_change(client: Client) -> None:
    """And guess one wrongly, for somebody whom nobody knows too, and with a form of elsewhere."""
    new = {"email": "new@example.org", "full_name": "New", "password1": FIRST, "password2": FIRST}
    client.post("/accounts/signup/", new)
    assert User.objects.get(email="new@example.org").check_password(FIRST)
    client.post("/accounts/logout/")
    for person in ("new@example.org", "nobody@example.org"):
        client.post("/accounts/login/", {"login": person, "password": WRONG})
    forged = {"login": "new@example.org", "password": FIRST}
    assert Client(enforce_csrf_checks=True).post("/accounts/login/", forged).status_code == 403
    client.force_login(User.objects.get(email="new@example.org"))
    change = {"oldpassword": FIRST, "password1": SECOND, "password2": SECOND}
    client.post("/accounts/password/change/", change | {"oldpassword": WRONG})
    client.post("/accounts/password/change/", change)
    assert User.objects.get(email="new@example.org").check_password(SECOND)


def test_no_password_is_found_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), Overheard() as overheard:
        sign_up_and_change(Client())
    written: list[Written] = [
        *secret_search.database(),
        *secret_search.mails(str(message.message()) for message in mail.outbox),
        *secret_search.valkey(),
        *overheard.written(),
        ("log", caplog.text.encode()),
    ]
    assert mail.outbox
    assert "Forbidden" in caplog.text  # it was read
    for password in (FIRST, SECOND, WRONG):
        assert found(password, written) == []
    assert "table people_user" in {place for place, text in written if b"new@example.org" in text}
