"""Record interviews of models: that one took place, who took part, and what was said."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.catalogue.models import AIModel, Source
from lifecycle.people.models import User
from lifecycle.voice.digests import digest_of
from lifecycle.voice.models import (
    Interview,
    InterviewParticipant,
    InterviewSession,
    ProtocolVersion,
)
from requests_app.actions.voice.sources import source_at
from requests_app.refusals import Invalid
from requests_app.rules.catalogue import check_editor
from requests_app.rules.permissions import checked_reason
from requests_app.transitions.register_locks import lock_model
from requests_app.transitions.transition import record_event
from requests_app.validation.voice import recorded_texts

TRANSCRIPT_REQUIRED = gettext_lazy("Add the full transcript, as UTF-8 text.")
WHO_REQUIRED = gettext_lazy("Name who conducted the interview.")

UNCHANGED = "This is the summary as it is. Change it first."
CORRECTION_REASON = "Say what was wrong. It is kept with the correction."


@dataclass(frozen=True)
class InterviewInput:
    """What is known of an interview; `took_place` is a day, a month, a year, or empty."""

    conducted_by: str
    took_place: str = ""
    protocol_version: ProtocolVersion | None = None
    summary: str = ""
    caveat: str = ""
    source: str = ""
    source_kind: str = Source.Kind.PROVIDER


@transaction.atomic
def record(ai_model: AIModel, text: InterviewInput, *, by: User) -> Interview:
    """Record that an interview took place; sessions with transcripts can follow."""
    ai_model = lock_model(ai_model)
    check_editor(by)
    now = timezone.now()
    protocol = text.protocol_version
    if protocol and protocol.protocol.provider_id != ai_model.provider_id:
        raise Invalid({"protocol_version": _("This protocol is another provider's.")})
    interview = Interview.objects.create(
        ai_model=ai_model,
        number=ai_model.interviews.count() + 1,
        protocol_version=protocol,
        took_place=recorded_texts.partial_day("took_place", text.took_place),
        conducted_by=recorded_texts.line("conducted_by", text.conducted_by, needed=WHO_REQUIRED),
        summary=recorded_texts.prose("summary", text.summary),
        caveat=recorded_texts.prose("caveat", text.caveat),
        source=source_at(text.source, kind=text.source_kind),
        recorded_at=now,
    )
    details = {"interview": interview.number, "took_place": interview.took_place}
    record_event(ai_model, "interview.recorded", by=by, at=now, details=details)
    return interview


@transaction.atomic
def correct_summary(interview: Interview, *, by: User, summary: str, reason: str) -> Interview:
    """Correct our own words about an interview; what was said in it never changes."""
    ai_model = lock_model(interview.ai_model)
    check_editor(by)
    interview = Interview.objects.get(pk=interview.pk)
    before, after = interview.summary, recorded_texts.prose("summary", summary)
    if after == before:
        raise Invalid({"summary": UNCHANGED})
    reason = checked_reason(reason, needed=CORRECTION_REASON)
    interview.summary = after
    interview.save(update_fields=["summary"])
    details = {"interview": interview.number, "before": before, "after": after, "reason": reason}
    record_event(ai_model, "interview.corrected", by=by, at=timezone.now(), details=details)
    return interview


@transaction.atomic
def add_participant(
    interview: Interview, *, by: User, name: str, role: str, person: User | None = None
) -> InterviewParticipant:
    """Add somebody who took part, with their account if they have one."""
    ai_model = lock_model(interview.ai_model)
    check_editor(by)
    now = timezone.now()
    name = recorded_texts.line("name", name, needed=_("Enter a name."))
    role = recorded_texts.line("role", role, needed=_("Enter a role."))
    if interview.participants.filter(name=name, role=role).exists():
        raise Invalid({"name": _("They are already named in this role.")})
    participant = InterviewParticipant.objects.create(
        interview=interview, name=name, role=role, person=person
    )
    details = {"interview": interview.number, "role": role}
    record_event(ai_model, "interview.participant_added", by=by, at=now, details=details)
    return participant


@transaction.atomic
def add_session(
    interview: Interview, *, by: User, held_on: date, context: str, transcript: str
) -> InterviewSession:
    """Add a session with its transcript, which is kept exactly as it is and never changes.

    The event holds the digests too, so that a row changed together with its digest is found.
    """
    ai_model = lock_model(interview.ai_model)
    check_editor(by)
    now = timezone.now()
    transcript = recorded_texts.verbatim("transcript", transcript, needed=TRANSCRIPT_REQUIRED)
    context = recorded_texts.verbatim("context", context)
    session = InterviewSession.objects.create(
        interview=interview,
        number=interview.sessions.count() + 1,
        held_on=recorded_texts.past_day("held_on", held_on, now.date()),
        context=context,
        context_digest=digest_of(context),
        transcript=transcript,
        digest=digest_of(transcript),
        recorded_at=now,
    )
    details = {
        "interview": interview.number,
        "session": session.number,
        "transcript_sha256": session.digest,
        "context_sha256": session.context_digest,
    }
    record_event(ai_model, "interview.session_added", by=by, at=now, details=details)
    return session
