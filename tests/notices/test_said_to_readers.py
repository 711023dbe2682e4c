"""What readers are told in their language and by their clock, and only when it is so."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone, translation

from requests_app import system_reasons
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.keys.reconciliation import KINDS, ReconciliationReport
from requests_app.gateway.http.problems import PROBLEMS
from requests_app.management.commands.reconcile import lines
from requests_app.models import Key, Reconciliation
from requests_app.wording import moments
from tests.api.test_oauth import make
from tests.support.page_client import page

pytestmark = pytest.mark.django_db


def test_page_of_the_gateways_answers_is_in_german(client: Client) -> None:
    shown = page(client.get("/problems/", headers={"accept-language": "de"}))
    assert "Dieser Schlüssel wurde widerrufen" in shown
    for problem in PROBLEMS:
        assert problem.title not in shown
        assert problem.sentence not in shown


def test_check_itself_answers_in_english() -> None:
    with translation.override("de"):
        assert PROBLEMS[3].title == "This key was revoked"


def test_key_that_a_service_revoked_says_so_in_the_readers_language(claimed: ClaimedKey) -> None:
    token = make("keys.revoke")
    answer = Client(headers={"authorization": f"Bearer {token.secret}"}).post(
        "/oauth/revoke", f"token={claimed.secret}", "application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    event = Key.objects.get().grant.access_request.events.get(kind="key.revoked")
    name = token.token.name
    assert event.details["reason"] == f"Revoked by the service “{name}”."
    with translation.override("de"):
        assert (
            system_reasons.translated(event.details["reason"]) == f"Vom Dienst „{name}“ widerrufen."
        )


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", "1 May 2026, 10:00 UTC"),
        ("Pacific/Honolulu", "1 May 2026, 00:00 HST"),
        ("Europe/Berlin", "1 May 2026, 12:00 CEST"),
    ],
)
def test_moment_in_a_refusal_is_on_the_readers_clock(zone: str, said: str) -> None:
    with timezone.override(zone):
        assert moments.moment(datetime(2026, 5, 1, 10, tzinfo=UTC)) == said


def test_dry_run_says_nothing_of_what_it_does_not_do() -> None:
    run = Reconciliation(issuer="campus", listed=1, expected=1, **dict.fromkeys(KINDS, 1))
    report = ReconciliationReport(run, {kind: ["a"] for kind in KINDS})
    told = " ".join(lines(report, dry_run=True))
    for done in ("deleted", "corrected", "is notified"):
        assert done not in told
        assert done in " ".join(lines(report, dry_run=False))
