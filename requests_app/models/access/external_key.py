"""Keys at other gateways, and the results of comparing them with ours."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from requests_app.models.access.key import Key
from requests_app.models.columns import LockedQuerySet


class ExternalKeyState(models.TextChoices):
    """The state of a key at one gateway."""

    CREATING = "creating", "Being created"
    PRESENT = "present", "Present"
    DELETING = "deleting", "Being deleted"
    GONE = "gone", "Deleted"


class ExternalKeyQuerySet(LockedQuerySet["ExternalKey"]):
    def due(self, state: ExternalKeyState, now: datetime) -> Self:
        return self.filter(state=state, next_try_at__lte=now).order_by("next_try_at", "pk")

    def waiting(self) -> Self:
        """Keys not yet gone, which keep the revocation of their key unconfirmed."""
        return self.exclude(state=ExternalKeyState.GONE)


class ExternalKey(models.Model):
    """One key at one gateway: stored before the gateway is called, kept until it confirms."""

    key = models.ForeignKey(
        Key,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="issued",
        help_text="Empty for a key that claims to be ours but isn't known here.",
    )
    issuer = models.CharField(max_length=40)
    reference = models.CharField(max_length=100, help_text="The gateway's name for it.")
    state = models.CharField(
        max_length=10, choices=ExternalKeyState, default=ExternalKeyState.CREATING
    )
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the gateway last reported having it."
    )
    gone_at = models.DateTimeField(
        null=True, blank=True, help_text="When the gateway confirmed its deletion."
    )
    next_try_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0, help_text="Since the last success.")
    stuck_at = models.DateTimeField(
        null=True, blank=True, help_text="When the operators were notified. We keep retrying."
    )
    problem = models.CharField(max_length=200, blank=True)

    objects = ExternalKeyQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = [
            # The sweeps that call the gateways.
            models.Index(
                fields=("state", "next_try_at"),
                condition=Q(next_try_at__isnull=False),
                name="external_keys_to_settle",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ExternalKeyState.values), name="external_key_state_is_known"
            ),
            models.UniqueConstraint(
                fields=("issuer", "reference"), name="external_key_is_at_a_gateway_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("creating", "deleting")) | Q(next_try_at__isnull=False),
                name="external_key_that_waits_is_looked_at_again",
            ),
            models.CheckConstraint(
                condition=~Q(state="present") | Q(confirmed_at__isnull=False, key__isnull=False),
                name="external_key_that_is_there_was_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(state="gone") | Q(gone_at__isnull=False, next_try_at__isnull=True),
                name="external_key_that_is_gone_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} at {self.issuer}"


class Reconciliation(models.Model):
    """The result of one comparison with a gateway."""

    issuer = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    listed = models.PositiveIntegerField(help_text="All keys at the gateway.")
    expected = models.PositiveIntegerField(help_text="Our keys that the gateway should have.")
    missing = models.PositiveIntegerField()
    extra = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    unconfirmed = models.PositiveIntegerField()

    class Meta:
        ordering = ("-finished_at",)
        indexes = [
            # The last comparison of a gateway.
            models.Index(fields=("issuer", "-finished_at"), name="reconciliations_of_an_issuer"),
        ]

    def __str__(self) -> str:
        return f"{self.issuer} at {self.finished_at:%Y-%m-%d %H:%M} UTC"
