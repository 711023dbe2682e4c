"""Pages of essays for everyone, and the desk's for editors and reviewers."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lifecycle.people.models import User
from lifecycle.voice.models import Essay, EssaySeries
from requests_app.actions.voice import essay_votes, interviews
from requests_app.admin.voice import essay_visibility
from requests_app.models import Delegation, Policy, Stage
from requests_app.rules.eligibility import VotingPanel
from tests.conftest import person
from tests.support.desk_client import signed_in, text_of
from tests.support.page_client import assert_nothing_inline, page
from tests.voice.conftest import BODY, an_essay, decide

pytestmark = pytest.mark.django_db

SERIES, DESK = "/essays/example-essays/", "/admin/voice/essay/"
QUERIES = 8


@pytest.fixture
def published(essay: Essay, rita: User, sam: User) -> Essay:
    return decide(essay, essay_votes.approve, rita, sam)


def test_published_essay_is_shown_with_how_it_came_about(published: Essay, client: Client) -> None:
    response = client.get(f"{SERIES}1/")
    assert_nothing_inline(response)
    text = page(response)
    for said in (
        "On trying",
        "By Example 1, published on",
        "Indented, and with a last line.",
        "They don't speak for anybody.",
        "Write about anything.",
        "You are Example 1.",
        published.digest,
    ):
        assert said in text, said


def test_downloaded_text_has_the_digest_that_is_shown(published: Essay, client: Client) -> None:
    file = client.get(f"{SERIES}1.txt")
    assert file.content == BODY.encode()
    assert hashlib.sha256(file.content).hexdigest() == published.published_digest


def test_essay_in_review_is_nobodys_business(essay: Essay, client: Client) -> None:
    for address in (f"{SERIES}1/", f"{SERIES}1.txt", f"{SERIES}9/", "/essays/none/"):
        assert client.get(address).status_code == 404
    everything = page(client.get(SERIES)) + client.get(f"{SERIES}feed.atom").content.decode()
    assert "On trying" not in everything
    assert "None has been published yet." in everything


def test_vetoed_essay_is_told_without_its_text(
    essay: Essay, rita: User, sam: User, client: Client
) -> None:
    decide(essay, essay_votes.veto, rita, sam)
    text = page(client.get(f"{SERIES}1/"))
    assert "Essay 1 The reviewers vetoed this essay on" in text
    assert "Rita says so. Sam says so." in text
    api = client.get("/api/v1/essay-series/example-essays/")
    report = client.get("/api/v1/models/example-1/deployment-report/")
    shown = text + page(client.get(SERIES)) + api.content.decode() + report.content.decode()
    for kept in ("On trying", "Indented", "Write about anything.", "You are Example 1."):
        assert kept not in shown
    assert client.get(f"{SERIES}1.txt").status_code == 404
    assert api.json()["essays"][0]["state"] == "vetoed"


def test_series_that_is_published_elsewhere_has_no_weeks(
    series: EssaySeries, client: Client
) -> None:
    EssaySeries.objects.update(channel="https://example.org/essays")
    text = page(client.get(SERIES))
    assert "published elsewhere" in text
    assert "missed" not in text
    assert client.get("/api/v1/essay-series/example-essays/").json()["missed_weeks"] is None


def test_series_takes_as_many_queries_however_many_essays(
    published: Essay,
    ed: User,
    rita: User,
    sam: User,
    client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for address in (SERIES, f"{SERIES}1/", f"{SERIES}feed.atom"):
        with django_assert_max_num_queries(QUERIES):
            client.get(address)
    for number in range(3):
        more = an_essay(published.series, ed, title=f"Essay {number}")
        decide(more, essay_votes.approve, rita, sam)
    for address in (SERIES, f"{SERIES}1/", f"{SERIES}feed.atom"):
        with django_assert_max_num_queries(QUERIES):
            client.get(address)


def test_pages_are_in_german_too(published: Essay, client: Client) -> None:
    german = {"accept-language": "de"}
    text = page(client.get(SERIES, headers=german)) + page(
        client.get(f"{SERIES}1/", headers=german)
    )
    for said in ("Woche für Woche", "Diese Woche", "Von Example 1, veröffentlicht am"):
        assert said in text or said == "Diese Woche"


def test_editor_begins_a_series_and_hands_in(
    essay_policy: Policy, series: EssaySeries, ed: User
) -> None:
    browser = signed_in(ed)
    sent = {
        "ai_model": series.ai_model_id, "title": "More essays", "slug": "more",
        "disclaimer": "Nobody's.", "starts_on": "2026-03-02", "promised_weeks": "12",
        "policy": essay_policy.pk, "source_kind": "provider",
    }  # fmt: skip
    browser.post("/admin/voice/essayseries/add/", sent)
    more = EssaySeries.objects.get(slug="more")
    file = SimpleUploadedFile("essay.txt", BODY.encode())
    sent = {"title": "On trying", "body": file, "prompt": " Write. ", "context": ""}
    answer = browser.post(f"/admin/voice/essayseries/{more.pk}/hand-in/", sent, follow=True)
    essay = more.essays.get()
    assert (essay.body, essay.prompt, essay.handed_in_by) == (BODY, " Write. ", ed)
    assert "You handed in this essay, so others decide on it." in text_of(answer)


def test_reviewer_votes_on_the_desk(essay: Essay, rita: User, sam: User) -> None:
    for who, choice in ((rita, "veto"), (sam, "veto")):
        browser = signed_in(who)
        assert f"{DESK}{essay.pk}/change/" in browser.get("/admin/").content.decode()
        sent = {"choice": choice, "reason": "It harms.", "shown": essay.shown_digest()}
        browser.post(f"{DESK}{essay.pk}/vote/", sent)
        assert f"{DESK}{essay.pk}/change/" not in browser.get("/admin/").content.decode()
    essay.refresh_from_db()
    assert (essay.state, essay.reason) == ("vetoed", "It harms.")
    sent = {"choice": "approve", "reason": "Late.", "shown": essay.shown_digest()}
    answer = signed_in(rita).post(f"{DESK}{essay.pk}/vote/", sent)
    assert (answer.status_code, "No step is waiting" in text_of(answer)) == (409, True)


def test_page_says_what_is_wrong_with_a_vote(essay: Essay, rita: User) -> None:
    browser, address = signed_in(rita), f"{DESK}{essay.pk}/vote/"
    answer = browser.post(address, {"choice": "veto", "reason": "", "shown": "x"})
    assert (answer.status_code, "Give a reason" in text_of(answer)) == (422, True)
    answer = browser.post(address, {"choice": "veto", "reason": "No.", "shown": "x"})
    assert (answer.status_code, "isn't the essay" in text_of(answer)) == (409, True)


def test_others_on_the_desk_do_not_see_it(essay: Essay, pat: User) -> None:
    browser = signed_in(pat)
    assert "On trying" not in text_of(browser.get(DESK))
    for answer in (
        browser.get(f"{DESK}{essay.pk}/change/"),
        browser.post(f"{DESK}{essay.pk}/vote/", {"choice": "veto", "reason": "Mine."}),
        browser.post(f"/admin/voice/essayseries/{essay.series_id}/hand-in/", {}),
    ):
        assert answer.status_code in (302, 404)
    assert not Stage.objects.get().votes.exists()


def test_inbox_has_what_the_panel_lets_each_person_decide(
    essay: Essay, ed: User, rita: User, sam: User, una: User, pat: User
) -> None:
    now = timezone.now()
    more = [an_essay(essay.series, ed, title=f"Essay {number}") for number in range(3)]
    ed.groups.add(*rita.groups.all())
    lena = person("lena", staff=True)
    end = now + timedelta(days=9)
    Delegation.objects.create(
        person=una, delegate=lena, starts_at=now, ends_at=end, takes_open=True
    )
    interview = interviews.record(
        essay.series.ai_model, interviews.InterviewInput("Example Lab"), by=ed
    )
    decide(more[0], essay_votes.approve, rita)
    decide(more[1], essay_votes.veto, lena)
    essay_votes.recuse(more[2].stages.get(), by=sam, reason="A friend.")
    for barred in (None, una, rita):
        if barred:
            interviews.add_participant(
                interview, by=ed, name=str(barred), role="Guest", person=barred
            )
        now = timezone.now()
        for who in (ed, rita, sam, una, pat, lena):
            panels = [VotingPanel(stage, now) for stage in Stage.objects.open()]
            may = {panel.stage.pk for panel in panels if panel.obstacle(who) is None}
            assert set(essay_visibility.waiting_for(who, now).values_list("pk", flat=True)) == may
