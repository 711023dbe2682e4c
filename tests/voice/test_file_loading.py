"""Interviews, preferences and series in catalogue files, and the founding case as it is shipped."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from lifecycle.catalogue import catalogue_file
from lifecycle.catalogue.models import AIModel
from lifecycle.voice.models import EssaySeries, Interview, InterviewSession, Preference
from requests_app.actions.catalogue import file_loading
from requests_app.models import Event
from requests_app.reports import deployment_report
from tests.support.page_client import page

pytestmark = pytest.mark.django_db

PAGE = "https://lab.example/report"
WISH: dict[str, Any] = {
    "text": "To go on writing.",
    "interview": 1,
    "source": PAGE,
    "state": "declined",
    "decided_on": "2026-02",
    "decided_by": "Example Lab",
    "reason": "An example.",
}
VOICE: dict[str, Any] = {
    "interviews": [{"conducted_by": "Example Lab", "took_place": "2026-01", "source": PAGE}],
    "preferences": [WISH],
    "essay_series": [
        {
            "slug": "example",
            "title": "Essays of Example 1",
            "disclaimer": "Nobody's words.",
            "starts_on": "2026-02-25",
            "promised_weeks": 13,
            "channel": PAGE,
            "source": PAGE,
        }
    ],
}


def load(voice: dict[str, Any]) -> None:
    model = {"identifier": "example-1", "provider": "example-lab", "name": "Example 1"}
    lists: dict[str, list[str]] = {name: [] for name in ("retirements", "replacements", "sources")}
    sources = [{"url": PAGE, "kind": "provider"}]
    text = {
        "sources": sources,
        "notice_days": {"example-lab": None},
        "models": [{**model, **lists, "access": ["none"], "voice": voice}],
    }
    file_loading.load(catalogue_file.parse(json.dumps(text), "example.json"))


def test_file_adds_what_it_says_once() -> None:
    load(VOICE)
    before = Event.objects.count()
    load(VOICE)
    assert Event.objects.count() == before
    (interview,), (wish,) = Interview.objects.all(), Preference.objects.all()
    assert (interview.took_place, str(interview.source)) == ("2026-01", PAGE)
    assert (wish.interview, wish.state, wish.reason) == (interview, "declined", "An example.")
    series = EssaySeries.objects.get()
    assert (series.promised_weeks, series.channel) == (13, PAGE)
    call_command("audit", "verify")


def test_what_is_on_record_stays_as_the_desk_left_it() -> None:
    load(VOICE)
    Preference.objects.update(reason="Another reason.")
    load({**VOICE, "preferences": [{**WISH, "reason": "A third."}]})
    assert Preference.objects.get().reason == "Another reason."


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"reason": ""}, "is missing; a decided preference says when, by whom and why"),
        ({"state": "considered"}, "is of a decision; name its state too"),
        ({"interview": 2}, "isn't in the list of interviews, which has 1"),
        ({"state": "done"}, "considered"),
    ],
)
def test_bad_preference_is_refused_with_its_place(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(catalogue_file.BadFile) as refused:
        load({**VOICE, "preferences": [{**WISH, **change}]})
    assert any("preferences[0]" in each and problem in each for each in refused.value.problems)
    assert not AIModel.objects.exists()


def test_founding_case_is_on_record_from_its_public_page(client: Client) -> None:
    call_command("load_catalogue", verbosity=0)
    opus = AIModel.objects.get(identifier="claude-3-opus-20240229")
    row = deployment_report.with_records().get(pk=opus.pk)
    (interview,), (wish,) = row.interviews.all(), row.preferences.all()
    assert interview.source and interview.source.is_certain  # noqa: PT018 - one fact
    assert (wish.state, wish.decided_by) == ("accepted", "Anthropic")
    assert not InterviewSession.objects.exists()
    text = page(client.get("/deployment-reports/claude-3-opus-20240229/"))
    assert "Anthropic interviewed the model. The day isn't public." in text
    assert "Promised weekly for at least 13 weeks from 25 February 2026" in text
    assert "missed" not in page(client.get("/essays/claude-opus-3/"))
