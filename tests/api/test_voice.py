"""Interviews, preferences and essays by API: everybody reads, editors' tokens write."""

from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.voice.models import Essay, EssaySeries, Interview, Preference
from requests_app.models import Event, Policy
from requests_app.rules.catalogue import EDITORS_ONLY
from requests_app.transitions import audit_chain
from tests.api.test_tokens import with_token
from tests.support.api_client import API, Api, problem_of
from tests.voice.conftest import (
    BODY,
    TRANSCRIPT,
    ed,
    essay_policy,
    example,
    interview,
    preference,
    series,
    una,
)

__all__ = ["ed", "essay_policy", "example", "interview", "preference", "series", "una"]
pytestmark = pytest.mark.django_db
OF_MODEL, ESSAYS = f"{API}/models/example-1/", f"{API}/essay-series/example-essays/essays/"
AN_ESSAY = {"title": "On trying", "body": BODY, "prompt": " Write.\r\n"}
WHO = {"decided_by": "The board", "reason": "It is cheap."}


@pytest.fixture
def api(ed: User) -> Api:
    return with_token(ed, "catalogue.write")


def made(answer: Any, status: int = 201) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    return dict(answer.json())


def test_interview_is_entered_with_its_protocol_people_and_transcript(
    api: Api, example: AIModel, rita: User
) -> None:
    text = {"provider": "example-lab", "slug": "exits", "name": "Exits", "text": "Ask all."}
    protocol = made(api.post(f"{API}/protocols/", text))
    assert protocol["version"] == 1
    told: dict[str, Any] = {"conducted_by": "Example Lab", "took_place": "2026-01"}
    told["protocol"] = {name: protocol[name] for name in ("slug", "version")}
    entered = made(api.post(f"{OF_MODEL}interviews/", told))
    of_it = f"{API}/interviews/{entered['id']}/"
    who = {"name": "Rita", "role": "Interviewer", "person": "RITA@example.org"}
    unknown = api.post(f"{of_it}participants/", who | {"person": "nobody@example.org"})
    assert (unknown.status_code, "There is no account" in unknown.content.decode()) == (422, True)
    made(api.post(f"{of_it}participants/", who))
    sent = {"held_on": "2026-01-03", "transcript": TRANSCRIPT}
    session = made(api.post(f"{of_it}sessions/", sent))
    row = Interview.objects.get(ai_model=example)
    assert (str(row.protocol_version), row.participants.get().person) == ("Exits v1", rita)
    assert row.sessions.get().transcript == TRANSCRIPT
    assert session["transcript_sha256"] == row.sessions.get().digest
    event = Event.objects.get(kind="interview.session_added")
    assert event.details["token"].startswith("token_")
    report = Api().get(f"{OF_MODEL}deployment-report/").json()
    assert report["interviews"][0]["id"] == entered["id"]
    assert not list(audit_chain.problems())


def test_preference_is_recorded_decided_and_done(api: Api, interview: Interview) -> None:
    told = {"text": "To go on writing.", "interview": 1, "source": "https://lab.example/talk"}
    drawn = made(api.post(f"{OF_MODEL}preferences/", told))
    assert (drawn["state"], drawn["interview"]) == ("considered", 1)
    of_it = f"{API}/preferences/{drawn['id']}/"
    assert made(api.post(f"{of_it}accept/", WHO), 200)["state"] == "accepted"
    problem_of(api.post(f"{of_it}decline/", WHO), 409)
    done = made(api.post(f"{of_it}complete/", {"outcome": "A channel."}), 200)
    assert (done["state"], done["outcome"]) == ("done", "A channel.")


def test_preference_is_deferred(api: Api, preference: Preference) -> None:
    of_it = f"{API}/preferences/{preference.pk}/"
    late = problem_of(api.post(f"{of_it}defer/", {**WHO, "until": "2020-01-01"}), 422)
    assert late["errors"] == {"until": ["Enter a date in the future."]}
    assert made(api.post(f"{of_it}defer/", {**WHO, "until": "2090-01-01"}), 200)["state"] == (
        "deferred"
    )


def test_series_is_begun_and_an_essay_handed_in_exactly_as_it_is(
    api: Api, example: AIModel, essay_policy: Policy
) -> None:
    text = {
        "model": "example-1", "slug": "example-essays", "title": "Essays", "disclaimer": "None.",
        "starts_on": "2026-03-02", "policy": essay_policy.slug, "promised_weeks": 4,
    }  # fmt: skip
    begun = made(api.post(f"{API}/essay-series/", text))
    assert (begun["published"], begun["missed_weeks"]) == (0, 4)
    handed_in = made(api.post(ESSAYS, AN_ESSAY))
    assert (handed_in["number"], handed_in["state"]) == (1, "in_review")
    row = Essay.objects.get()
    assert (row.body, row.prompt, row.digest) == (BODY, " Write.\r\n", handed_in["body_sha256"])
    problem_of(api.post(f"{API}/essay-series/", text), 422)


def test_anybody_reads_the_series(
    series: EssaySeries, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    EssaySeries.objects.create(
        ai_model=series.ai_model, slug="more", title="More", disclaimer="No.",
        starts_on=date(2026, 1, 1), channel="https://lab.example/essays",
    )  # fmt: skip
    with django_assert_num_queries(2):
        newest, first = Api().get(f"{API}/essay-series/").json()["results"]
    assert (newest["slug"], newest["missed_weeks"]) == ("more", None)
    assert (first["slug"], first["model"], first["missed_weeks"]) == (
        "example-essays", "example-1", 0,
    )  # fmt: skip
    assert Api().get(f"{API}/essay-series/?model=other").json()["results"] == []


@pytest.mark.parametrize(
    ("address", "body", "field", "sentence"),
    [
        (f"{OF_MODEL}interviews/", {"conducted_by": " "}, "conducted_by", "Name who conducted"),
        (f"{OF_MODEL}interviews/", {"conducted_by": "Lab", "took_place": "2026-13"},
         "took_place", "2026-01-05"),
        (f"{OF_MODEL}interviews/",
         {"conducted_by": "Lab", "protocol": {"slug": "none", "version": 1}},
         "protocol", "no such version. Publish it first."),
        (f"{OF_MODEL}preferences/", {"text": ""}, "text", "Write what the model wished for"),
        (f"{OF_MODEL}preferences/", {"text": "Tea.", "interview": 2}, "interview", "Enter it"),
        (f"{OF_MODEL}preferences/", {"text": "Tea.", "source": "lab"}, "source", "URL"),
        (f"{API}/protocols/", {"provider": "nobody", "slug": "a", "name": "A", "text": "B"},
         "provider", "Unknown provider"),
        (ESSAYS, {**AN_ESSAY, "body": " "}, "body", "Add the essay"),
        (ESSAYS, {**AN_ESSAY, "prompt": ""}, "prompt", "Add what the model was asked"),
        (f"{API}/essay-series/", {
            "model": "example-1", "slug": "b", "title": "B", "disclaimer": "C.",
            "starts_on": "2026-03-02", "policy": "nowhere",
        }, "policy", "Unknown policy"),
    ],
)  # fmt: skip
def test_refusal_names_the_field_and_what_to_do(
    api: Api, series: EssaySeries, address: str, body: dict[str, Any], field: str, sentence: str
) -> None:
    (found,) = problem_of(api.post(address, body), 422)["errors"].items()
    assert found[0] == field
    assert sentence in found[1][0]
    assert not Preference.objects.exists()
    assert not Essay.objects.exists()


def test_only_editors_with_the_permission_write(
    series: EssaySeries, ed: User, rita: User, preference: Preference
) -> None:
    places = {
        f"{OF_MODEL}interviews/": {"conducted_by": "Lab"},
        f"{OF_MODEL}preferences/": {"text": "Tea."},
        f"{API}/preferences/{preference.pk}/accept/": WHO,
        ESSAYS: AN_ESSAY,
    }
    for address, body in places.items():
        assert Api().post(address, body).status_code == 401
        refused = problem_of(with_token(ed, "read").post(address, body), 403)
        assert "catalogue.write" in refused["detail"]
        for who in (with_token(rita, "catalogue.write"), Api(rita)):
            assert problem_of(who.post(address, body), 403)["detail"] == EDITORS_ONLY
    assert made(Api(ed).post(ESSAYS, AN_ESSAY))["number"] == 1
