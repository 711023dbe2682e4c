"""The read log: which staff member read a request and when. Rows never change."""

from django.conf import settings
from django.db import models

from requests_app.models.requests.attachment import Attachment
from requests_app.models.requests.request import AccessRequest


class ReadLogEntry(models.Model):
    """A desk page with a request's text, or a file of it, sent to somebody."""

    access_request = models.ForeignKey(
        AccessRequest, on_delete=models.PROTECT, related_name="read_log", db_index=False
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
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.access_request_id}"
