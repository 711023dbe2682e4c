"""Reasons for decisions that somebody keeps to use again."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from requests_app.models.review.policy import Policy

MAX_NAME_LENGTH = 60


class SavedReason(models.Model):
    """A reviewer's own, or one that a policy's owners share with its reviewers."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="saved_reasons",
    )
    policy = models.ForeignKey(
        Policy, on_delete=models.CASCADE, null=True, blank=True, related_name="saved_reasons"
    )
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    text = models.TextField()

    class Meta:
        ordering = ("name", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, policy=None)
                | Q(person=None, policy__isnull=False),
                name="saved_reason_is_a_persons_or_a_policys",
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(text=""), name="saved_reason_has_a_name_and_a_text"
            ),
            models.UniqueConstraint(fields=("person", "name"), name="saved_reason_of_a_person"),
            models.UniqueConstraint(fields=("policy", "name"), name="saved_reason_of_a_policy"),
        ]

    def __str__(self) -> str:
        return self.name
