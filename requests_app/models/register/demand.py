"""Who needs a retired model that can't be requested."""

from django.conf import settings
from django.db import models

from lifecycle.catalogue.models import AIModel


class Demand(models.Model):
    """One person's need for one model; withdrawing it, or the account's end, deletes the row."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="demands"
    )
    ai_model = models.ForeignKey(
        AIModel, on_delete=models.CASCADE, related_name="demands", verbose_name="AI model"
    )
    stated_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("person", "ai_model"), name="demand_is_stated_once")
        ]

    def __str__(self) -> str:
        return f"{self.ai_model_id} needed by {self.person_id}"
