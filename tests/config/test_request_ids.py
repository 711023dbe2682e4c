"""One ID from the caller's request to its answer, logs, events and the tasks that it wakes."""

import logging
from typing import Any

import pytest
from celery import signals
from celery.app.trace import build_tracer
from django.test import Client

from lifecycle.config import logs
from lifecycle.config.celery import app
from lifecycle.people.models import User
from lifecycle.serving import request_ids
from lifecycle.serving.rejected_requests import TOO_SLOW
from lifecycle.serving.request_ids import HEADER
from requests_app.models import AccessRequest, Event
from requests_app.transitions import audit_chain
from tests.support.api_client import Api, place
from tests.support.page_client import Browser

OURS = "job-2026-12-01.7"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/api/v1/models/", "/api/nowhere", "/nowhere", "/metrics"])
def test_each_answer_has_the_id_of_its_request(path: str, client: Client) -> None:
    assert client.get(path, headers={HEADER: OURS})[HEADER] == OURS
    first, second = client.get(path)[HEADER], client.get(path)[HEADER]
    assert len(first) == 32
    assert first != second


@pytest.mark.parametrize(
    "sent", ["short", "a" * 65, "with space", "line\nend-of-it", f"emk_{'a' * 36}", "ümlaut-id"]
)
def test_id_that_is_not_well_formed_is_replaced(sent: str) -> None:
    assert request_ids.taken_or_new(sent) != sent


def test_request_that_never_reaches_django_keeps_its_id() -> None:
    headers, _ = TOO_SLOW.answer({"PATH_INFO": "/", "HTTP_X_REQUEST_ID": OURS})
    assert dict(headers)[HEADER] == OURS


def test_events_name_the_request_by_page_and_api(in_review: AccessRequest, alice: User) -> None:
    Browser(alice).post(f"/requests/{in_review}/withdraw/", {"reason": ""}, headers={HEADER: OURS})
    event = Event.objects.get(kind="request.withdrawn")
    assert event.details["request_id"] == OURS
    assert list(audit_chain.problems()) == []


def test_events_outside_of_a_request_name_none(draft: AccessRequest, alice: User) -> None:
    assert Api(alice).post(place(draft, "withdraw"), headers={HEADER: OURS}).status_code == 200
    created, *_, withdrawn = Event.objects.filter(access_request=draft).order_by("sequence")
    assert "request_id" not in created.details
    assert withdrawn.details["request_id"] == OURS


def test_log_lines_name_the_request() -> None:
    configured = logs.to_stderr("INFO")
    line = configured["formatters"]["line"]
    formatter = logs.RedactingFormatter(line["format"], style=line["style"])
    record = logging.LogRecord("somewhere", logging.INFO, "", 1, "Done.", None, None)
    with request_ids.active(OURS):
        request_ids.RequestIdFilter().filter(record)
    assert formatter.format(record).endswith(f"INFO somewhere [{OURS}]: Done.")
    assert configured["handlers"]["stderr"]["filters"] == ["request_id"]


def test_task_runs_under_the_id_of_the_request_that_woke_it() -> None:
    seen: list[str] = []

    @app.task(name="tests.seen")
    def look() -> None:
        seen.append(request_ids.current())

    sent: dict[str, Any] = {}
    with request_ids.active(OURS):
        signals.before_task_publish.send(sender="tests.seen", headers=sent)
    run = build_tracer("tests.seen", app.tasks["tests.seen"], app=app)
    run("1", (), {}, {**sent, "id": "1"})
    run("2", (), {}, {"id": "2"})
    assert seen == [OURS, ""]
    del app.tasks["tests.seen"]
