"""Compare the texts that never change with their digests, in the row and in its event."""

from collections.abc import Iterator

from lifecycle.voice.digests import digest_of
from lifecycle.voice.models import Essay, InterviewSession, ProtocolVersion
from requests_app.models import Event


def problems() -> Iterator[str]:
    """Yield a sentence for each text that isn't what was recorded."""
    yield from _sessions()
    yield from _protocols()
    yield from _essays()


def _sessions() -> Iterator[str]:
    recorded = {
        (event.ai_model_id, event.details["interview"], event.details["session"]): event.details
        for event in Event.objects.filter(kind="interview.session_added").iterator()
    }
    rows = InterviewSession.objects.select_related("interview__ai_model").order_by("pk")
    for row in rows.iterator():
        details = recorded.pop((row.interview.ai_model_id, row.interview.number, row.number), None)
        now = (digest_of(row.transcript), digest_of(row.context))
        kept = details and (details["transcript_sha256"], details["context_sha256"])
        yield from _compared(str(row), now, (row.digest, row.context_digest), kept)
    for _model, interview, session in recorded:
        yield f"Interview {interview}, session {session}: its transcript was removed."


def _protocols() -> Iterator[str]:
    recorded = {
        (event.details["protocol"], event.details["version"]): event.details["text_sha256"]
        for event in Event.objects.filter(kind="protocol.published").iterator()
    }
    for row in ProtocolVersion.objects.select_related("protocol").order_by("pk").iterator():
        kept = recorded.pop((row.protocol.slug, row.number), None)
        yield from _compared(str(row), digest_of(row.text), row.digest, kept)
    for slug, number in recorded:
        yield f"Protocol {slug}, version {number}: its text was removed."


def _essays() -> Iterator[str]:
    recorded = {
        (event.details["series"], event.details["number"]): event.details
        for event in Event.objects.filter(kind="essay.handed_in").iterator()
    }
    for row in Essay.objects.select_related("series").order_by("pk").iterator():
        details = recorded.pop((row.series.slug, row.number), None)
        kept = details and (details["body_sha256"], details["shown_sha256"])
        stored = row.published_digest or row.digest
        shown = row.shown_digest()
        yield from _compared(str(row), (digest_of(row.body), shown), (stored, shown), kept)
    for slug, number in recorded:
        yield f"Essay {number} of {slug}: it was removed."


def _compared(name: str, now: object, stored: object, recorded: object) -> Iterator[str]:
    if recorded is None:
        yield f"{name}: no event records this text."
    elif not now == stored == recorded:
        yield f"{name}: the text isn't the one that was recorded."
