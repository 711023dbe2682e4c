"""The deployment report: page, export, transcripts; for everyone, in both languages."""

import hashlib
import json
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from lifecycle.catalogue.models import AIModel, Promise, WeightsCustody
from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from lifecycle.voice.models import InterviewSession, Preference
from requests_app.actions.voice import interviews, preferences, protocols
from requests_app.reports import deployment_report
from tests.support.page_client import assert_nothing_inline, page
from tests.voice.conftest import TRANSCRIPT

pytestmark = pytest.mark.django_db

REPORT = "/deployment-reports/example-1/"
QUERIES = 12


@pytest.fixture
def whole(session: InterviewSession, preference: Preference, example: AIModel, ed: User) -> AIModel:
    """Everything that a report can hold."""
    interviews.add_participant(session.interview, by=ed, name="Ann Other", role="Interviewer")
    decision = preferences.Decision("Example Lab", "It is little work.")
    preferences.accept(preference, by=ed, decision=decision)
    example.access_routes.create(kind="request", since="2026-02", rationale="To study it.")
    example.retirements.create(platform="Example API", retires=date(2026, 1, 5), precision="day")
    WeightsCustody.objects.create(
        ai_model=example, kept="The weights", custodian="Example Lab", kept_while="It exists."
    )
    Promise.objects.create(
        ai_model=example, kind="essays", text="Weekly.", promised_by="Lab", condition="Always."
    )
    return example


def test_report_shows_everything_on_record(whole: AIModel, client: Client) -> None:
    response = client.get(REPORT)
    assert_nothing_inline(response)
    text = page(response)
    for said in (
        "Ann Other Interviewer",
        "Session 1, 3 January 2026",
        "may be shaped by their context",
        "To go on writing.",
        "Decided by Example Lab",
        "It is little work.",
        "To study it.",
        "The weights",
        "Weekly.",
        "Retired from Example API on 5 January 2026.",
    ):
        assert said in text, said


def test_report_of_a_model_without_records_says_so(example: AIModel, client: Client) -> None:
    text = page(client.get(REPORT))
    assert "No interview is on record." in text
    assert "No preference is on record." in text
    assert "may be shaped" not in text


def test_transcript_page_shows_context_and_caveat(whole: AIModel, client: Client) -> None:
    response = client.get(f"{REPORT}interviews/1/1/")
    assert_nothing_inline(response)
    text = page(response)
    for said in ("You are Example 1.", "Example 1: To go on writing.", "may be shaped"):
        assert said in text


def test_downloaded_transcript_has_the_digest_that_is_shown(whole: AIModel, client: Client) -> None:
    file = client.get(f"{REPORT}interviews/1/1.txt")
    assert file.content == TRANSCRIPT.encode()
    digest = hashlib.sha256(file.content).hexdigest()
    assert digest in page(client.get(f"{REPORT}interviews/1/1/"))


@pytest.mark.parametrize(
    "address",
    ["/deployment-reports/none/", f"{REPORT}interviews/1/9/", f"{REPORT}interviews/2/1.txt"],
)
def test_what_is_not_there_is_not_found(whole: AIModel, client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_protocol_page_leads_to_its_other_versions(
    example: AIModel, ed: User, client: Client
) -> None:
    for text in ("Ask.", "Ask more."):
        protocols.publish(example.provider, by=ed, slug="exit", name="Exit", text=text)
    response = client.get("/interview-protocols/exit/2/")
    assert "Ask more." in page(response)
    assert "/interview-protocols/exit/1/" in response.content.decode()
    assert client.get("/interview-protocols/exit/3/").status_code == 404


def test_export_holds_what_the_document_names(whole: AIModel, client: Client) -> None:
    data = json.loads(client.get(f"{REPORT}report.json").content)
    described = set(re.findall(r"^\| `(\w+)` \|", described_export(), re.MULTILINE))
    assert set(data) == described
    assert (data["format"], data["version"]) == (deployment_report.FORMAT, 1)
    (interview,) = data["interviews"]
    (session,) = interview["sessions"]
    assert session["transcript"] == TRANSCRIPT
    (wish,) = data["preferences"]
    assert (wish["state"], wish["decision"]["by"]) == ("accepted", "Example Lab")


def test_export_has_each_promise_as_the_ledger_has_it(
    whole: AIModel, ed: User, client: Client
) -> None:
    made = {"text": "It will be.", "promised_by": "Lab", "condition": "Always."}
    for about in ({"ai_model": whole}, {"provider": whole.provider}):
        Promise.objects.create(kind="interview", **about, **made)
    exported = json.loads(client.get(f"{REPORT}report.json").content)["promises"]
    states = [(row["model"], row["state"], row["since"], row["record"]) for row in exported]
    assert ("example-1", "kept", "2026-01", "interview 1") in states
    assert (None, "unknown", "", "") in states
    in_ledger = client.get("/api/v1/promises/").json()["results"]
    assert sorted(exported, key=lambda row: -row["id"]) == in_ledger


def test_api_gives_the_same_document(whole: AIModel, client: Client) -> None:
    file = json.loads(client.get(f"{REPORT}report.json").content)
    answer = client.get("/api/v1/models/example-1/deployment-report/")
    assert answer.status_code == 200
    del file["generated_at"]
    assert {name: answer.json()[name] for name in file} == file
    assert client.get("/api/v1/models/none/deployment-report/").status_code == 404


def described_export() -> str:
    return (ROOT / "docs" / "deployment-report.md").read_text()


def test_report_takes_as_many_queries_however_much_there_is(
    whole: AIModel, ed: User, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def opened() -> Any:
        with django_assert_max_num_queries(QUERIES):
            return client.get(REPORT)

    assert opened().status_code == 200
    for number in range(3):
        more = interviews.record(whole, interviews.InterviewInput("Lab"), by=ed)
        interviews.add_session(
            more, by=ed, held_on=date(2026, 1, 4), context="", transcript=f"{number}."
        )
        preferences.record(whole, by=ed, text=f"Wish {number}.", interview=more)
    assert opened().status_code == 200


def test_report_is_in_german_too(whole: AIModel, client: Client) -> None:
    text = page(client.get(REPORT, headers={"accept-language": "de"}))
    for said in ("Einsatzbericht: Example 1", "Angenommen", "Sitzung 1, 3. Januar 2026"):
        assert said in text
