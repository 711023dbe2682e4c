"""The read log: which staff member read a request or an essay, and when. Rows never change."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lifecycle.voice.models import Essay
from requests_app.models.requests.attachment import Attachment
from requests_app.models.requests.request import AccessRequest
from requests_app.models.review.policy import Policy


class ReadLogEntry(models.Model):
    """A desk page or file sent to somebody: the text of a request or essay, or a policy's report.

    A report is logged where it names people.
    """

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
    policy = models.ForeignKey(
        Policy,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="read_log",
        db_index=False,
    )
    report = models.CharField(
        max_length=20, blank=True, help_text="The file of the policy's report; empty for its page."
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
            # Who has read this policy's report.
            models.Index(fields=("policy", "person"), name="read_log_of_a_policy"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(access_request__isnull=False, essay=None, policy=None, report="")
                | Q(access_request=None, essay__isnull=False, policy=None, file=None, report="")
                | Q(access_request=None, essay=None, policy__isnull=False, file=None),
                name="read_log_entry_is_of_one_subject",
            ),
        ]

    def __str__(self) -> str:
        subjects = ("access_request", "essay", "policy")
        about = (f"{name} {pk}" for name in subjects if (pk := getattr(self, f"{name}_id")))
        return f"{self.person_id} at {next(about)}"
