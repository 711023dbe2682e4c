"""Grants: access given by an approval."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from lifecycle.catalogue.models import AIModel
from requests_app.models.columns import (
    LimitColumns,
    LockedQuerySet,
    closed_exactly_when,
    limits_are_positive,
    public_id,
    state_is_known,
)
from requests_app.models.requests.request import AccessRequest
from requests_app.models.requests.scope import OPERATIONS, all_operations
from requests_app.states import GRANT, GrantState

MICROS_PER_USD = 1_000_000
_ALL_COST = Coalesce(Sum("keys__usage__cost"), 0, output_field=models.BigIntegerField())


class GrantQuerySet(LockedQuerySet["Grant"]):
    def live(self) -> Self:
        return self.filter(state__in=GRANT.live)

    def to_follow(self, grant: "Grant", now: datetime) -> Self:
        """Live grants that extend this one and haven't begun."""
        to_come = Q(activated_at=None) | Q(activated_at__gt=now)
        return self.live().filter(to_come, access_request__continues=grant)

    def revoked_with(self, grant: "Grant", now: datetime) -> Self:
        """A live grant, and those that its revocation takes along."""
        follow = self.model._default_manager.all().to_follow(grant, now)
        return self.live().filter(Q(pk=grant.pk) | Q(pk__in=follow.values("pk")))

    def with_spent(self) -> Self:
        """Annotate rows with the reported cost, so that a list needs one query."""
        costs = self.model._default_manager.filter(pk=OuterRef("pk")).values("pk")
        return self.annotate(reported_cost=Subquery(costs.annotate(all=_ALL_COST).values("all")))

    def due_for_activation(self, now: datetime) -> Self:
        return self.filter(state=GrantState.WAITING, starts_at__lte=now)

    def due_for_end(self, now: datetime) -> Self:
        return self.filter(state__in=(GrantState.ACTIVE, GrantState.SUSPENDED), ends_at__lte=now)

    def due_for_end_notice(self, now: datetime) -> Self:
        live = (GrantState.ACTIVE, GrantState.SUSPENDED)
        return self.filter(state__in=live, expiry_notice_at__lte=now, ends_at__gt=now)

    def due_for_confirmation_notice(self, now: datetime) -> Self:
        asked = self.filter(state=GrantState.ACTIVE, confirmation_notice_at__lte=now)
        return asked.filter(confirm_by__gt=now)

    def unconfirmed(self, now: datetime) -> Self:
        return self.filter(state=GrantState.ACTIVE, confirm_by__lte=now)

    def suspended_automatically(self, before: datetime) -> Self:
        suspended = self.filter(state=GrantState.SUSPENDED, suspended_by=None)
        return suspended.filter(suspended_at__lte=before)

    def visible_to_members(self, person: Any) -> Self:
        """Grants that the person holds, and those shared with them."""
        shared = Q(collaborators__person=person, collaborators__removed_at=None)
        rows = self.model._default_manager.filter(shared).values("pk")
        return self.filter(Q(holder=person) | Q(pk__in=rows))

    def standing(self) -> Self:
        """Access that a standing rule gave, without review."""
        return self.exclude(access_request__standing_rule=None)

    def without_models(self, now: datetime) -> Self:
        """Waiting grants whose models have all been withdrawn."""
        there = GrantedModel.objects.there(now).filter(grant=OuterRef("pk"))
        return self.filter(~Exists(there), state=GrantState.WAITING)

    def due_for_lapse(self, now: datetime) -> Self:
        return self.filter(state=GrantState.ACTIVE, claim_by__lte=now, keys=None)


class Grant(LimitColumns):
    """Access of one person to models, for which operations, and from when to when."""

    public_id = models.CharField(
        max_length=24,
        unique=True,
        default=partial(public_id, "grant"),
        editable=False,
        verbose_name="public ID",
    )
    access_request = models.ForeignKey(
        AccessRequest, on_delete=models.PROTECT, related_name="grants"
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants"
    )
    state = models.CharField(max_length=10, choices=GrantState, default=GrantState.WAITING)
    operations = ArrayField(models.CharField(max_length=30), default=all_operations)
    duration = models.DurationField()
    created_at = models.DateTimeField(
        help_text="When it was approved. The queue follows this order."
    )
    starts_at = models.DateTimeField(help_text="Not active before.")
    activated_at = models.DateTimeField(null=True, blank=True)
    claim_by = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    expiry_notice_at = models.DateTimeField(
        null=True, blank=True, help_text="When the holder is next reminded of its end."
    )
    confirm_by = models.DateTimeField(
        null=True, blank=True, help_text="Deadline for the holder of a long grant to confirm it."
    )
    confirmation_notice_at = models.DateTimeField(
        null=True, blank=True, help_text="When the holder is next asked to confirm."
    )
    member_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When standing access ends without another sign-in. Keys are refused from then.",
    )
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="suspended_grants",
        help_text="Empty if suspended automatically.",
    )
    suspension_reason = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closed_grants",
        help_text="Empty if ended automatically.",
    )
    closing_reason = models.TextField(blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_at",)
        indexes = [
            # The activation sweep.
            models.Index(
                fields=("starts_at",), condition=Q(state="waiting"), name="grants_to_activate"
            ),
            # The expiry sweep.
            models.Index(
                fields=("ends_at",),
                condition=Q(state__in=("active", "suspended")),
                name="grants_to_end",
            ),
            # The sweep for grants without a key.
            models.Index(fields=("claim_by",), condition=Q(state="active"), name="grants_to_lapse"),
            # The sweep that announces ends.
            models.Index(
                fields=("expiry_notice_at",),
                condition=Q(state__in=("active", "suspended")),
                name="grants_to_tell_of_their_end",
            ),
            # The sweeps that ask for confirmations, and that act without one.
            models.Index(
                fields=("confirmation_notice_at",),
                condition=Q(state="active"),
                name="grants_to_ask_about",
            ),
            models.Index(
                fields=("confirm_by",),
                condition=Q(state__in=("active", "suspended")),
                name="grants_to_confirm",
            ),
        ]
        constraints = [
            state_is_known(GRANT),
            limits_are_positive("grant"),
            closed_exactly_when(GRANT, "closed_at", "grant_closed_at_with_its_end"),
            models.CheckConstraint(
                condition=~Q(state="revoked") | Q(closed_by__isnull=False),
                name="revoked_grant_has_its_by",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("active", "suspended"))
                | Q(activated_at__isnull=False, ends_at__isnull=False, claim_by__isnull=False),
                name="active_grant_has_its_dates",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True)
                | Q(ends_at__lte=F("activated_at") + F("duration")),
                name="grant_ends_no_later_than_approved",
            ),
            models.CheckConstraint(
                condition=Q(state="suspended", suspended_at__isnull=False)
                | Q(suspended_at__isnull=True) & ~Q(state="suspended"),
                name="suspended_grant_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(duration__gt=timedelta(0)), name="grant_duration_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(operations__len__gt=0, operations__contained_by=list(OPERATIONS)),
                name="grant_operations_are_known",
            ),
        ]

    def spent(self) -> int:
        """Return the cost reported by gateways, in millionths of a USD."""
        # Annotated by `with_spent`; without it each row costs a query.
        known = self.__dict__.get("reported_cost")
        if known is None:
            known = self.keys.aggregate(all=Sum("usage__cost"))["all"]
        return int(known or 0)

    @property
    def is_spent(self) -> bool:
        """Whether the budget is used up, so that every key is refused."""
        return self.spend_cap is not None and self.spent() >= self.spend_cap * MICROS_PER_USD

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_confirmation_paused(self) -> bool:
        """Whether an owner's suspension pauses the confirmation deadline."""
        return self.state == GrantState.SUSPENDED and self.suspended_by_id is not None


class GrantedModelQuerySet(models.QuerySet["GrantedModel"]):
    def there(self, now: datetime) -> Self:
        """Rows whose model isn't withdrawn."""
        return self.filter(Q(ai_model__withdrawn_at=None) | Q(ai_model__withdrawn_at__gt=now))


class GrantedModel(models.Model):
    """A model under a grant, and the period for which the holder has it."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="granted_models")
    ai_model = models.ForeignKey(
        AIModel, on_delete=models.PROTECT, related_name="+", verbose_name="AI model"
    )
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    period = DateTimeRangeField()
    is_live = models.BooleanField(default=True)

    objects = GrantedModelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("grant", "ai_model"), name="grant_names_a_model_once"),
            ExclusionConstraint(
                name="live_grants_of_a_person_and_model_do_not_overlap",
                expressions=[
                    ("holder", RangeOperators.EQUAL),
                    ("ai_model", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(is_live=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ai_model_id} under {self.grant_id}"
