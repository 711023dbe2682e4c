"""What providers promised about their models."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models.access_route import AccessRoute
from lifecycle.catalogue.models.ai_model import AIModel
from lifecycle.catalogue.models.columns import CatalogueRow, is_a_day
from lifecycle.catalogue.models.provider import Provider
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import DAY_OR_PART, validate_day, validate_day_or_part


class PromiseQuerySet(models.QuerySet["Promise"]):
    def unsettled(self) -> Self:
        """Promises of which nobody has noted that they are kept, broken or over."""
        return self.filter(kept_on=None, broken_on=None, ended_on=None)

    def without_repeated_notice(self) -> Self:
        """Leave out what follows notice days where the same promise stands with its source."""
        told = Promise.objects.filter(
            provider=OuterRef("provider"), kind=Promise.Kind.NOTICE, follows_notice_days=False
        )
        return self.exclude(Exists(told), follows_notice_days=True)

    def to_remind_of(self, now: datetime) -> Self:
        """Unsettled promises that are somebody's here, due (UTC) or standing, if it is time.

        Whether they are overdue has to be computed for each.
        """
        has_owner = Q(owner__isnull=False) | Q(escalate_to__isnull=False)
        due = Q(due_on=None) | Q(due_on__lte=now.date())
        is_time = Q(remind_at=None, reminders=0) | Q(remind_at__lte=now)
        return self.unsettled().filter(has_owner, due, is_time)


class Promise(CatalogueRow):
    """One commitment, with a due date or a standing condition.

    Whether it is kept is computed wherever the system can know it. Only for the rest does somebody
    note when it was done (`kept_on`) or broken (`broken_on`).
    """

    class Kind(models.TextChoices):
        NOTICE = "notice", _("Notice before a retirement")
        ACCESS = "access", _("Access after a retirement")
        WEIGHTS = "weights", _("Keeping the weights")
        INTERVIEW = "interview", _("An interview before retirement")
        REPORT = "report", _("A deployment report")
        PREFERENCE = "preference", _("Acting on a preference")
        ESSAYS = "essays", _("A run of essays")
        OTHER = "other", _("Something else")

    ai_model = models.ForeignKey(
        AIModel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promises",
        verbose_name="AI model",
    )
    provider = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promises",
        help_text="For a promise about all of a provider's models.",
    )
    kind = models.CharField(max_length=20, choices=Kind)
    access_kind = models.CharField(
        max_length=10,
        blank=True,
        choices=(
            (AccessRoute.Kind.PRODUCT, _("In a paid product")),
            (AccessRoute.Kind.REQUEST, _("By request")),
        ),
        help_text="For a promise of access: by which way. Empty: any.",
    )
    text = models.TextField(help_text="What was promised, in one or two sentences.")
    promised_by = models.CharField(max_length=100)
    promised_on = models.CharField(
        max_length=10,
        blank=True,
        validators=[validate_day_or_part],
        help_text="As precisely as known: 2026, 2026-01 or 2026-01-05.",
    )
    source = source_of("promises")
    due_on = models.DateField(null=True, blank=True, validators=[validate_day])
    condition = models.CharField(
        max_length=200, blank=True, help_text="For a standing promise: as long as what holds."
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promises",
        help_text="Who is reminded while it is overdue.",
    )
    escalate_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="escalated_promises",
        help_text="Who is reminded after the owner.",
    )
    kept_on = models.DateField(null=True, blank=True, validators=[validate_day])
    broken_on = models.DateField(null=True, blank=True, validators=[validate_day])
    ended_on = models.DateField(null=True, blank=True, validators=[validate_day])
    outcome = models.TextField(blank=True, help_text="How it was kept, broken or ended.")
    follows_notice_days = models.BooleanField(
        default=False,
        editable=False,
        help_text="Written by the database from the notice that its provider promises.",
    )
    reminders = models.PositiveSmallIntegerField(default=0, editable=False)
    remind_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        ordering = ("due_on", "pk")
        indexes = [
            # The reminder sweep; most promises are other people's.
            models.Index(
                fields=("remind_at",),
                condition=Q(kept_on=None, broken_on=None, ended_on=None)
                & (Q(owner__isnull=False) | Q(escalate_to__isnull=False)),
                name="promises_to_remind_of",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("provider",),
                condition=Q(follows_notice_days=True),
                name="notice_of_a_provider_is_promised_once",
            ),
            models.CheckConstraint(
                condition=Q(access_kind="")
                | Q(kind="access", access_kind__in=("product", "request")),
                name="only_promises_of_access_name_a_way",
            ),
            models.CheckConstraint(
                condition=Q(ai_model=None, provider__isnull=False)
                | Q(ai_model__isnull=False, provider=None),
                name="promise_is_about_a_model_or_a_provider",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=(
                        "notice",
                        "access",
                        "weights",
                        "interview",
                        "report",
                        "preference",
                        "essays",
                        "other",
                    )
                ),
                name="promise_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=False) | ~Q(condition=""),
                name="promise_is_due_or_stands",
            ),
            models.CheckConstraint(
                condition=Q(kept_on=None) | Q(broken_on=None), name="promise_is_kept_or_broken"
            ),
            models.CheckConstraint(
                condition=Q(promised_on="") | Q(promised_on__regex=DAY_OR_PART),
                name="promise_is_made_on_a_day_a_month_or_a_year",
            ),
            models.CheckConstraint(
                condition=is_a_day("due_on", "kept_on", "broken_on", "ended_on"),
                name="promise_is_in_this_age",
            ),
        ]

    def __str__(self) -> str:
        return self.text
