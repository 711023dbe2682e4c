"""Capabilities and parameters that end before their model."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models.ai_model import AIModel
from lifecycle.catalogue.models.columns import is_a_day
from lifecycle.catalogue.models.provider import Provider
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import validate_day


class FeatureEnd(models.Model):
    """The end of a capability or parameter, of one model or of all of a provider's."""

    class Kind(models.TextChoices):
        CAPABILITY = "capability", _("Capability")
        PARAMETER = "parameter", _("Parameter")

    ai_model = models.ForeignKey(
        AIModel,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="feature_ends",
        verbose_name="AI model",
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, null=True, blank=True, related_name="feature_ends"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=100, help_text="Such as “1M-token context”.")
    where = models.CharField(
        max_length=100, blank=True, help_text="A platform or a package; empty: everywhere."
    )
    announced = models.DateField(null=True, blank=True, validators=[validate_day])
    ends = models.DateField(
        null=True, blank=True, validators=[validate_day], help_text="Empty: no date yet."
    )
    note = models.TextField(blank=True)
    source = source_of("feature_ends")

    class Meta:
        ordering = ("ends", "name")
        constraints = [
            models.UniqueConstraint(
                fields=("ai_model", "provider", "name", "where"),
                nulls_distinct=False,
                name="feature_end_is_named_once",
            ),
            models.CheckConstraint(
                condition=Q(ai_model=None, provider__isnull=False)
                | Q(ai_model__isnull=False, provider=None),
                name="feature_end_is_of_a_model_or_a_provider",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("capability", "parameter")),
                name="feature_end_kind_is_known",
            ),
            models.CheckConstraint(
                condition=is_a_day("announced", "ends"), name="feature_end_is_in_this_age"
            ),
        ]

    def __str__(self) -> str:
        return self.name
