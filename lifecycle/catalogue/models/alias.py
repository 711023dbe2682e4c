"""Other identifiers that lead to a model."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from lifecycle.catalogue.models.ai_model import AIModel
from lifecycle.catalogue.models.columns import is_a_day
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import validate_day, validate_identifier


class AliasQuerySet(models.QuerySet["Alias"]):
    def targets(self, identifier: str, day: date) -> list[AIModel]:
        """Return the models that an alias leads to on `day`, or the last one that it led to."""
        begun = self.filter(Q(starts=None) | Q(starts__lte=day), identifier=identifier)
        rows = list(begun.select_related("ai_model").order_by("platform", "starts", "pk"))
        leading = [row for row in rows if row.ends is None or row.ends > day]
        if not leading and rows:
            leading = [max(rows, key=lambda row: row.ends or day)]
        return list({row.ai_model_id: row.ai_model for row in leading}.values())


class Alias(models.Model):
    """An identifier that points to a model for a time, on one platform or on all."""

    ai_model = models.ForeignKey(
        AIModel, on_delete=models.CASCADE, related_name="aliases", verbose_name="AI model"
    )
    identifier = models.CharField(max_length=100, validators=[validate_identifier])
    platform = models.CharField(max_length=100, blank=True, help_text="Empty: everywhere.")
    starts = models.DateField(
        null=True, blank=True, validators=[validate_day], help_text="Empty if unknown."
    )
    ends = models.DateField(
        null=True, blank=True, validators=[validate_day], help_text="Empty: it still does."
    )
    source = source_of("aliases")

    objects = AliasQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "aliases"
        ordering = ("identifier", "platform", "starts")
        constraints = [
            models.UniqueConstraint(
                fields=("ai_model", "identifier", "platform", "starts"),
                nulls_distinct=False,
                name="alias_is_named_once",
            ),
            models.CheckConstraint(
                condition=Q(starts=None) | Q(ends=None) | Q(ends__gt=F("starts")),
                name="alias_ends_after_its_start",
            ),
            models.CheckConstraint(
                condition=is_a_day("starts", "ends"), name="alias_is_in_this_age"
            ),
        ]

    def __str__(self) -> str:
        return self.identifier
