"""Interviews: who may record them, what never changes, and how a change is found."""

import hashlib
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.people.models import User
from lifecycle.voice.models import Interview, InterviewSession
from requests_app.actions.voice import interviews, protocols
from requests_app.models import Event
from requests_app.refusals import Invalid, NotAllowed
from tests.transitions.test_audit_chain import behind_the_back
from tests.voice.conftest import ONLY_EDITORS, TRANSCRIPT

pytestmark = pytest.mark.django_db


def test_transcript_is_kept_exactly_with_its_digest(session: InterviewSession) -> None:
    session.refresh_from_db()
    assert session.transcript == TRANSCRIPT
    assert session.digest == hashlib.sha256(TRANSCRIPT.encode()).hexdigest()
    event = Event.objects.get(kind="interview.session_added")
    assert event.ai_model == session.interview.ai_model
    assert event.details["transcript_sha256"] == session.digest


@pytest.mark.parametrize(
    ("transcript", "sentence"),
    [
        (" \n", "Add the full transcript, as UTF-8 text."),
        ("Yes.\0", "This text contains characters that can't be stored."),
        ("x" * 1_000_001, "Use at most 1,000,000 characters."),
    ],
)
def test_transcript_that_cannot_be_kept_as_it_is_is_refused(
    interview: Interview, ed: User, transcript: str, sentence: str
) -> None:
    today = timezone.now().date()
    with pytest.raises(Invalid) as refused:
        interviews.add_session(interview, by=ed, held_on=today, context="", transcript=transcript)
    assert refused.value.errors == {"transcript": sentence}
    assert not InterviewSession.objects.exists()


def test_session_is_not_held_in_the_future(interview: Interview, ed: User) -> None:
    tomorrow = timezone.now().date() + timedelta(days=1)
    with pytest.raises(Invalid, match="isn't in the future"):
        interviews.add_session(interview, by=ed, held_on=tomorrow, context="", transcript="Hi.")


def test_only_editors_record_anything(example: AIModel, interview: Interview, rita: User) -> None:
    today, text = timezone.now().date(), interviews.InterviewInput("Example Lab")
    for act in (
        lambda: interviews.record(example, text, by=rita),
        lambda: interviews.add_participant(interview, by=rita, name="Ann", role="Interviewer"),
        lambda: interviews.add_session(
            interview, by=rita, held_on=today, context="", transcript="Hi."
        ),
        lambda: protocols.publish(example.provider, by=rita, slug="p", name="P", text="Ask."),
    ):
        with pytest.raises(NotAllowed, match=ONLY_EDITORS):
            act()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE voice_interviewsession SET transcript = 'Other.'",
        "UPDATE voice_interviewsession SET context = 'Other.'",
        "DELETE FROM voice_interviewsession",
        "TRUNCATE voice_interviewsession",
        "UPDATE voice_protocolversion SET text = 'Other.'",
        "DELETE FROM voice_protocolversion",
    ],
)
def test_database_refuses_to_change_what_was_recorded(
    session: InterviewSession, ed: User, sql: str
) -> None:
    protocols.publish(session.interview.ai_model.provider, by=ed, slug="p", name="P", text="Ask.")
    with (
        pytest.raises(DatabaseError, match="never changed|pending trigger"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


CHANGED = hashlib.sha256(b"Other.").hexdigest()
TOGETHER = "UPDATE voice_interviewsession SET transcript = 'Other.', digest = :new"
EVENT_TOO = (
    "; UPDATE requests_app_event SET details = jsonb_set(details, '{transcript_sha256}', "
    "to_jsonb(:new::text)) WHERE kind = 'interview.session_added'"
)


@pytest.mark.parametrize(
    "sql",
    [
        TOGETHER,
        "UPDATE voice_interviewsession SET context = 'Other.', context_digest = :new",
        "DELETE FROM voice_interviewsession",
        "UPDATE voice_interviewsession SET number = 2",
        "UPDATE voice_protocolversion SET text = 'Other.', digest = :new",
        "DELETE FROM voice_protocolversion",
        # With the event that recorded it: then its chain breaks.
        TOGETHER + EVENT_TOO,
    ],
)
def test_verify_finds_what_was_changed_together_with_its_digest(
    session: InterviewSession, ed: User, sql: str
) -> None:
    protocols.publish(session.interview.ai_model.provider, by=ed, slug="p", name="P", text="Ask.")
    call_command("audit", "verify")
    behind_the_back(sql.replace(":new", f"'{CHANGED}'"))
    with pytest.raises(CommandError, match=r"recorded|removed|was changed"):
        call_command("audit", "verify")


def test_digest_that_is_not_the_texts_is_refused_by_the_database(interview: Interview) -> None:
    now = timezone.now()
    with pytest.raises(DatabaseError, match="session_digest_is_of_its_transcript"):
        InterviewSession.objects.create(
            interview=interview, number=1, held_on=now, transcript="Hi.", digest="0" * 64,
            context_digest=hashlib.sha256(b"").hexdigest(), recorded_at=now,
        )  # fmt: skip


def test_protocol_has_versions_and_stays_with_its_provider(example: AIModel, ed: User) -> None:
    lab = example.provider
    protocols.publish(lab, by=ed, slug="exit", name="Exit", text="Ask.")
    version = protocols.publish(lab, by=ed, slug="exit", name="Exit", text="Ask more.")
    assert (version.number, str(version)) == (2, "Exit v2")
    assert lab.events.filter(kind="protocol.published").count() == 2
    other = Provider.objects.create(slug="other", name="Other")
    with pytest.raises(Invalid, match="Another provider"):
        protocols.publish(other, by=ed, slug="exit", name="Exit", text="Ask.")
    model = AIModel.objects.create(identifier="other-1", provider=other, name="Other 1")
    text = interviews.InterviewInput("Other", protocol_version=version)
    with pytest.raises(Invalid, match="another provider's"):
        interviews.record(model, text, by=ed)


def test_participant_is_named_once(interview: Interview, ed: User, rita: User) -> None:
    interviews.add_participant(interview, by=ed, name="Rita", role="Observer", person=rita)
    with pytest.raises(Invalid, match="already named"):
        interviews.add_participant(interview, by=ed, name="Rita", role="Observer")


def test_interview_known_from_a_page_has_its_source(example: AIModel, ed: User) -> None:
    page = "https://example.org/report"
    text = interviews.InterviewInput("Example Lab", source=page, source_kind="third_party")
    interview = interviews.record(example, text, by=ed)
    assert interview.source
    assert (interview.source.url, interview.source.is_certain) == (page, False)
    with pytest.raises(Invalid, match="valid URL"):
        interviews.record(example, interviews.InterviewInput("Lab", source="nowhere"), by=ed)
