"""Invitations of email addresses to collaborate on a request."""

from datetime import datetime
from functools import partial
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from requests_app.models.columns import (
    LockedQuerySet,
    closed_exactly_when,
    public_id,
    state_is_known,
)
from requests_app.models.requests.request import AccessRequest
from requests_app.models.review.policy import PolicyVersion
from requests_app.states import INVITATION, REQUEST, InvitationState

EDITABLE_STATES = REQUEST.moves["submit"].sources  # while the requester can edit a request
ERASED_ADDRESS_SUFFIX = "@forgotten.invalid"


class InvitationQuerySet(LockedQuerySet["Invitation"]):
    def standing(self) -> Self:
        """Pending and accepted invitations."""
        return self.filter(state__in=INVITATION.live)

    def with_address(self) -> Self:
        """Invitations whose address hasn't been erased."""
        return self.exclude(email__endswith=ERASED_ADDRESS_SUFFIX)

    def accepted(self) -> Self:
        return self.filter(state=InvitationState.ACCEPTED)

    def open(self, now: datetime) -> Self:
        """Invitations that can be accepted at `now`."""
        written = Q(access_request__state__in=EDITABLE_STATES, expires_at__gt=now)
        return self.filter(written, state=InvitationState.WAITING)

    def due_for_end(self, now: datetime) -> Self:
        """Pending invitations that can't be accepted any more."""
        over = Q(expires_at__lte=now) | ~Q(access_request__state__in=EDITABLE_STATES)
        return self.filter(over, state=InvitationState.WAITING)


class Invitation(models.Model):
    """An address invited to a request. Its public id is in the email's link and is no secret."""

    public_id = models.CharField(
        max_length=24,
        unique=True,
        default=partial(public_id, "inv"),
        editable=False,
        verbose_name="public ID",
    )
    access_request = models.ForeignKey(
        AccessRequest, on_delete=models.PROTECT, related_name="invitations"
    )
    email = models.EmailField(
        help_text="As typed, in lower case. We never check whether an account uses it."
    )
    state = models.CharField(
        max_length=10, choices=InvitationState, default=InvitationState.WAITING
    )
    shows_purpose = models.BooleanField(
        default=False, help_text="Whether the purpose is shown before they accept."
    )
    may_edit = models.BooleanField(
        default=False, help_text="Whether they may edit the draft once they have accepted."
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(help_text="When the last email about it was written.")
    sends = models.PositiveSmallIntegerField(default=1)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invitations",
        help_text="Who accepted it, with this address verified.",
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    policy_version = models.ForeignKey(
        PolicyVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose terms they accepted.",
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        ordering = ("pk",)
        indexes = [
            # A person's own, and the sweep of expired ones.
            models.Index(
                fields=("email",), condition=Q(state="waiting"), name="invitations_of_an_address"
            ),
        ]
        constraints = [
            state_is_known(INVITATION),
            closed_exactly_when(INVITATION, "closed_at", "invitation_closed_at_with_its_end"),
            models.UniqueConstraint(
                fields=("access_request", "email"),
                condition=Q(state__in=("waiting", "accepted")),
                name="address_is_invited_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="invited_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(
                    accepted_at__isnull=False, person__isnull=False, policy_version__isnull=False
                )
                | Q(accepted_at__isnull=True, person__isnull=True, policy_version__isnull=True)
                & ~Q(state="accepted"),
                name="accepted_invitation_has_its_at_by_and_terms",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")), name="invitation_ends_after_its_mail"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_erased(self) -> bool:
        """Whether its address was erased because an account was deleted."""
        return self.email.endswith(ERASED_ADDRESS_SUFFIX)
