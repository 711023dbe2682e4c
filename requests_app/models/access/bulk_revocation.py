"""Bulk revocations: the receipts of ending everything under one subject."""

from functools import partial

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from requests_app.models.columns import public_id
from requests_app.models.review.policy import Policy


def _ids() -> models.Field[list[str], list[str]]:
    return ArrayField(models.CharField(max_length=24), default=list, blank=True)


class BulkRevocation(models.Model):
    """The receipt of a bulk revocation: what ended, by whom, why and when. It never changes."""

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        INSTITUTION = "institution", "Institution"
        POLICY = "policy", "Policy"
        MODEL = "model", "Model"

    public_id = models.CharField(
        max_length=24,
        unique=True,
        default=partial(public_id, "end"),
        editable=False,
        verbose_name="public ID",
    )
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=300, help_text="The subject's name at the time.")
    policy = models.ForeignKey(
        Policy, on_delete=models.PROTECT, null=True, blank=True, related_name="bulk_revocations"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_revocations"
    )
    at = models.DateTimeField()
    reason = models.TextField()
    people = models.PositiveIntegerField(help_text="How many people lost access.")
    grants = _ids()
    keys = _ids()
    requests = _ids()
    tokens = _ids()
    rules = _ids()
    places = models.PositiveIntegerField(
        default=0, help_text="How much shared access ended under grants that go on."
    )
    differs_from_preview = models.BooleanField(
        default=False, help_text="Whether something changed after the preview that was confirmed."
    )

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("person", "institution", "policy", "model")),
                name="bulk_revocation_kind_is_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="bulk_revocation_has_a_reason"),
            models.CheckConstraint(
                condition=Q(kind="policy", policy__isnull=False)
                | ~Q(kind="policy") & Q(policy__isnull=True),
                name="bulk_revocation_of_a_policy_names_it",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
