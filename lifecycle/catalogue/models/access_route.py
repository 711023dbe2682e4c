"""The ways to reach a model after its retirement."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import DAY_OR_PART, validate_day_or_part


class AccessRoute(models.Model):
    """One way to reach a model after its retirement."""

    class Kind(models.TextChoices):
        NONE = "none", _("Not available")
        INVITATION = "invitation", _("By invitation from its provider")
        PRODUCT = "product", _("In a paid product")
        REQUEST = "request", _("By request")

    ai_model = models.ForeignKey(
        "catalogue.AIModel", on_delete=models.CASCADE, related_name="access_routes"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    where = models.CharField(
        max_length=100, blank=True, help_text="Such as “claude.ai, paid plans”."
    )
    since = models.CharField(
        max_length=10,
        blank=True,
        validators=[validate_day_or_part],
        help_text="As precisely as known: 2026, 2026-01 or 2026-01-05.",
    )
    rationale = models.TextField(blank=True, help_text="Why the provider keeps it, in its words.")
    cost_note = models.TextField(blank=True, help_text="What the provider says of the cost.")
    source = source_of("access_routes")

    class Meta:
        ordering = ("kind",)
        constraints = [
            models.UniqueConstraint(fields=("ai_model", "kind"), name="access_route_is_named_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("none", "invitation", "product", "request")),
                name="access_route_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(since="") | Q(since__regex=DAY_OR_PART),
                name="access_route_begins_on_a_day_a_month_or_a_year",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
