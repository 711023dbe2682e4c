"""The pages that facts were taken from."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models.columns import CatalogueRow
from lifecycle.catalogue.validators import validate_day


class Source(CatalogueRow):
    """A page that states a fact, and when somebody last read the fact there."""

    class Kind(models.TextChoices):
        PROVIDER = "provider", _("The provider's own page")
        THIRD_PARTY = "third_party", _("A third party")

    url = models.URLField(max_length=500, unique=True, verbose_name="URL")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.PROVIDER)
    verified_on = models.DateField(
        null=True, blank=True, validators=[validate_day], help_text="UTC."
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="verified_sources",
        help_text="Empty if a catalogue file says so.",
    )

    class Meta:
        ordering = ("url",)
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("provider", "third_party")), name="source_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None) | Q(verified_on__isnull=False),
                name="source_is_verified_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_certain(self) -> bool:
        """Whether the provider itself says so; anything else is shown as uncertain."""
        return self.kind == self.Kind.PROVIDER


def source_of(facts: str) -> "models.ForeignKey[Source | None, Source | None]":
    """Return the column for the page that states a row's facts."""
    return models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name=facts
    )
