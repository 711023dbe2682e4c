"""Access requests and their revisions."""

import hashlib
import json
from datetime import timedelta
from functools import partial
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models import AIModel
from requests_app.models.columns import (
    LimitColumns,
    LockedQuerySet,
    closed_exactly_when,
    limits_are_positive,
    public_id,
    state_is_known,
)
from requests_app.models.policy import Part, PolicyVersion
from requests_app.models.scope import OPERATIONS, Scope, all_operations
from requests_app.states import REQUEST, RequestState


class Denial(models.TextChoices):
    """Why a request was denied; words go with it."""

    UNCLEAR = "unclear", _("The purpose isn't clear enough")
    NOT_RESEARCH = "not_research", _("The purpose isn't covered by the policy")
    SAFEGUARDS = "safeguards", _("The safeguards aren't sufficient")
    IDENTITY = "identity", _("Who asks could not be verified")
    ALTERNATIVE = "alternative", _("A model that still serves would do")
    CAPACITY = "capacity", _("It would take more than can be given")
    OTHER = "other", _("Another reason")


class Track(models.TextChoices):
    """What kind of organisation asks."""

    ACADEMIC = "academic", _("University or public research")
    NON_PROFIT = "non_profit", _("Non-profit")
    INDUSTRY = "industry", _("Company")
    INDEPENDENT = "independent", _("Independent")


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
    denial = models.CharField(max_length=30, choices=Denial, blank=True)
    ask_again_on = models.DateField(
        null=True, blank=True, help_text="From when the requester may ask again after a denial."
    )
    appeal_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="appeal"
    )
    continues = models.ForeignKey(
        "requests_app.Grant",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="continued_by",
        help_text="The grant that this one asks to extend, or to renew after its end.",
    )
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
            # The review desk's list of a year, month or day, over all states.
            models.Index(fields=("-created_at", "-id"), name="requests_newest_first"),
            # The dashboard: what was decided or ended in the last weeks.
            models.Index(
                fields=("closed_at",),
                condition=Q(state__in=("approved", "denied", "expired")),
                name="requests_by_end",
            ),
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
            models.CheckConstraint(
                condition=Q(state="denied", ask_again_on__isnull=False) & ~Q(denial="")
                | ~Q(state="denied") & Q(denial="", ask_again_on__isnull=True),
                name="denied_request_has_its_reason_and_when_to_ask_again",
            ),
            models.CheckConstraint(
                condition=Q(denial="") | Q(denial__in=Denial.values), name="denial_is_known"
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
    operations = ArrayField(models.CharField(max_length=30), default=all_operations)
    expected_cost = models.PositiveIntegerField(
        default=0, help_text="What the use is expected to cost, in whole USD."
    )
    track = models.CharField(max_length=20, choices=Track, default=Track.ACADEMIC)
    collaborators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="collaborations", blank=True
    )
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
            models.CheckConstraint(
                condition=Q(operations__len__gt=0, operations__contained_by=list(OPERATIONS)),
                name="revision_operations_are_known",
            ),
            models.CheckConstraint(
                condition=Q(track__in=Track.values), name="revision_track_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.access_request_id} revision {self.number}"

    @property
    def duration(self) -> timedelta:
        return self.ends_on - self.starts_on

    def asked(self) -> Scope:
        """What the requester asked for, within the policy's limits."""
        identifiers = sorted(model.identifier for model in self.ai_models.all())
        limits = self.access_request.policy_version.limits()
        return Scope(tuple(identifiers), tuple(sorted(self.operations)), self.duration, limits)

    def scope(self) -> Scope:
        """What an approval would give: what was asked, as narrowed so far."""
        narrowing = self.narrowings.order_by("pk").last()
        return narrowing.scope() if narrowing else self.asked()

    def parts(self) -> dict[str, Any]:
        """What this text says, part by part, to be compared with another revision."""
        return {
            Part.MODELS: sorted(model.identifier for model in self.ai_models.all()),
            Part.PURPOSE: self.purpose,
            Part.DATES: [self.starts_on.isoformat(), self.ends_on.isoformat()],
            Part.OPERATIONS: sorted(self.operations),
            Part.COST: self.expected_cost,
            Part.TRACK: self.track,
            Part.COLLABORATORS: sorted(person.email for person in self.collaborators.all()),
        }

    def file_lines(self) -> list[str]:
        """The files that go with this text: what each is called, and what exactly is in it."""
        return sorted(f"{file.name} (SHA-256 {file.digest})" for file in self.files.all())

    def digest(self) -> str:
        """SHA-256 over what a reviewer is shown: this text, its policy version, and the scope."""
        shown = {
            "revision": [self.access_request_id, self.number],
            "policy_version": self.access_request.policy_version_id,
            "parts": {str(part): value for part, value in self.parts().items()},
            "scope": self.scope().as_details(),
            "files": self.file_lines(),
        }
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


class Narrowing(LimitColumns):
    """One reviewer's cut of what would be granted; the newest one counts."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="narrowings")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="narrowings"
    )
    at = models.DateTimeField()
    reason = models.TextField()
    identifiers = ArrayField(models.CharField(max_length=100))
    operations = ArrayField(models.CharField(max_length=30))
    duration = models.DurationField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(identifiers__len__gt=0, operations__len__gt=0)
                & Q(duration__gt=timedelta(0)),
                name="narrowing_leaves_something",
            ),
            models.CheckConstraint(
                condition=Q(operations__contained_by=list(OPERATIONS)),
                name="narrowing_operations_are_known",
            ),
            limits_are_positive("narrowing"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} to {self.duration.days} days"

    def scope(self) -> Scope:
        models, operations = tuple(sorted(self.identifiers)), tuple(sorted(self.operations))
        return Scope(models, operations, self.duration, self.limits())


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
