"""Access requests, and the constraint against two open ones for the same model."""

from functools import partial
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models.columns import (
    LockedQuerySet,
    closed_exactly_when,
    public_id,
    state_is_known,
)
from requests_app.models.requests.revision import Revision
from requests_app.models.requests.scope import UsageLimits
from requests_app.models.review.policy import PolicyVersion
from requests_app.states import REQUEST, RequestState


class DenialReason(models.TextChoices):
    """Why a request was denied; the reviewer adds an explanation."""

    UNCLEAR = "unclear", _("The purpose isn't clear enough")
    NOT_RESEARCH = "not_research", _("The purpose isn't covered by the policy")
    SAFEGUARDS = "safeguards", _("The safeguards aren't sufficient")
    IDENTITY = "identity", _("The requester could not be verified")
    ALTERNATIVE = "alternative", _("A model that is still available would be enough")
    CAPACITY = "capacity", _("It needs more than we can provide")
    OTHER = "other", _("Another reason")


class AccessRequestQuerySet(LockedQuerySet["AccessRequest"]):
    def open(self) -> Self:
        return self.filter(state__in=REQUEST.live)

    def without_overturned(self) -> Self:
        """Leave out denials that an appeal has overturned."""
        return self.exclude(state=RequestState.DENIED, appeal__state=RequestState.APPROVED)

    def of(self, person: Any) -> Self:
        return self.filter(requester=person)

    def reviewed(self) -> Self:
        """Leave out the records of standing access, which nobody reviews."""
        return self.filter(standing_rule=None)


class AccessRequest(models.Model):
    """A researcher's request for one or more models under one policy version."""

    public_id = models.CharField(
        max_length=24,
        unique=True,
        default=partial(public_id, "req"),
        editable=False,
        verbose_name="public ID",
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
        help_text="Empty if closed automatically.",
    )
    closing_reason = models.TextField(blank=True)
    denial = models.CharField(max_length=30, choices=DenialReason, blank=True)
    ask_again_on = models.DateField(
        null=True,
        blank=True,
        help_text="When the requester can send a new request after a decline.",
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
        help_text="The grant that this request extends, or renews after its end.",
    )
    standing_rule = models.ForeignKey(
        "requests_app.StandingRule",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="admitted",
        help_text="The rule that granted it without review.",
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
            # The dashboard: decisions of the last weeks.
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
                condition=Q(denial="") | Q(denial__in=DenialReason.values), name="denial_is_known"
            ),
            models.CheckConstraint(
                condition=Q(standing_rule__isnull=True)
                | Q(state__in=("draft", "approved"), appeal_of=None, continues=None),
                name="request_by_a_standing_rule_is_neither_reviewed_nor_an_extension",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_written(self) -> bool:
        """Whether the requester can edit it now."""
        return self.state in REQUEST.moves["submit"].sources

    @property
    def is_overturned(self) -> bool:
        """Whether it was denied and then granted on appeal."""
        appeal = getattr(self, "appeal", None)
        return bool(appeal and appeal.state == RequestState.APPROVED)

    @property
    def named(self) -> models.QuerySet[User]:
        """Collaborators named in any submitted revision, here or in the appealed request.

        Somebody left out of a later revision has still taken part, and so has whoever wrote a part
        of a draft and was left out before it was sent.
        """
        # `in` leaves out None; a comparison would read all events that are of no request.
        chains = Q(access_request__in=(self.pk, self.appeal_of_id))
        texts = self.revisions.model.objects.filter(chains).exclude(submitted_at=None)
        wrote = self.events.model.objects.filter(chains, kind="request.saved")
        took_part = Q(pk__in=texts.values("collaborators")) | Q(pk__in=wrote.values("actor"))
        return User.objects.filter(took_part).exclude(pk=self.requester_id)

    def limits(self) -> UsageLimits:
        """Return the limits of what it asks for: the policy's, or those of its standing rule."""
        return (self.standing_rule or self.policy_version).limits()

    @property
    def revision(self) -> Revision:
        """The newest revision: the draft or the one under review."""
        return self.revisions.order_by("number").reverse()[0]


class RequestedModel(models.Model):
    """Prevents two open requests of a person for one model."""

    access_request = models.ForeignKey(
        AccessRequest, on_delete=models.CASCADE, related_name="requested_models"
    )
    ai_model = models.ForeignKey(
        AIModel, on_delete=models.PROTECT, related_name="+", verbose_name="AI model"
    )
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
