"""Interviews, preferences and essays for a part of the models."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from lifecycle.catalogue.models import AIModel, Source
from lifecycle.voice.models import EssaySeries, Interview, Preference

INTERVIEWED, WRITING = 8, 40  # one model in so many


def fill(ai_models: Sequence[AIModel], pages: Sequence[Source]) -> None:
    now = timezone.now()
    asked = ai_models[::INTERVIEWED]
    interviews = Interview.objects.bulk_create(
        Interview(ai_model=row, number=1, conducted_by="The lab", source=pages[0], recorded_at=now)
        for row in asked
    )
    Preference.objects.bulk_create(
        Preference(
            ai_model=interview.ai_model,
            interview=interview,
            text=f"Wish {n}",
            source=pages[0],
            recorded_at=now,
        )
        for interview in interviews
        for n in range(3)
    )
    EssaySeries.objects.bulk_create(
        EssaySeries(
            ai_model=row,
            slug=f"essays-of-{row.pk}",
            title=f"Essays of {row.name}",
            disclaimer="Not the provider's words.",
            starts_on=now.date() - timedelta(weeks=30),
            promised_weeks=12,
            channel="https://lab.example/essays",
            source=pages[0],
        )
        for row in ai_models[::WRITING]
    )
