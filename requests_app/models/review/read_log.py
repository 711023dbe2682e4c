"""The read log: which staff member read a request or an essay, and when. Rows never change."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lifecycle.voice.models import Essay
from requests_app.models.requests.attachment import Attachment
from requests_app.models.requests.request import AccessRequest


class ReadLogEntry(models.Model):
    """A desk page with the text of a request or essay, or a request's file, sent to somebody."""

    access_request = models.ForeignKey(
        AccessRequest,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="read_log",
        db_index=False,
    )
    essay = models.ForeignKey(
        Essay,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="read_log",
        db_index=False,
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="read_log"
    )
    file = models.ForeignKey(
        Attachment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty for the page itself.",
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "read log entries"
        indexes = [
            # Who has read this request.
            models.Index(fields=("access_request", "person"), name="read_log_of_a_request"),
            # Who has read this essay.
            models.Index(fields=("essay", "person"), name="read_log_of_an_essay"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(access_request__isnull=False, essay=None)
                | Q(access_request=None, essay__isnull=False, file=None),
                name="read_log_entry_is_of_a_request_or_an_essay",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.access_request_id or f'essay {self.essay_id}'}"
