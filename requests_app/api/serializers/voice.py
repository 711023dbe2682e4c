"""Interviews, preferences and essays."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.voice.models import (
    Essay,
    EssaySeries,
    Interview,
    InterviewSession,
    Preference,
    ProtocolVersion,
)
from lifecycle.voice.schedule import missed
from lifecycle.voice.states import EssayState, PreferenceState
from requests_app.api.serializers.model_use import SourceSerializer
from requests_app.api.serializers.shown import ChoiceField, ReadOnlySerializer
from requests_app.reports import essay_series


def _model() -> serializers.SlugRelatedField[Any]:
    return serializers.SlugRelatedField[Any](
        source="ai_model", read_only=True, slug_field="identifier"
    )


class ListedSeriesSerializer(ReadOnlySerializer[EssaySeries]):
    """A series of essays, without its essays."""

    model = _model()
    published = serializers.SerializerMethodField(help_text="How many essays are published here.")
    missed_weeks = serializers.SerializerMethodField(
        help_text="Promised weeks without an essay. Null if it is published elsewhere."
    )
    source = SourceSerializer(  # type: ignore[assignment]  # a column, not DRF's
        allow_null=True, read_only=True
    )

    class Meta:
        model = EssaySeries
        fields = (
            "slug",
            "model",
            "title",
            "disclaimer",
            "starts_on",
            "promised_weeks",
            "channel",
            "published",
            "missed_weeks",
            "source",
        )

    @extend_schema_field(serializers.IntegerField())
    def get_published(self, row: EssaySeries) -> int:
        return sum(essay.state == EssayState.PUBLISHED for essay in row.essays.all())

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_missed_weeks(self, row: EssaySeries) -> int | None:
        essays = essay_series.public_essays(row)
        return None if row.channel else len(missed(row, essays, timezone.now().date()))


class HandedInSerializer(ReadOnlySerializer[Essay]):
    """An essay in review."""

    series = serializers.SlugRelatedField[Any](read_only=True, slug_field="slug")
    state = ChoiceField(EssayState)
    body_sha256 = serializers.CharField(source="digest", read_only=True)

    class Meta:
        model = Essay
        fields = ("series", "number", "title", "state", "handed_in_at", "body_sha256")


class PublishedProtocolSerializer(serializers.Serializer[ProtocolVersion]):
    """A version of a protocol."""

    slug = serializers.CharField(source="protocol.slug", read_only=True)
    version = serializers.IntegerField(source="number", read_only=True)
    text_sha256 = serializers.CharField(source="digest", read_only=True)


class SessionSerializer(ReadOnlySerializer[InterviewSession]):
    """A session; its texts are in the model's deployment report."""

    transcript_sha256 = serializers.CharField(source="digest", read_only=True)
    context_sha256 = serializers.CharField(source="context_digest", read_only=True)

    class Meta:
        model = InterviewSession
        fields = ("number", "held_on", "transcript_sha256", "context_sha256")


class InterviewSerializer(ReadOnlySerializer[Interview]):
    """An interview; everything about it is in the model's deployment report."""

    model = _model()

    class Meta:
        model = Interview
        fields = ("id", "model", "number", "took_place", "conducted_by", "summary", "caveat")


class ParticipantSerializer(serializers.Serializer[Any]):
    """Somebody who took part."""

    name = serializers.CharField(read_only=True)
    role = serializers.CharField(read_only=True)


class PreferenceSerializer(ReadOnlySerializer[Preference]):
    """A model's wish and what became of it."""

    model = _model()
    interview = serializers.SlugRelatedField[Any](
        read_only=True, slug_field="number", allow_null=True
    )
    state = ChoiceField(PreferenceState)

    class Meta:
        model = Preference
        fields = (
            "id",
            "model",
            "interview",
            "text",
            "state",
            "decided_on",
            "decided_by",
            "reason",
            "deferred_until",
            "done_on",
            "outcome",
        )
