"""Access requests and their revisions."""

import hashlib
import json
from datetime import timedelta
from functools import partial
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from lifecycle.catalogue.models import AIModel
from requests_app.models.columns import (
    LockedQuerySet,
    closed_exactly_when,
    public_id,
    state_is_known,
)
from requests_app.models.policy import PolicyVersion
from requests_app.states import REQUEST, RequestState


class AccessRequestQuerySet(LockedQuerySet["AccessRequest"]):
    def open(self) -> Self:
        return self.filter(state__in=REQUEST.live)

    def of(self, person: Any) -> Self:
        return self.filter(requester=person)


class AccessRequest(models.Model):
    """One researcher's ask for one or more models under one policy version."""

    public_id = models.CharField(
        max_length=24, unique=True, default=partial(public_id, "req"), editable=False
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="access_requests"
    )
    policy_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="access_requests"
    )
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.DRAFT)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closed_requests",
        help_text="Empty when the clock closed it.",
    )
    closing_reason = models.TextField(blank=True)
    head_sequence = models.PositiveIntegerField(default=0, editable=False)
    head_digest = models.BinaryField(max_length=32, default=bytes, editable=False)

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "request"
        ordering = ("-created_at",)
        indexes = [
            # A researcher's own list.
            models.Index(fields=("requester", "-created_at"), name="requests_of_a_person"),
            # The review desk's lists by state, newest first.
            models.Index(fields=("state", "-created_at"), name="requests_by_state"),
        ]
        constraints = [
            state_is_known(REQUEST),
            closed_exactly_when(REQUEST, "closed_at", "request_closed_at_with_its_end"),
            models.CheckConstraint(
                condition=Q(state__in=REQUEST.live, closed_by__isnull=True)
                | Q(state="expired", closed_by__isnull=True)
                | Q(state__in=("approved", "denied", "withdrawn"), closed_by__isnull=False),
                name="request_closed_at_has_its_by",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "denied"), closed_by=F("requester")),
                name="request_not_decided_by_its_requester",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "withdrawn")) | Q(submitted_at__isnull=False),
                name="request_in_review_was_submitted",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def revision(self) -> "Revision":
        """The newest text: the one being written, or the one under review."""
        return self.revisions.order_by("number").reverse()[0]


class Revision(models.Model):
    """One text of a request; it can be edited until it is submitted, and never after."""

    access_request = models.ForeignKey(
        AccessRequest, on_delete=models.PROTECT, related_name="revisions"
    )
    number = models.PositiveSmallIntegerField(default=1)
    ai_models = models.ManyToManyField(AIModel, related_name="+")
    purpose = models.TextField(blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(
                fields=("access_request", "number"), name="revision_number_is_used_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="revision_ends_after_its_start"
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | ~Q(purpose=""),
                name="submitted_revision_has_a_purpose",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.access_request_id} revision {self.number}"

    @property
    def duration(self) -> timedelta:
        return self.ends_on - self.starts_on

    def digest(self) -> str:
        """SHA-256 over what a reviewer is shown: this text, its policy version, and the scope."""
        shown = {
            "revision": [self.access_request_id, self.number],
            "policy_version": self.access_request.policy_version_id,
            "models": sorted(model.identifier for model in self.ai_models.all()),
            "purpose": self.purpose,
            "dates": [self.starts_on.isoformat(), self.ends_on.isoformat()],
        }
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


class RequestedModel(models.Model):
    """Keeps a person from having two open requests for one model."""

    access_request = models.ForeignKey(
        AccessRequest, on_delete=models.CASCADE, related_name="requested_models"
    )
    ai_model = models.ForeignKey(AIModel, on_delete=models.PROTECT, related_name="+")
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("access_request", "ai_model"), name="request_names_a_model_once"
            ),
            models.UniqueConstraint(
                fields=("requester", "ai_model"),
                condition=Q(is_open=True),
                name="one_open_request_per_person_and_model",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ai_model_id} in {self.access_request_id}"
