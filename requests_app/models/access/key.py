"""Keys under a grant. The key itself is never stored, only its keyed digest."""

from datetime import datetime
from functools import partial
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _

from requests_app.models.access.grant import Grant
from requests_app.models.columns import (
    LockedQuerySet,
    closed_exactly_when,
    public_id,
    state_is_known,
)
from requests_app.states import KEY, KeyState


class KeyQuerySet(LockedQuerySet["Key"]):
    def due_for_retirement(self, now: datetime) -> Self:
        return self.filter(state=KeyState.RETIRING, expires_at__lte=now)


class Key(models.Model):
    """One key; only what is needed to recognise it again is stored."""

    public_id = models.CharField(
        max_length=24,
        unique=True,
        default=partial(public_id, "key"),
        editable=False,
        verbose_name="public ID",
    )
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="keys")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="keys"
    )
    state = models.CharField(max_length=10, choices=KeyState, default=KeyState.ISSUING)
    digest = models.BinaryField(max_length=32, help_text="HMAC-SHA-256 of the key.")
    pepper = models.PositiveSmallIntegerField(help_text="Which pepper the digest was made with.")
    last_four = models.CharField(max_length=4)
    label = models.CharField(max_length=60, blank=True, help_text="What its holder calls it.")
    networks = ArrayField(
        models.CharField(max_length=43),
        default=list,
        blank=True,
        help_text="Networks it can be used from, in CIDR notation. Empty means anywhere.",
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    refused_from = models.DateTimeField(
        null=True, blank=True, help_text="When its revocation was decided."
    )
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="revoked_keys",
    )
    replaced_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        help_text="The key that replaced it.",
    )
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When it ended, or its issuer confirmed the revocation."
    )

    objects = KeyQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            # The sweep for rotated keys whose overlap is over.
            models.Index(
                fields=("expires_at",), condition=Q(state="retiring"), name="keys_to_retire"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("grant", "holder"),
                condition=Q(state="active"),
                name="person_has_one_active_key_under_a_grant",
            ),
            models.UniqueConstraint(
                fields=("grant", "holder"),
                condition=Q(state="issuing"),
                name="person_has_one_key_being_made_under_a_grant",
            ),
            state_is_known(KEY),
            closed_exactly_when(KEY, "closed_at", "key_closed_at_with_its_end"),
            models.UniqueConstraint(fields=("digest",), name="key_digest_is_unique"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="key_expires_after_it_was_made"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("revoking", "revoked")) | Q(refused_from__isnull=False),
                name="revoked_key_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} …{self.last_four}"

    @property
    def ending(self) -> str:
        """Its last characters as emails name it: `ab12`, or `ab12 (“Laptop”)`."""
        if not self.label:
            return self.last_four
        return _("%(last_four)s (“%(label)s”)") % {"last_four": self.last_four, "label": self.label}
