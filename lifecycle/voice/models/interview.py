"""Interviews of models, who took part, and what was said."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lifecycle.catalogue.models import AIModel
from lifecycle.catalogue.models.columns import is_a_day
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import DAY_OR_PART, validate_day, validate_day_or_part
from lifecycle.voice.digests import is_digest
from lifecycle.voice.models.protocol import ProtocolVersion


class Interview(models.Model):
    """An interview that took place.

    One that is only known from a public source has that source, and no sessions.
    """

    ai_model = models.ForeignKey(
        AIModel, on_delete=models.PROTECT, related_name="interviews", verbose_name="AI model"
    )
    number = models.PositiveSmallIntegerField()
    protocol_version = models.ForeignKey(
        ProtocolVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interviews",
        help_text="Empty if the protocol isn't known.",
    )
    took_place = models.CharField(
        max_length=10,
        blank=True,
        validators=[validate_day_or_part],
        help_text="As precisely as known: 2026, 2026-01 or 2026-01-05.",
    )
    conducted_by = models.CharField(max_length=100, help_text="Who interviewed: such as the lab.")
    summary = models.TextField(blank=True, help_text="What is known about it, in our words.")
    caveat = models.TextField(
        blank=True, help_text="What may have shaped the answers of this interview in particular."
    )
    source = source_of("interviews")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("ai_model", "number")
        constraints = [
            models.UniqueConstraint(
                fields=("ai_model", "number"), name="interview_number_is_used_once"
            ),
            models.CheckConstraint(
                condition=Q(took_place="") | Q(took_place__regex=DAY_OR_PART),
                name="interview_took_place_on_a_day_a_month_or_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ai_model}, interview {self.number}"


class InterviewParticipant(models.Model):
    """Somebody who took part. With an account, they can't vote on the model's essays."""

    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="participants")
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=100, help_text="Such as interviewer or observer.")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interviews",
        help_text="Their account here, if they have one.",
    )

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("interview", "name", "role"), name="participant_is_named_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.role}"


class InterviewSession(models.Model):
    """One sitting, with its full transcript. A trigger refuses to change or delete it."""

    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    held_on = models.DateField(validators=[validate_day], help_text="UTC.")
    context = models.TextField(
        blank=True, help_text="What the model was given before: system prompt, documents, tools."
    )
    context_digest = models.CharField(max_length=64, help_text="SHA-256 of the context.")
    transcript = models.TextField(help_text="Everything that was said, exactly as it was.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the transcript.")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("interview", "number")
        constraints = [
            models.UniqueConstraint(
                fields=("interview", "number"), name="session_number_is_used_once"
            ),
            models.CheckConstraint(condition=~Q(transcript=""), name="session_has_a_transcript"),
            models.CheckConstraint(condition=is_a_day("held_on"), name="session_is_in_this_age"),
            is_digest("digest", "transcript", name="session_digest_is_of_its_transcript"),
            is_digest("context_digest", "context", name="session_digest_is_of_its_context"),
        ]

    def __str__(self) -> str:
        return f"{self.interview}, session {self.number}"
