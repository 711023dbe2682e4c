"""Invitations of email addresses into a group that decides under a policy."""

from datetime import datetime
from functools import partial
from typing import Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from requests_app.models.columns import (
    LockedQuerySet,
    closed_exactly_when,
    public_id,
    state_is_known,
)
from requests_app.models.review.policy import Policy
from requests_app.states import REVIEWER_INVITATION, ReviewerInvitationState


class ReviewerInvitationQuerySet(LockedQuerySet["ReviewerInvitation"]):
    def open(self, now: datetime) -> Self:
        """Invitations that can be accepted at `now`."""
        return self.filter(state=ReviewerInvitationState.WAITING, expires_at__gt=now)

    def due_for_end(self, now: datetime) -> Self:
        return self.filter(state=ReviewerInvitationState.WAITING, expires_at__lte=now)


class ReviewerInvitation(models.Model):
    """An address invited to review. Its public id is in the email's link and is no secret."""

    public_id = models.CharField(
        max_length=24,
        unique=True,
        default=partial(public_id, "rinv"),
        editable=False,
        verbose_name="public ID",
    )
    policy = models.ForeignKey(
        Policy, on_delete=models.PROTECT, related_name="reviewer_invitations"
    )
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(
        help_text="As typed, in lower case. We never check whether an account uses it."
    )
    state = models.CharField(
        max_length=10, choices=ReviewerInvitationState, default=ReviewerInvitationState.WAITING
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviewers_invited"
    )
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reviewer_invitations",
        help_text="Who accepted it, with this address verified.",
    )

    objects = ReviewerInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        ordering = ("pk",)
        indexes = [
            # The sweep of expired ones, and an address's own.
            models.Index(
                fields=("email",),
                condition=Q(state="waiting"),
                name="reviewer_invitations_waiting",
            ),
        ]
        constraints = [
            state_is_known(REVIEWER_INVITATION),
            closed_exactly_when(
                REVIEWER_INVITATION, "closed_at", "reviewer_invitation_closed_at_with_its_end"
            ),
            models.UniqueConstraint(
                fields=("group", "email"),
                condition=Q(state="waiting"),
                name="address_is_invited_into_a_group_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="invited_reviewers_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", person__isnull=False)
                | ~Q(state="accepted") & Q(person__isnull=True),
                name="accepted_reviewer_invitation_has_its_person",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")),
                name="reviewer_invitation_ends_after_its_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
