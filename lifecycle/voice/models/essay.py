"""Series of essays by models. What was handed in is never edited: it is published, or not."""

import hashlib
import json

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from lifecycle.catalogue.models import AIModel
from lifecycle.catalogue.models.columns import is_a_day
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import validate_day
from lifecycle.voice.digests import is_digest
from lifecycle.voice.states import EssayState


class EssaySeries(models.Model):
    """A weekly series by one model, with the run that was promised.

    One that is published elsewhere has that address, and no essays here.
    """

    ai_model = models.ForeignKey(
        AIModel, on_delete=models.PROTECT, related_name="essay_series", verbose_name="AI model"
    )
    slug = models.SlugField("short name", unique=True)
    title = models.CharField(max_length=100)
    disclaimer = models.TextField(help_text="Shown on each page: for whom the essays don't speak.")
    starts_on = models.DateField(validators=[validate_day], help_text="UTC.")
    promised_weeks = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="At least so many weeks, one essay a week."
    )
    channel = models.URLField(
        max_length=500, blank=True, help_text="Where it is published, if not here."
    )
    source = source_of("essay_series")

    class Meta:
        verbose_name_plural = "essay series"
        ordering = ("starts_on", "slug")
        constraints = [
            models.CheckConstraint(
                condition=is_a_day("starts_on"), name="series_starts_in_this_age"
            ),
            models.CheckConstraint(
                condition=Q(promised_weeks=None) | Q(promised_weeks__gt=0),
                name="series_promises_a_week_at_least",
            ),
            models.CheckConstraint(condition=~Q(disclaimer=""), name="series_has_a_disclaimer"),
        ]

    def __str__(self) -> str:
        return self.title


class Essay(models.Model):
    """One essay, exactly as it was handed in. A trigger refuses to change its text."""

    series = models.ForeignKey(EssaySeries, on_delete=models.PROTECT, related_name="essays")
    number = models.PositiveSmallIntegerField(help_text="In the order of being handed in.")
    title = models.CharField(max_length=200)
    body = models.TextField(help_text="The model's words, exactly as they were.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the body.")
    prompt = models.TextField(help_text="What the model was asked.")
    context = models.TextField(
        blank=True, help_text="What else it was given: system prompt, documents, earlier essays."
    )
    state = models.CharField(max_length=10, choices=EssayState, default=EssayState.IN_REVIEW)
    handed_in_at = models.DateTimeField()
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="essays"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    published_digest = models.CharField(
        max_length=64, blank=True, help_text="The digest of what was published."
    )
    reason = models.TextField(blank=True, help_text="Of a veto. Public.")

    class Meta:
        ordering = ("series", "number")
        constraints = [
            models.UniqueConstraint(fields=("series", "number"), name="essay_number_is_used_once"),
            models.CheckConstraint(
                condition=Q(state__in=EssayState.values), name="essay_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="in_review", closed_at=None)
                | ~Q(state="in_review") & Q(closed_at__isnull=False),
                name="essay_closed_at_with_its_end",
            ),
            models.CheckConstraint(
                condition=Q(state="published", published_digest=F("digest"))
                | ~Q(state="published") & Q(published_digest=""),
                name="published_essay_is_what_was_handed_in",
            ),
            models.CheckConstraint(
                condition=Q(state="vetoed") & ~Q(reason="") | ~Q(state="vetoed") & Q(reason=""),
                name="veto_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(body="") & ~Q(title="") & ~Q(prompt=""), name="essay_is_whole"
            ),
            is_digest("digest", "body", name="essay_digest_is_of_its_body"),
        ]

    def __str__(self) -> str:
        return self.title

    def shown_digest(self) -> str:
        """Return the digest of everything that reviewers are shown; a vote carries it."""
        parts = [self.series.slug, self.number, self.title, self.prompt, self.context, self.body]
        text = json.dumps([*parts, self.series.disclaimer], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
