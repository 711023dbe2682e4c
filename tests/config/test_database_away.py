"""With its database away the site says so: 503, and when to come again."""

import pytest
from django.test import Client
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app import key_format
from tests.keys.test_secrets_nowhere import database_gone

PROBLEM = "application/problem+json"
pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ("/", "/models/claude-3-opus-20240229/", "/requests/", "/admin/", "/accounts/login/")
DESK = ("/admin/requests_app/stage/", "/admin/requests_app/policy/1/change/", "/admin/logout/")
FILES = ("/feeds/changes.atom", "/feeds/retirements.ics", "/badges/models/claude-3-opus.svg")
PROBLEMS = ("/api/v1/models/", "/api/v1/requests/", "/gateway/usage", "/api/v1/grants/x/claim/")
OAUTH = ("/oauth/introspect", "/oauth/revoke")


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


def test_every_kind_of_address_says_when_to_come_again(rita: User) -> None:
    client, program = (Client(raise_request_exception=False) for _ in range(2))
    client.force_login(rita)
    bearer = {"Authorization": f"Bearer {key_format.new('ems')}"}
    with database_gone():
        seen = [(client.get(path), "text/html") for path in (*DESK[:2], *FILES)]
        seen += [(client.post(path), "text/html") for path in DESK[2:]]
        seen += [(client.get(path), PROBLEM) for path in PROBLEMS[:2]]
        seen += [(client.post(path, headers=bearer), PROBLEM) for path in PROBLEMS[2:]]
        seen += [(program.post(path, headers=bearer), "application/json") for path in OAUTH]
    for answer, kind in seen:
        assert answer.status_code == 503, answer
        assert int(answer["Retry-After"]) > 0
        assert answer["Content-Type"].startswith(kind), answer
