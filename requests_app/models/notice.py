"""Notices: one message to one recipient about one event, sent once."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from requests_app.models.columns import LockedQuerySet
from requests_app.models.event import Event


class Channel(models.TextChoices):
    """How a notice is delivered."""

    MAIL = "mail", "Email"
    DIGEST = "digest", "Daily digest"
    CHAT = "chat", "Chat"


class ReviewerPreference(models.Model):
    """How a reviewer wants to be reminded."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviewer_preference"
    )
    daily_digest = models.BooleanField(
        default=False, help_text="One email a day with all reminders, instead of one each."
    )

    def __str__(self) -> str:
        return f"{self.person_id}: {'daily digest' if self.daily_digest else 'one by one'}"


class NoticeQuerySet(LockedQuerySet["Notice"]):
    def due(self, now: datetime) -> Self:
        """Notices not sent, not given up and not leased."""
        return self.filter(sent_at=None, dropped_at=None, next_try_at__lte=now)

    def failing(self) -> Self:
        """Notices that failed and are retried, through no fault of the recipient."""
        return self.filter(sent_at=None, dropped_at=None).exclude(problem="")


class Notice(models.Model):
    """A message, written in its event's transaction, leased to a sender, then sent."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="notices")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        help_text="Empty for a chat channel or an address.",
    )
    address = models.EmailField(
        blank=True, help_text="The recipient, if it is an address without an account."
    )
    channel = models.CharField(max_length=10, choices=Channel, default="mail")
    ordinal = models.PositiveSmallIntegerField(default=1)
    template = models.CharField(max_length=40)
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it was given up: permanently rejected, or no longer relevant.",
    )
    problem = models.CharField(max_length=200, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes = [
            # The sender's sweep.
            models.Index(
                fields=("next_try_at",),
                condition=Q(sent_at=None, dropped_at=None),
                name="notices_to_send",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("event", "recipient", "address", "channel", "ordinal"),
                nulls_distinct=False,
                name="notice_is_sent_once",
            ),
            models.CheckConstraint(
                condition=Q(channel="chat", recipient__isnull=True, address="")
                | Q(channel__in=("mail", "digest"), recipient__isnull=False, address="")
                | Q(channel="mail", recipient__isnull=True) & ~Q(address=""),
                name="notice_channel_is_known_and_reaches_somebody",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(dropped_at__isnull=True),
                name="notice_is_sent_or_dropped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} to {self.recipient_id or 'an address'}"
