"""What goes on when a neighbour is away, and what never reaches the logs."""

import logging

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.client import encode_multipart
from django.urls import reverse
from pytest_django import Settings

from lifecycle.config.celery import app
from lifecycle.config.logs import RedactingFormatter
from lifecycle.people.models import User
from lifecycle.scheduling import wakeups
from requests_app import key_format
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NOBODY_THERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def no_cache(settings: Settings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "lifecycle.config.cache.FallbackCache", "LOCATION": NOBODY_THERE}
    }


def test_sign_in_goes_on_without_the_cache(no_cache: None, alice: User, client: Client) -> None:
    answer = client.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    assert answer.status_code == 302
    cache.set("anything", 1)
    assert cache.get("anything") == 1  # in this process


def test_password_reset_goes_on_without_the_mail_server(
    alice: User, client: Client, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = client.post(reverse("account_reset_password"), {"email": alice.email})
    assert answer.status_code == 302


def test_wake_gives_up_at_once_without_a_broker(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app.conf, "broker_write_url", NOBODY_THERE)
    monkeypatch.setattr(wakeups, "_quiet_until", 0.0)
    wakeups.wake("requests_app.tasks.send_notice", [[1], [2], [3]])
    assert caplog.messages == ["No broker (OperationalError); the sweeps will do it later."]


@pytest.mark.parametrize("query", ["?state__exact=%00", "?q=a%00b"])
def test_nul_in_a_filter_of_the_desk_is_refused(client: Client, rita: User, query: str) -> None:
    client.force_login(rita)
    page = f"/admin/requests_app/accessrequest/{query}"
    assert client.get(page).status_code == 400


@pytest.mark.parametrize("charset", ["utf-7", "hex"])
def test_form_in_an_odd_charset_is_refused(client: Client, alice: User, charset: str) -> None:
    client.force_login(alice)
    form = encode_multipart("x", {"full_name": "Alice M."})
    kind = "multipart/form-data; boundary=x"
    odd = client.generic("POST", "/profile/", form, f"{kind}; charset={charset}")
    assert odd.status_code == 400
    assert client.generic("POST", "/profile/", form, kind).status_code == 302


def test_log_line_never_holds_a_whole_key() -> None:
    key = key_format.new()
    record = logging.LogRecord("x", 30, "", 0, "Not Found: /models/%s/", (key,), None)
    line = RedactingFormatter().format(record)
    assert line == f"Not Found: /models/emk_…{key[-4:]}/"


def test_pages_of_signed_in_people_are_kept_by_no_cache(client: Client, alice: User) -> None:
    client.force_login(alice)
    for page in ("/requests/", "/access/", "/profile/", "/api/v1/me/"):
        assert "no-store" in client.get(page)["Cache-Control"], page
