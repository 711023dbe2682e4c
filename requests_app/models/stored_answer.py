"""Answers of the API that a repeated call with the same Idempotency-Key gets again."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q


class StoredAnswerQuerySet(models.QuerySet["StoredAnswer"]):
    def expired(self, now: datetime) -> Self:
        return self.filter(expires_at__lte=now)

    def with_outdated_content(self, now: datetime) -> Self:
        """Return those whose content isn't kept as long as the row."""
        return self.filter(content_until__lte=now).exclude(content=None)


class StoredAnswer(models.Model):
    """One answer. Its content can only be read with the key, of which nothing but a digest is here.

    It is written in the transaction of the act that it answers.
    """

    digest = models.BinaryField(
        max_length=32, unique=True, help_text="SHA-256 of the caller, the path and the key."
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stored_answers"
    )
    request_digest = models.BinaryField(
        max_length=32, help_text="SHA-256 of the method, the query and the body."
    )
    content = models.BinaryField(null=True, help_text="Status, headers and body, encrypted.")
    made = models.CharField(max_length=40, blank=True, help_text="The ID of what the call created.")
    created_at = models.DateTimeField()
    content_until = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = StoredAnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(content_until__lte=models.F("expires_at")),
                name="stored_answer_outlives_its_content",
            )
        ]
        indexes = [
            # The sweep that removes what is over.
            models.Index(fields=("expires_at",), name="stored_answers_by_end")
        ]

    def __str__(self) -> str:
        return f"{self.made or 'answer'} until {self.expires_at}"
