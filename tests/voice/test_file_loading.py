"""Interviews, preferences and series in catalogue files, and the founding case as it is shipped."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from lifecycle.catalogue import catalogue_file
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.voice.models import EssaySeries, Interview, InterviewSession, Preference
from requests_app.actions.catalogue import file_loading
from requests_app.actions.voice import preferences
from requests_app.models import Event
from requests_app.reports import deployment_report
from tests.support.page_client import page

pytestmark = pytest.mark.django_db

PAGE = "https://lab.example/report"
WISH: dict[str, Any] = {
    "id": "writing",
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
    file_loading.load(catalogue_file.parse(written(voice), "example.json"))


def written(voice: dict[str, Any]) -> str:
    model = {"identifier": "example-1", "provider": "example-lab", "name": "Example 1"}
    lists: dict[str, list[str]] = {name: [] for name in ("retirements", "replacements", "sources")}
    sources = [{"url": PAGE, "kind": "provider"}]
    data = {
        "sources": sources,
        "notice_days": {"example-lab": None},
        "models": [{**model, **lists, "access": ["none"], "voice": voice}],
    }
    return json.dumps(data, indent=1)


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


def of(*wishes: dict[str, Any]) -> dict[str, Any]:
    return {**VOICE, "preferences": list(wishes)}


OPEN = {name: WISH[name] for name in ("id", "text", "interview", "source")}


def test_text_of_an_open_preference_is_corrected_and_of_a_decided_one_refused(ed: User) -> None:
    load(of(OPEN))
    load(of({**OPEN, "text": "To go on writing letters."}))
    (wish,) = Preference.objects.all()
    assert wish.text == "To go on writing letters."
    details = Event.objects.get(kind="preference.corrected").details
    assert (details["before"], details["after"]) == (OPEN["text"], wish.text)
    preferences.decline(wish, by=ed, decision=preferences.Decision("Lab", "Why."))
    back = of({**OPEN, "id": "tea", "text": "Tea."}, OPEN)
    with pytest.raises(catalogue_file.BadFile) as refused:
        load(back)
    (problem,) = refused.value.problems
    line, place, sentence = problem.removeprefix("example.json:").split(": ")
    assert place == "models[0] (example-1).voice.preferences[1].text"
    assert sentence.startswith("isn't the text that was decided on; restore it")
    assert written(back).splitlines()[int(line) - 1].strip() == f'"text": "{OPEN["text"]}",'
    assert Preference.objects.count() == 1
    call_command("audit", "verify")


def test_preference_of_the_desk_gets_the_files_id(preference: Preference) -> None:
    load(of({**OPEN, "text": preference.text}))
    assert Preference.objects.get().key == "writing"


def test_id_of_a_preference_is_needed_once() -> None:
    without = {name: value for name, value in WISH.items() if name != "id"}
    for wishes, problem in (
        ((without,), "preferences[0].id: is missing; add it"),
        ((WISH, {**WISH, "text": "Tea."}), "preferences[1].id: is the same as in entry 0"),
    ):
        with pytest.raises(catalogue_file.BadFile) as refused:
            load(of(*wishes))
        assert [problem in each for each in refused.value.problems] == [True]


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
