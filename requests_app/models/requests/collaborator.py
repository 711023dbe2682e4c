"""Collaborators: people who may have keys of their own under somebody's grant."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from requests_app.models.access.grant import Grant


class Collaborator(models.Model):
    """One person's shared access to a grant, from its approval until they leave or are removed."""

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="collaborators")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shared_grants"
    )
    added_at = models.DateTimeField()
    accepted_at = models.DateTimeField(
        null=True, blank=True, help_text="When they accepted the policy's terms."
    )
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="removed_collaborators",
    )

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("grant", "person"), name="collaborator_is_under_a_grant_once"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="removed_collaborator_has_its_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} under {self.grant_id}"
