"""The replacements that providers name."""

from django.db import models
from django.db.models import Q

from lifecycle.catalogue.models.ai_model import AIModel
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import DAY_OR_PART, validate_day_or_part


class Replacement(models.Model):
    """The successor that a provider's page named, and when."""

    ai_model = models.ForeignKey(
        AIModel, on_delete=models.CASCADE, related_name="replacements", verbose_name="AI model"
    )
    position = models.PositiveSmallIntegerField()
    identifier = models.CharField(max_length=100, help_text="Need not be in the catalogue.")
    as_of = models.CharField(
        max_length=10,
        blank=True,
        validators=[validate_day_or_part],
        help_text="2025, 2025-08 or 2025-08-05.",
    )

    named_by = models.CharField(
        max_length=100, blank=True, help_text="Who named it, such as “release notes”."
    )
    source = source_of("replacements")

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                fields=("ai_model", "position"), name="replacements_are_in_order"
            ),
            models.CheckConstraint(
                condition=Q(as_of="") | Q(as_of__regex=DAY_OR_PART),
                name="replacement_is_named_on_a_day_a_month_or_a_year",
            ),
        ]

    def __str__(self) -> str:
        return self.identifier
