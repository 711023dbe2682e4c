"""Usage of keys: calls, tokens, cost, and when a key was last used."""

from django.db import models
from django.db.models import Q

from lifecycle.catalogue.models import AIModel
from requests_app.models.access.key import Key
from requests_app.models.access.service_token import ServiceToken


class Usage(models.Model):
    """Usage of one model by one key on one UTC day. `cost` is in millionths of a USD."""

    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="usage")
    ai_model = models.ForeignKey(
        AIModel, on_delete=models.PROTECT, related_name="+", verbose_name="AI model"
    )
    day = models.DateField()
    requests = models.PositiveBigIntegerField(default=0)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "usage"
        ordering = ("day",)
        constraints = [
            models.UniqueConstraint(
                fields=("key", "ai_model", "day"), name="usage_is_counted_once_a_day"
            )
        ]
        indexes = [
            # The monthly cost of a model, for its budget.
            models.Index(fields=("ai_model", "day"), name="usage_of_a_model"),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} on {self.day}"


class KeyActivity(models.Model):
    """When a key was last used and refused, to the minute; written in batches, a little late."""

    key = models.OneToOneField(Key, on_delete=models.CASCADE, related_name="activity")
    last_used_at = models.DateTimeField(
        null=True, blank=True, help_text="When the check last accepted it."
    )
    refusals = models.PositiveBigIntegerField(
        default=0, help_text="How often the check refused it as revoked or expired."
    )
    last_refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "key activity"

    def __str__(self) -> str:
        return f"{self.key_id}: {self.last_used_at}"


class UsageBatch(models.Model):
    """A batch reported by a gateway; the same id again changes nothing."""

    sender = models.ForeignKey(ServiceToken, on_delete=models.PROTECT, related_name="batches")
    batch_id = models.CharField(max_length=100, verbose_name="batch ID")
    received_at = models.DateTimeField()
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of its content.")
    answer = models.JSONField(null=True, help_text="The response, repeated if it is sent again.")

    class Meta:
        verbose_name_plural = "usage batches"
        constraints = [
            models.UniqueConstraint(
                fields=("sender", "batch_id"), name="usage_batch_is_counted_once"
            ),
            models.CheckConstraint(condition=~Q(batch_id=""), name="usage_batch_has_an_id"),
        ]

    def __str__(self) -> str:
        return self.batch_id
