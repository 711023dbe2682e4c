"""The ways to reach a model after its retirement."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AccessRoute(models.Model):
    """One way to reach a model after its retirement."""

    class Kind(models.TextChoices):
        NONE = "none", _("Not available")
        PRODUCT = "product", _("In a paid product")
        REQUEST = "request", _("By request")

    ai_model = models.ForeignKey(
        "catalogue.AIModel", on_delete=models.CASCADE, related_name="access_routes"
    )
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        ordering = ("kind",)
        constraints = [
            models.UniqueConstraint(fields=("ai_model", "kind"), name="access_route_is_named_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("none", "product", "request")),
                name="access_route_kind_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
