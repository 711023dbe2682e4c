"""With its database away the site says so: 503, and when to come again."""

import pytest
from django.test import Client
from pytest_django import Settings

from lifecycle.people.models import User
from tests.keys.test_secrets_nowhere import database_gone

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ("/", "/models/claude-3-opus-20240229/", "/requests/", "/admin/", "/accounts/login/")


def test_pages_say_so(alice: User) -> None:
    visitor, client = Client(raise_request_exception=False), Client(raise_request_exception=False)
    client.force_login(alice)
    with database_gone():
        for page in PAGES:
            answer = client.get(page)
            assert answer.status_code == 503, page
            assert "Retry-After" in answer
            assert "reach the database. What you sent was not saved." in answer.content.decode()
        sent = {"login": alice.email, "password": "a long enough phrase"}
        assert visitor.post("/accounts/login/", sent).status_code == 503
    assert client.get("/requests/").status_code == 200


def test_metrics_say_so_in_a_line(settings: Settings, db: None) -> None:
    settings.METRICS_TOKEN = "a token of Prometheus"
    bearer = {"Authorization": "Bearer a token of Prometheus"}
    with database_gone():
        answer = Client(raise_request_exception=False).get("/metrics", headers=bearer)
    assert answer.status_code == 503
    assert answer.content == b"The database doesn't answer.\n"


def test_api_says_so_as_a_problem(alice: User) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    with database_gone():
        answer = client.get("/api/v1/requests/")
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
