"""The desk's pages of interviews and preferences: for catalogue editors only."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.voice.models import Interview, InterviewSession, Preference, Protocol
from tests.support.desk_client import signed_in, text_of
from tests.voice.conftest import TRANSCRIPT

pytestmark = pytest.mark.django_db

INTERVIEWS, PREFERENCES = "/admin/voice/interview/", "/admin/voice/preference/"
PROTOCOLS = "/admin/voice/protocol/"
PROVIDER = {"source_kind": "provider"}


def test_an_interview_is_recorded_with_its_people_and_transcript(
    example: AIModel, ed: User, rita: User
) -> None:
    browser = signed_in(ed)
    sent = {"ai_model": example.pk, "conducted_by": "Example Lab", "took_place": "2026-01"}
    answer = browser.post(f"{INTERVIEWS}add/", sent | PROVIDER, follow=True)
    interview = Interview.objects.get()
    assert "Recorded: Example 1, interview 1." in text_of(answer)
    page = f"{INTERVIEWS}{interview.pk}/"
    browser.post(f"{page}people/", {"name": "Rita", "role": "Observer", "person": rita.email})
    assert interview.participants.get().person == rita
    file = SimpleUploadedFile("t.txt", TRANSCRIPT.encode())
    sent = {"held_on": "2026-01-03", "context": " As is. ", "transcript": file}
    answer = browser.post(f"{page}session/", sent, follow=True)
    session = InterviewSession.objects.get()
    assert (session.transcript, session.context) == (TRANSCRIPT, " As is. ")
    assert session.digest in text_of(answer)


def test_participants_account_has_to_be_there(interview: Interview, ed: User) -> None:
    sent = {"name": "Ann", "role": "Observer", "person": "ann@example.org"}
    answer = signed_in(ed).post(f"{INTERVIEWS}{interview.pk}/people/", sent)
    assert (answer.status_code, "no account with this address" in text_of(answer)) == (422, True)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe", "This file isn't UTF-8 text."),
        (b"", "The submitted file is empty."),
        (b" ", "Add the full transcript, as UTF-8 text."),
    ],
)
def test_page_says_what_is_wrong_with_a_transcript(
    interview: Interview, ed: User, content: bytes, sentence: str
) -> None:
    sent = {"held_on": "2026-01-03", "transcript": SimpleUploadedFile("t.txt", content)}
    answer = signed_in(ed).post(f"{INTERVIEWS}{interview.pk}/session/", sent)
    assert (answer.status_code, sentence in text_of(answer)) == (422, True)
    assert not InterviewSession.objects.exists()


def test_a_preference_is_recorded_decided_and_done(interview: Interview, ed: User) -> None:
    browser = signed_in(ed)
    sent = {"ai_model": interview.ai_model_id, "interview": interview.pk, "text": "To write."}
    browser.post(f"{PREFERENCES}add/", sent | PROVIDER)
    preference = Preference.objects.get()
    page = f"{PREFERENCES}{preference.pk}/"
    assert "Save decision" in text_of(browser.get(f"{page}change/"))
    decision = {"decision": "accept", "decided_by": "The board", "reason": "Little work."}
    answer = browser.post(f"{page}decide/", decision, follow=True)
    assert "Save decision" not in text_of(answer)
    browser.post(f"{page}complete/", {"outcome": "A channel."})
    preference.refresh_from_db()
    assert (preference.state, preference.decided_by) == ("done", "The board")


def test_page_says_what_is_missing_from_a_decision(preference: Preference, ed: User) -> None:
    today = timezone.now().date().isoformat()
    page = f"{PREFERENCES}{preference.pk}/decide/"
    sent = {"decision": "defer", "decided_by": "The board", "reason": "Later.", "until": today}
    answer = signed_in(ed).post(page, sent)
    assert (answer.status_code, "Enter a date in the future" in text_of(answer)) == (422, True)
    answer = signed_in(ed).post(page, sent | {"decision": "accept", "reason": ""})
    assert "Give a reason. It is public." in text_of(answer)


def test_decision_made_meanwhile_is_told(preference: Preference, ed: User) -> None:
    Preference.objects.update(
        state="declined", decided_on="2026", decided_by="The board", reason="No."
    )
    sent = {"decision": "accept", "decided_by": "The board", "reason": "Yes."}
    answer = signed_in(ed).post(f"{PREFERENCES}{preference.pk}/decide/", sent)
    assert answer.status_code == 409


def test_a_protocol_gets_its_next_version(example: AIModel, ed: User) -> None:
    browser, sent = signed_in(ed), {"provider": example.provider_id, "text": "Ask."}
    browser.post(f"{PROTOCOLS}add/", sent | {"name": "Exit", "slug": "exit"})
    protocol = Protocol.objects.get()
    answer = browser.post(f"{PROTOCOLS}{protocol.pk}/change/", {"text": "Ask more."}, follow=True)
    assert "Exit v2 published." in text_of(answer)
    assert protocol.versions.count() == 2


@pytest.mark.parametrize("address", [INTERVIEWS, PREFERENCES, PROTOCOLS])
def test_others_on_the_desk_find_nothing(
    session: InterviewSession, preference: Preference, rita: User, address: str
) -> None:
    browser = signed_in(rita)
    assert browser.get(address).status_code == 403
    assert browser.get(f"{address}add/").status_code == 403
    assert browser.post(f"{address}add/", {}).status_code == 403
    assert address not in browser.get("/admin/").content.decode()


@pytest.mark.parametrize(
    "address", ["interview/{}/people/", "interview/{}/session/", "preference/{}/decide/"]
)
def test_crafted_posts_of_others_are_not_found(
    session: InterviewSession, preference: Preference, rita: User, address: str
) -> None:
    row = session.interview.pk if "interview" in address else preference.pk
    sent = {"decision": "accept", "decided_by": "Me", "reason": "Mine.", "name": "M", "role": "R"}
    answer = signed_in(rita).post(f"/admin/voice/{address.format(row)}", sent)
    assert answer.status_code == 404
    preference.refresh_from_db()
    assert preference.state == "considered"
