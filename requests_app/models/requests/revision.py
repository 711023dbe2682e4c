"""The revisions of a request, and how reviewers narrowed them."""

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models import AIModel
from lifecycle.text.durations import format_duration
from requests_app.models.columns import LimitColumns, limits_are_positive
from requests_app.models.requests.scope import OPERATIONS, Scope, all_operations
from requests_app.models.review.policy import PolicyVersion, RequestPart


class Track(models.TextChoices):
    """The kind of organisation that is requesting."""

    ACADEMIC = "academic", _("University or public research")
    NON_PROFIT = "non_profit", _("Non-profit")
    INDUSTRY = "industry", _("Company")
    INDEPENDENT = "independent", _("Independent")


class Revision(models.Model):
    """One revision of a request; it can be edited until it is submitted, and never after."""

    access_request = models.ForeignKey(
        "requests_app.AccessRequest", on_delete=models.PROTECT, related_name="revisions"
    )
    number = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=120, blank=True, help_text="What its requester calls it.")
    ai_models = models.ManyToManyField(AIModel, related_name="+", verbose_name="AI models")
    purpose = models.TextField(blank=True)
    expected_use = models.TextField(blank=True)
    inputs = models.TextField(blank=True, help_text="What will be sent to the models.")
    safety = models.TextField(blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    operations = ArrayField(
        models.CharField(max_length=30),
        default=all_operations,
        blank=True,
        help_text="Empty in a draft until they are chosen.",
    )
    expected_cost = models.PositiveIntegerField(
        default=0, help_text="Expected cost of use, in whole USD."
    )
    track = models.CharField(
        max_length=20,
        choices=Track,
        default=Track.ACADEMIC,
        blank=True,
        help_text="Empty in a draft until it is chosen.",
    )
    organisation = models.CharField(max_length=200, blank=True)
    organisation_id = models.CharField(max_length=100, blank=True, verbose_name="organisation ID")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 code.")
    team = models.TextField(blank=True)
    scholar = models.CharField(max_length=200, blank=True)
    orcid = models.CharField(max_length=200, blank=True, verbose_name="ORCID iD")
    github = models.CharField(max_length=200, blank=True)
    collaborators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="collaborations", blank=True
    )
    answers = models.JSONField(default=dict, blank=True)
    attested = models.CharField(
        max_length=20, blank=True, help_text="The wording that was attested."
    )
    attested_at = models.DateTimeField(null=True, blank=True)
    accepted = models.ForeignKey(
        PolicyVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The version whose terms were accepted.",
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(
        blank=True, help_text="What its requester tells the reviewers who asked for changes."
    )

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
                condition=Q(operations__contained_by=list(OPERATIONS)),
                name="revision_operations_are_known",
            ),
            models.CheckConstraint(
                condition=Q(track__in=["", *Track.values]), name="revision_track_is_known"
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(operations__len__gt=0) & ~Q(track=""),
                name="submitted_revision_has_operations_and_a_track",
            ),
            models.CheckConstraint(
                condition=Q(attested="", attested_at__isnull=True)
                | ~Q(attested="") & Q(attested_at__isnull=False),
                name="revision_attested_at_has_its_wording",
            ),
            models.CheckConstraint(
                condition=Q(accepted__isnull=True, accepted_at__isnull=True)
                | Q(accepted__isnull=False, accepted_at__isnull=False),
                name="revision_accepted_at_has_its_terms",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.access_request_id} revision {self.number}"

    @property
    def duration(self) -> timedelta:
        return self.ends_on - self.starts_on

    def read_related(self) -> None:
        """Read models, collaborators and files once; the caller's locks keep them as they are."""
        models.prefetch_related_objects([self], "ai_models", "collaborators", "files")

    def identifiers(self) -> list[str]:
        return sorted(model.identifier for model in self.ai_models.all())

    def asked(self) -> Scope:
        """Return what was requested, within the policy's limits."""
        return self._asked_for(self.identifiers())

    def _asked_for(self, identifiers: list[str]) -> Scope:
        limits = self.access_request.limits()
        return Scope(tuple(identifiers), tuple(sorted(self.operations)), self.duration, limits)

    def scope(self) -> Scope:
        """Return what an approval would grant: what was requested, as narrowed so far."""
        return self._narrowed() or self.asked()

    def _narrowed(self) -> Scope | None:
        # Only what was submitted is narrowed.
        cuts = self.narrowings.all() if self.submitted_at else ()
        newest = max(cuts, key=lambda cut: cut.pk, default=None)
        return newest.scope() if newest else None

    def parts(self) -> dict[str, Any]:
        """Return the content by part, for comparison with another revision."""
        return {
            RequestPart.MODELS: self.identifiers(),
            RequestPart.PURPOSE: self.purpose,
            RequestPart.USE: self.expected_use,
            RequestPart.DATA: self.inputs,
            RequestPart.SAFETY: self.safety,
            RequestPart.DATES: [self.starts_on.isoformat(), self.ends_on.isoformat()],
            RequestPart.OPERATIONS: sorted(self.operations),
            RequestPart.COST: self.expected_cost,
            RequestPart.TRACK: self.track,
            RequestPart.ORGANISATION: [self.organisation, self.organisation_id, self.country],
            RequestPart.TEAM: self.team,
            RequestPart.LINKS: [link for link in (self.scholar, self.orcid, self.github) if link],
            RequestPart.COLLABORATORS: sorted(person.email for person in self.collaborators.all()),
            RequestPart.ANSWERS: self.answers,
        }

    def file_lines(self) -> list[str]:
        """Return the attached files by name and digest."""
        return sorted(f"{file.name} (SHA-256 {file.digest})" for file in self.files.all())

    def digest(self, scope: Scope | None = None) -> str:
        """Return SHA-256 over what reviewers see: this text, its policy version and the scope.

        `scope` is what the caller has just read.
        """
        parts = self.parts()
        scope = scope or self._narrowed() or self._asked_for(parts[RequestPart.MODELS])
        shown = {
            "revision": [self.access_request_id, self.number],
            "policy_version": self.access_request.policy_version_id,
            "title": self.title,
            "note": self.note,
            "parts": {str(part): value for part, value in parts.items()},
            "signed": [self.attested, self.accepted_id],
            "scope": scope.as_details(),
            "files": self.file_lines(),
        }
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


class Narrowing(LimitColumns):
    """A reviewer's reduction of what would be granted; the newest one counts."""

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
        return f"{self.revision_id} to {format_duration(self.duration)}"

    def scope(self) -> Scope:
        models, operations = tuple(sorted(self.identifiers)), tuple(sorted(self.operations))
        return Scope(models, operations, self.duration, self.limits())
