"""Service tokens, with which automation and gateways authenticate; only digests are stored."""

from datetime import datetime, timedelta
from functools import partial
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from requests_app.models.columns import LockedQuerySet, public_id


class TokenPermission(models.TextChoices):
    """What a service token may be used for."""

    REVOKE_KEYS = "keys.revoke", "Revoke keys"
    CLAIM_KEYS = "keys.claim", "Create and rotate the owner's keys"
    INTROSPECT = "keys.introspect", "Check whether a key is active"
    REPORT_USAGE = "usage.report", "Report usage"
    KEEP_LISTS = "standing.write", "Keep the lists of standing rules"
    EDIT_CATALOGUE = "catalogue.write", "Change the catalogue, as its owner can"
    READ = "read", "Read what its owner can read"
    WRITE_REQUESTS = "requests.write", "Write the owner's requests; a person sends them"
    SUSPEND_GRANTS = "grants.suspend", "Suspend grants under policies that its owner owns"
    REVOKE_GRANTS = "grants.revoke", "Revoke grants under policies that its owner owns"


# What gateways do, for the keys of everybody: only superusers may give these.
GATEWAY_PERMISSIONS = (TokenPermission.INTROSPECT, TokenPermission.REPORT_USAGE)


# How long before its end the owner is told.
EXPIRY_NOTICES = (timedelta(days=14), timedelta(days=7), timedelta(days=1))


class ServiceTokenQuerySet(LockedQuerySet["ServiceToken"]):
    def leaked_awaiting_notice(self, now: datetime) -> Self:
        """Leaked tokens whose owner has to be notified now."""
        leaked = self.filter(revoked_at__isnull=False, revoked_by=None, owner_notified_at=None)
        due = Q(notify_owner_at=None) | Q(notify_owner_at__lte=now)
        return leaked.filter(due, notification_abandoned_at=None).exclude(
            owner__email__endswith=".invalid"  # a deleted account
        )

    def expiring_awaiting_notice(self, now: datetime) -> Self:
        """Tokens whose owner has to be told now that they end soon."""
        working = self.filter(revoked_at=None, replaced_by=None, expires_at__gt=now)
        return working.filter(expiry_notice_at__lte=now, owner__is_active=True)


class ServiceToken(models.Model):
    """A credential of a service, owned by a person; it always expires."""

    public_id = models.CharField(
        max_length=24,
        unique=True,
        default=partial(public_id, "token"),
        editable=False,
        verbose_name="public ID",
    )
    name = models.CharField(max_length=100)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="service_tokens"
    )
    permissions = ArrayField(models.CharField(max_length=20, choices=TokenPermission))
    digest = models.BinaryField(max_length=32, help_text="HMAC-SHA-256 of the token.")
    pepper = models.PositiveSmallIntegerField(help_text="Which pepper the digest was made with.")
    last_four = models.CharField(max_length=4)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    expiry_notice_at = models.DateTimeField(
        null=True, blank=True, help_text="When its owner is next told that it ends soon."
    )
    expiry_notice_tries = models.PositiveSmallIntegerField(default=0)
    last_used_at = models.DateTimeField(
        null=True, blank=True, help_text="To the minute. Empty if never used."
    )
    replaced_by = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        help_text="Its successor, since it was rotated.",
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="revoked_tokens",
        help_text="Empty if it was reported as leaked.",
    )
    owner_notified_at = models.DateTimeField(
        null=True, blank=True, help_text="When its owner was notified of the report."
    )
    notification_tries = models.PositiveSmallIntegerField(default=0)
    notify_owner_at = models.DateTimeField(
        null=True, blank=True, help_text="When that is retried. Empty means immediately."
    )
    notification_abandoned_at = models.DateTimeField(
        null=True, blank=True, help_text="When the mail server rejected the owner's address."
    )

    objects = ServiceTokenQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            # The sweep that notifies owners; nearly always empty.
            models.Index(
                fields=("revoked_at",),
                condition=Q(revoked_at__isnull=False, revoked_by=None, owner_notified_at=None),
                name="leaked_tokens_to_tell_of",
            ),
            models.Index(
                fields=("expiry_notice_at",),
                condition=Q(revoked_at=None, replaced_by=None),
                name="tokens_that_end_soon",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=("digest",), name="token_digest_is_unique"),
            models.CheckConstraint(
                condition=Q(
                    permissions__len__gt=0, permissions__contained_by=list(TokenPermission.values)
                ),
                name="token_permissions_are_known",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="token_expires_after_it_was_made"
            ),
            models.CheckConstraint(
                condition=Q(revoked_by__isnull=True) | Q(revoked_at__isnull=False),
                name="revoked_token_has_its_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} …{self.last_four}"

    def next_expiry_notice(self, now: datetime) -> datetime | None:
        """Return when the owner is next told of its end; None once the last notice is out."""
        return next((at for each in EXPIRY_NOTICES if (at := self.expires_at - each) > now), None)
