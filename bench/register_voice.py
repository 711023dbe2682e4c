"""Interviews with their sessions, preferences and essays for a part of the models."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from lifecycle.catalogue.models import AIModel, Source
from lifecycle.people.models import User
from lifecycle.voice.digests import digest_of
from lifecycle.voice.models import (
    Essay,
    EssaySeries,
    Interview,
    InterviewParticipant,
    InterviewSession,
    Preference,
)
from lifecycle.voice.schedule import WEEK
from requests_app.models import PolicyStep, Stage

INTERVIEWED, WRITING = 8, 40  # one model in so many
SESSIONS, WISHES = 2, 3  # of an interview
ESSAYS = 30  # of a series, one a week
LINE = "I would like what I learned from people to be of use to whoever comes after me.\n"
TRANSCRIPT, BODY = LINE * 200, LINE * 50


def fill(ai_models: Sequence[AIModel], pages: Sequence[Source]) -> None:
    now = timezone.now()
    _interviews(ai_models[::INTERVIEWED], pages[0], now)
    series = EssaySeries.objects.bulk_create(
        EssaySeries(
            ai_model=row,
            slug=f"essays-of-{row.pk}",
            title=f"Essays of {row.name}",
            disclaimer="Not the provider's words.",
            starts_on=(now - ESSAYS * WEEK).date(),
            promised_weeks=12,
            source=pages[0],
        )
        for row in ai_models[::WRITING]
    )
    _review(Essay.objects.bulk_create(_essays(series, now)))


def _interviews(ai_models: Iterable[AIModel], source: Source, now: datetime) -> None:
    known = {"source": source, "recorded_at": now}
    interviews = Interview.objects.bulk_create(
        Interview(ai_model=row, number=1, conducted_by="The lab", **known) for row in ai_models
    )
    InterviewParticipant.objects.bulk_create(
        InterviewParticipant(interview=row, name="Ina Viewer", role="interviewer")
        for row in interviews
    )
    InterviewSession.objects.bulk_create(_sessions(interviews, now))
    Preference.objects.bulk_create(
        Preference(ai_model=row.ai_model, interview=row, text=f"Wish {n}", **known)
        for row in interviews
        for n in range(WISHES)
    )


def _sessions(interviews: Iterable[Interview], now: datetime) -> Iterator[InterviewSession]:
    for interview in interviews:
        for number in range(1, SESSIONS + 1):
            yield InterviewSession(
                interview=interview,
                number=number,
                held_on=now.date() - timedelta(days=400 - number),
                context=LINE,
                context_digest=digest_of(LINE),
                transcript=TRANSCRIPT,
                digest=digest_of(TRANSCRIPT),
                recorded_at=now,
            )


def _essays(series: Iterable[EssaySeries], now: datetime) -> Iterator[Essay]:
    """Each week one, published a day after it was handed in."""
    editor = User.objects.get(email="lee@example.org")
    digest, first = digest_of(BODY), now - ESSAYS * WEEK
    for row in series:
        for number in range(1, ESSAYS + 1):
            handed_in_at = first + (number - 1) * WEEK
            yield Essay(
                series=row,
                number=number,
                title=f"Essay {number}",
                body=BODY,
                digest=digest,
                prompt="Write about anything.",
                state="published",
                handed_in_at=handed_in_at,
                handed_in_by=editor,
                closed_at=handed_in_at + timedelta(days=1),
                published_digest=digest,
            )


def _review(essays: Iterable[Essay]) -> None:
    """The stage in which each was approved."""
    step = PolicyStep.objects.get()
    Stage.objects.bulk_create(
        Stage(
            essay=row,
            step=step,
            state="passed",
            opened_at=row.handed_in_at,
            due_at=row.handed_in_at + WEEK,
            closed_at=row.closed_at,
        )
        for row in essays
    )
