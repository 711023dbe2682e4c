"""Who keeps a model's weights, and whether they are still whole."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, DateField, ExpressionWrapper, F, Q, When

from lifecycle.catalogue.models.ai_model import AIModel
from lifecycle.catalogue.models.columns import CatalogueRow, is_a_day
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import validate_day


class WeightsCustodyQuerySet(models.QuerySet["WeightsCustody"]):
    def to_remind_of(self, now: datetime) -> Self:
        """Rows whose check is due, and those whose day for it has to be set or set anew."""
        later = ExpressionWrapper(F("checked_on") + F("check_every_days"), DateField())
        due = Case(When(~Q(expected_digest=""), then="checked_on"), default=later)
        rows = self.filter(check_every_days__isnull=False)
        planned = Q(check_due_on=due) | Q(checked_on=None, check_due_on__isnull=False)
        return rows.filter(~planned | Q(check_due_on=None) | Q(remind_at__lte=now))


class WeightsCustody(CatalogueRow):
    """What is kept of a model, for how long at least, by whom, and when it was last checked."""

    ai_model = models.OneToOneField(
        AIModel, on_delete=models.CASCADE, related_name="weights", verbose_name="AI model"
    )
    kept = models.CharField(max_length=200, help_text="What is kept, such as “the final weights”.")
    custodian = models.CharField(max_length=100, help_text="The organisation that keeps them.")
    kept_until = models.DateField(
        null=True, blank=True, validators=[validate_day], help_text="At least until then."
    )
    kept_while = models.CharField(
        max_length=200, blank=True, help_text="At least as long as, such as “the company exists”."
    )
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="weights_in_custody",
        help_text="Who is reminded of checks.",
    )
    check_every_days = models.PositiveSmallIntegerField(null=True, blank=True)
    checked_on = models.DateField(null=True, blank=True, validators=[validate_day])
    digest = models.CharField(
        max_length=200, blank=True, help_text="Found at the last check, such as sha256:…"
    )
    expected_digest = models.CharField(
        max_length=200,
        blank=True,
        help_text="If the last check failed: the digest that the weights had before.",
    )
    check_due_on = models.DateField(null=True, blank=True, editable=False)
    remind_at = models.DateTimeField(null=True, blank=True, editable=False)
    source = source_of("weights")

    objects = WeightsCustodyQuerySet.as_manager()

    class Meta:
        verbose_name = "record of kept weights"
        verbose_name_plural = "records of kept weights"
        constraints = [
            models.CheckConstraint(
                condition=Q(kept_until__isnull=False) | ~Q(kept_while=""),
                name="weights_are_kept_for_a_time",
            ),
            models.CheckConstraint(
                condition=Q(expected_digest="")
                | Q(checked_on__isnull=False) & ~Q(expected_digest=F("digest")),
                name="failed_check_found_another_digest",
            ),
            models.CheckConstraint(
                condition=is_a_day("kept_until", "checked_on", "check_due_on"),
                name="weights_are_in_this_age",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kept} of {self.ai_model}"

    @property
    def has_failed(self) -> bool:
        """Whether the last check found another digest than expected, and nobody meant that."""
        return bool(self.expected_digest)
