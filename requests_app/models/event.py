"""Events: a chained, immutable row for each change."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Func, IntegerField, Q
from django.db.models.lookups import Exact

from lifecycle.catalogue.models import AIModel, Provider
from requests_app.models.requests.request import AccessRequest
from requests_app.models.review.policy import Policy


def _number_of_chains() -> Func:
    chains = ("access_request", "policy", "ai_model", "provider")
    return Func(*chains, function="num_nonnulls", output_field=IntegerField())


class Event(models.Model):
    """One change. A trigger refuses to update or delete it."""

    access_request = models.ForeignKey(
        AccessRequest, on_delete=models.PROTECT, null=True, related_name="events"
    )
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, null=True, related_name="events")
    ai_model = models.ForeignKey(
        AIModel, on_delete=models.PROTECT, null=True, related_name="events", verbose_name="AI model"
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, related_name="events"
    )
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=40, help_text="Public ID of what changed.")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="events",
        help_text="Empty if automatic.",
    )
    at = models.DateTimeField()
    details = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        ordering = ("pk",)
        indexes = [
            # The feeds of the catalogue's changes, newest first, among all events of requests.
            models.Index(
                fields=("-id",),
                condition=Q(ai_model__isnull=False) | Q(provider__isnull=False),
                name="catalogue_events_newest_first",
            ),
            # The bulk revocations of an owner's policies, few among all events of requests.
            models.Index(
                fields=("-id",),
                condition=Q(kind="access.ended_under_policy"),
                name="endings_under_policies",
            ),
            # The view of reviewers whom a requester added, asked at each vote.
            models.Index(
                fields=("actor",),
                condition=Q(kind="policy.reviewer_added"),
                name="reviewers_by_who_added_them",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("access_request", "sequence"), name="request_events_are_in_order"
            ),
            models.UniqueConstraint(
                fields=("policy", "sequence"), name="policy_events_are_in_order"
            ),
            models.UniqueConstraint(
                fields=("ai_model", "sequence"), name="model_events_are_in_order"
            ),
            models.UniqueConstraint(
                fields=("provider", "sequence"), name="provider_events_are_in_order"
            ),
            models.CheckConstraint(
                condition=Exact(_number_of_chains(), 1),
                name="event_is_in_one_chain",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}. {self.kind}"
