"""AI models."""

from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models.access_route import AccessRoute
from lifecycle.catalogue.models.columns import CatalogueRow, ChainHead
from lifecycle.catalogue.models.provider import Provider
from lifecycle.catalogue.models.retirement import Retirement, last_rounds
from lifecycle.catalogue.validators import (
    DAY_OR_PART,
    validate_day_or_part,
    validate_identifier,
)
from lifecycle.text.folded_columns import ComparableField


class AIModelQuerySet(models.QuerySet["AIModel"]):
    def retired_on(self, day: date) -> Self:
        """Models that at least one platform has stopped serving by `day` (UTC)."""
        return self.filter(
            Exists(Retirement.objects.effective_on(day).filter(ai_model=OuterRef("pk")))
        )

    def by_request(self) -> Self:
        """Models to which access can be requested, whether retired yet or not."""
        asked_for = AccessRoute.objects.filter(
            ai_model=OuterRef("pk"), kind=AccessRoute.Kind.REQUEST
        )
        return self.filter(Exists(asked_for), withdrawn_at=None)


class AIModel(CatalogueRow, ChainHead):
    """An AI model in the catalogue."""

    class Kind(models.TextChoices):
        """What a provider's promised notice depends on."""

        SNAPSHOT = "snapshot", _("Pinned snapshot")
        PREVIEW = "preview", _("Preview")
        SPECIALISED = "specialised", _("Specialised model")
        FINE_TUNED = "fine_tuned", _("Fine-tuned versions of a base model")

    identifier = models.CharField(max_length=100, unique=True, validators=[validate_identifier])
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="ai_models")
    name = models.CharField(max_length=100)
    comparable_name = ComparableField(of="name")
    released = models.CharField(
        max_length=10,
        blank=True,
        validators=[validate_day_or_part],
        help_text="As precisely as known: 2024, 2024-03 or 2024-03-04.",
    )
    kind = models.CharField(max_length=20, choices=Kind, blank=True)
    context_window = models.PositiveIntegerField(null=True, blank=True, help_text="In tokens.")
    parameters = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        help_text="Parameters of the API that it is known to accept, such as temperature.",
    )
    note = models.TextField(blank=True)
    sources = ArrayField(models.URLField(max_length=500), default=list, blank=True)
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="From then on, no key can use this model."
    )

    objects = AIModelQuerySet.as_manager()

    class Meta:
        verbose_name = "AI model"
        ordering = ("provider", "name")
        constraints = [
            models.CheckConstraint(
                condition=Q(released="") | Q(released__regex=DAY_OR_PART),
                name="release_is_a_day_a_month_or_a_year",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("", "snapshot", "preview", "specialised", "fine_tuned")),
                name="model_kind_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_retired(self, day: date) -> bool:
        """Whether a platform has stopped serving it by `day`; a promised earliest day isn't one."""
        return any(row.is_effective(day) for row in last_rounds(self.retirements.all()))

    def is_by_request(self) -> bool:
        routes = {route.kind for route in self.access_routes.all()}
        return AccessRoute.Kind.REQUEST in routes and self.withdrawn_at is None
