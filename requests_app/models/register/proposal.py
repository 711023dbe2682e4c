"""Changes of the catalogue that wait for a second editor."""

from functools import partial

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from lifecycle.catalogue.models import AIModel
from requests_app.models.columns import (
    LockedQuerySet,
    closed_exactly_when,
    public_id,
    state_is_known,
)
from requests_app.states import PROPOSAL, ProposalState


class Proposal(models.Model):
    """An editor's change of a model that can be requested; another editor accepts or declines it.

    `changes` are rows, as transitions/row_changes.py has them; or it is a named action with its
    arguments, as actions/voice/named_actions.py has it.
    """

    public_id = models.CharField(
        max_length=24,
        unique=True,
        default=partial(public_id, "chg"),
        editable=False,
        verbose_name="public ID",
    )
    ai_model = models.ForeignKey(
        AIModel, on_delete=models.PROTECT, related_name="proposals", verbose_name="AI model"
    )
    changes = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    action = models.CharField(max_length=40, blank=True)
    arguments = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="catalogue_proposals"
    )
    proposed_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closed_catalogue_proposals",
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_reason = models.TextField(blank=True)

    objects = LockedQuerySet["Proposal"].as_manager()

    class Meta:
        verbose_name = "proposed change"
        ordering = ("-proposed_at",)
        constraints = [
            state_is_known(PROPOSAL),
            closed_exactly_when(PROPOSAL, "closed_at", "proposal_closed_at_with_its_end"),
            models.UniqueConstraint(
                fields=("ai_model",),
                condition=Q(state="waiting"),
                name="one_waiting_proposal_per_model",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("accepted", "declined"))
                | Q(closed_by__isnull=False) & ~Q(closed_by=F("proposed_by")),
                name="proposal_is_decided_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & Q(action="", arguments={})
                | ~Q(action="") & Q(changes=[]),
                name="proposal_has_a_reason_or_is_an_action",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
