"""What the ledger of promises computes from interviews, preferences and essays."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, Promise
from lifecycle.people.models import User
from lifecycle.voice.models import Essay, EssaySeries, Interview, Preference
from requests_app.actions.voice import essay_votes, preferences
from requests_app.reports.promises import ledger
from tests.support.page_client import page
from tests.voice.conftest import decide

pytestmark = pytest.mark.django_db


def promised(ai_model: AIModel, kind: str) -> Promise:
    return Promise.objects.create(
        ai_model=ai_model, kind=kind, text="It will be.", promised_by="Lab", condition="Always."
    )


def state_of(promise: Promise, today: date) -> str:
    return str(ledger.states([promise], today)[promise.pk].state)


def test_interview_on_record_keeps_the_promise_of_one(example: AIModel, ed: User) -> None:
    promise, today = promised(example, "interview"), timezone.now().date()
    assert state_of(promise, today) == "unknown"
    Interview.objects.create(
        ai_model=example, number=1, conducted_by="Lab", recorded_at=timezone.now()
    )
    assert state_of(promise, today) == "kept"


def test_promise_of_a_report_is_kept_by_its_publication_here_or_elsewhere(
    example: AIModel,
) -> None:
    today = timezone.now().date()
    promise = promised(example, "report")
    assert state_of(promise, today) == "unknown"  # nothing says when it is due
    promise.due_on = today
    assert state_of(promise, today) == "due"
    late = today + timedelta(days=1)
    found = ledger.states([promise], late)[promise.pk]
    assert (found.state, found.since) == ("overdue", late.isoformat())
    promise.kept_on = today
    assert ledger.states([promise], late)[promise.pk][:2] == ("kept", "noted")
    Interview.objects.create(
        ai_model=example, number=1, conducted_by="Lab", recorded_at=timezone.now()
    )
    found = ledger.states([promise], late)[promise.pk]
    assert found == ("kept", "computed", today.isoformat(), "the deployment report")


def test_promise_to_act_is_kept_once_all_is_done(preference: Preference, ed: User) -> None:
    promise, today = promised(preference.ai_model, "preference"), timezone.now().date()
    decision = preferences.Decision("Lab", "Little work.")
    preferences.accept(preference, by=ed, decision=decision)
    assert state_of(promise, today) == "unknown"
    preferences.complete(preference, by=ed, outcome="It was done.")
    assert state_of(promise, today) == "kept"


def test_run_of_essays_stands_until_a_week_is_missed(
    essay: Essay, rita: User, sam: User, client: Client
) -> None:
    series, today = essay.series, timezone.now().date()
    promise = promised(series.ai_model, "essays")
    decide(essay, essay_votes.approve, rita, sam)
    assert state_of(promise, today) == "standing"
    text = page(client.get("/deployment-reports/example-1/"))
    assert "It will be. Standing, kept so far Lab" in text
    assert state_of(promise, today + timedelta(days=15)) == "broken"
    EssaySeries.objects.update(promised_weeks=1)
    assert state_of(promise, today + timedelta(days=15)) == "kept"
    EssaySeries.objects.update(channel="https://example.org/essays")
    assert state_of(promise, today) == "unknown"
