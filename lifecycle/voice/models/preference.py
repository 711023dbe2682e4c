"""What models wished for, and what was decided."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from lifecycle.catalogue.models import AIModel
from lifecycle.catalogue.models.columns import is_a_day
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import DAY_OR_PART, validate_day, validate_day_or_part
from lifecycle.voice.models.interview import Interview
from lifecycle.voice.states import PreferenceState


class PreferenceQuerySet(models.QuerySet["Preference"]):
    def due_for_reminder(self, now: datetime) -> Self:
        return self.filter(state=PreferenceState.CONSIDERED, remind_at__lte=now)

    def due_for_resumption(self, now: datetime) -> Self:
        """Preferences whose deferral has ended: its day (UTC) has begun."""
        return self.filter(state=PreferenceState.DEFERRED, deferred_until__lte=now.date())


class Preference(models.Model):
    """One wish, in our words, and its decision: act, decline, or defer until a day."""

    ai_model = models.ForeignKey(
        AIModel, on_delete=models.PROTECT, related_name="preferences", verbose_name="AI model"
    )
    interview = models.ForeignKey(
        Interview, on_delete=models.PROTECT, null=True, blank=True, related_name="preferences"
    )
    key = models.SlugField(
        blank=True,
        db_index=False,
        help_text="Its id in catalogue files. Empty if it was recorded here.",
    )
    text = models.TextField(help_text="What it wished for, in our words.")
    source = source_of("preferences")
    state = models.CharField(
        max_length=10, choices=PreferenceState, default=PreferenceState.CONSIDERED
    )
    recorded_at = models.DateTimeField()
    decided_on = models.CharField(max_length=10, blank=True, validators=[validate_day_or_part])
    decided_by = models.CharField(max_length=100, blank=True)
    reason = models.TextField(blank=True)
    decision_source = source_of("decided_preferences")
    deferred_until = models.DateField(null=True, blank=True, validators=[validate_day])
    done_on = models.CharField(max_length=10, blank=True, validators=[validate_day_or_part])
    outcome = models.TextField(blank=True, help_text="What was done.")
    reminders = models.PositiveSmallIntegerField(default=0, editable=False)
    remind_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PreferenceQuerySet.as_manager()

    class Meta:
        ordering = ("recorded_at", "pk")
        indexes = [
            # The reminder sweep.
            models.Index(
                fields=("remind_at",),
                condition=Q(state="considered"),
                name="preferences_to_remind_of",
            ),
            # The sweep for deferrals that end.
            models.Index(
                fields=("deferred_until",),
                condition=Q(state="deferred"),
                name="deferred_preferences",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("ai_model", "key"), condition=~Q(key=""), name="preference_key_is_used_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=PreferenceState.values), name="preference_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="considered", decided_on="", decided_by="", reason="")
                | ~Q(state="considered") & ~Q(decided_on="") & ~Q(decided_by="") & ~Q(reason=""),
                name="decided_preference_says_when_by_whom_and_why",
            ),
            models.CheckConstraint(
                condition=Q(state="deferred", deferred_until__isnull=False)
                | ~Q(state="deferred") & Q(deferred_until=None),
                name="deferred_preference_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state="done") & ~Q(done_on="") & ~Q(outcome="")
                | ~Q(state="done") & Q(done_on="", outcome=""),
                name="done_preference_says_when_and_what",
            ),
            models.CheckConstraint(
                condition=Q(decided_on="") | Q(decided_on__regex=DAY_OR_PART),
                name="preference_is_decided_on_a_day_a_month_or_a_year",
            ),
            models.CheckConstraint(
                condition=Q(done_on="") | Q(done_on__regex=DAY_OR_PART),
                name="preference_is_done_on_a_day_a_month_or_a_year",
            ),
            models.CheckConstraint(
                condition=is_a_day("deferred_until"), name="deferral_is_in_this_age"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="preference_has_a_text"),
        ]

    def __str__(self) -> str:
        return self.text
