"""Standing rules: access without review for the members of a group or list, or by a claim."""

from datetime import datetime, timedelta
from functools import partial
from typing import Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models import AIModel
from requests_app.models.columns import (
    LimitColumns,
    LockedQuerySet,
    limits_are_positive,
    public_id,
    state_is_known,
)
from requests_app.models.requests.scope import OPERATIONS, all_operations
from requests_app.models.review.policy import Policy
from requests_app.states import GRANT, STANDING_RULE, StandingRuleState

_NO_CLAIM = Q(claim_provider="", claim_name="", claim_value="")
_CLAIM = ~Q(claim_provider="") & ~Q(claim_name="") & ~Q(claim_value="")
_UNPUBLISHED = Q(published_at__isnull=True, published_by__isnull=True)


class MembershipKind(models.TextChoices):
    """What makes somebody a member."""

    GROUP = "group", _("Members of a group")
    CLAIM = "claim", _("A claim of a sign-in provider")
    LIST = "list", _("A list of addresses")


class StandingRuleQuerySet(LockedQuerySet["StandingRule"]):
    def in_force(self, now: datetime) -> Self:
        return self.filter(state=StandingRuleState.PUBLISHED, ends_at__gt=now)

    def due_for_end(self, now: datetime) -> Self:
        return self.filter(state=StandingRuleState.PUBLISHED, ends_at__lte=now)

    def with_live_grants(self) -> Self:
        live = Q(admitted__grants__state__in=GRANT.live)
        return self.filter(live).distinct()


class StandingRule(LimitColumns):
    """Who may start access without review, to what, and until when.

    Once published it never changes, except that it ends.
    """

    public_id = models.CharField(
        max_length=24,
        unique=True,
        default=partial(public_id, "rule"),
        editable=False,
        verbose_name="public ID",
    )
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="standing_rules")
    name = models.CharField(max_length=100)
    ai_models = models.ManyToManyField(
        AIModel, related_name="standing_rules", verbose_name="AI models"
    )
    kind = models.CharField(max_length=10, choices=MembershipKind)
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="standing_rules"
    )
    claim_provider = models.CharField(max_length=40, blank=True)
    claim_name = models.CharField(max_length=100, blank=True)
    claim_value = models.CharField(max_length=200, blank=True)
    operations = ArrayField(models.CharField(max_length=30), default=all_operations)
    duration = models.DurationField(
        default=timedelta(days=90),
        validators=[MinValueValidator(timedelta(1))],
        help_text="How long each member's access lasts at most.",
    )
    ends_at = models.DateTimeField(help_text="All access by this rule ends then.")
    state = models.CharField(
        max_length=10, choices=StandingRuleState, default=StandingRuleState.DRAFT
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="authored_standing_rules"
    )
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="published_standing_rules",
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ended_standing_rules",
        help_text="Empty if it reached its end.",
    )
    closing_reason = models.TextField(blank=True)

    objects = StandingRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "standing rule"
        ordering = ("-pk",)
        indexes = [
            # The sweep that ends rules.
            models.Index(
                fields=("ends_at",), condition=Q(state="published"), name="standing_rules_to_end"
            )
        ]
        constraints = [
            state_is_known(STANDING_RULE),
            limits_are_positive("standing_rule"),
            models.CheckConstraint(
                condition=Q(kind="group", group__isnull=False) & _NO_CLAIM
                | Q(kind="claim", group__isnull=True) & _CLAIM
                | Q(kind="list", group__isnull=True) & _NO_CLAIM,
                name="standing_rule_names_what_makes_a_member",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", closed_at__isnull=True) & _UNPUBLISHED
                | Q(state="published", published_at__isnull=False, published_by__isnull=False)
                & Q(closed_at__isnull=True)
                | Q(state="ended", closed_at__isnull=False),
                name="standing_rule_has_the_dates_of_its_state",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
                name="standing_rule_published_at_has_its_by",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("author")),
                name="standing_rule_not_published_by_its_author",
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | ~Q(closing_reason=""),
                name="ended_standing_rule_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(duration__gt=timedelta(0)), name="standing_rule_duration_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(operations__len__gt=0, operations__contained_by=list(OPERATIONS)),
                name="standing_rule_operations_are_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StandingMember(models.Model):
    """An address on a rule's list; whoever has verified it is a member."""

    rule = models.ForeignKey(StandingRule, on_delete=models.PROTECT, related_name="listed")
    email = models.EmailField()
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="listed_address_is_removed_by_somebody",
            ),
            models.UniqueConstraint(
                fields=("rule", "email"),
                condition=Q(removed_at=None),
                name="address_is_on_a_list_once",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(removed_at__gte=F("added_at")),
                name="listed_address_is_removed_after_it_was_added",
            ),
        ]
        indexes = [
            # The lists that somebody's addresses are on.
            models.Index(
                fields=("email",), condition=Q(removed_at=None), name="lists_with_an_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} on {self.rule_id}"
