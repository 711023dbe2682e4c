"""The capacity of models: places and monthly budgets."""

from django.db import models
from django.db.models import Q

from lifecycle.catalogue.models import AIModel
from requests_app.models.columns import LockedQuerySet


class Capacity(models.Model):
    """How many grants a model can serve at once, and for how much a month; no row, no limit."""

    ai_model = models.OneToOneField(
        AIModel, on_delete=models.PROTECT, related_name="capacity", verbose_name="AI model"
    )
    places = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many grants can be active at once."
    )
    monthly_budget = models.PositiveIntegerField(
        null=True, blank=True, help_text="In whole USD for each calendar month (UTC)."
    )

    objects = LockedQuerySet["Capacity"].as_manager()

    class Meta:
        verbose_name_plural = "capacities"
        constraints = [
            models.CheckConstraint(
                condition=Q(places__isnull=False) | Q(monthly_budget__isnull=False),
                name="capacity_bounds_something",
            )
        ]

    def __str__(self) -> str:
        return f"of {self.ai_model}"
