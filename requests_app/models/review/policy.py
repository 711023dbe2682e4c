"""Policies, their versions and steps. A published version never changes."""

from datetime import timedelta

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
    state_is_known,
)
from requests_app.states import VERSION, VersionState


class Condition(models.TextChoices):
    """When a step is needed, after “This step runs”; otherwise it is skipped."""

    ALWAYS = "always", "always"
    LONGER_THAN = "longer_than", "when it asks for more than"
    COSTS_OVER = "costs_over", "when it costs more than"
    OPERATION = "operation", "when the scope includes"
    TRACK = "track", "for the track"
    FIRST_REQUEST = "first_request", "at the first request"


class RequestPart(models.TextChoices):
    """The parts of a request; a change to one repeats the steps that read it."""

    MODELS = "models", _("Models")
    PURPOSE = "purpose", _("Purpose")
    USE = "use", _("Expected use")
    DATA = "data", _("Data")
    SAFETY = "safety", _("Safety")
    DATES = "dates", _("Dates")
    OPERATIONS = "operations", _("Operations")
    COST = "cost", _("Cost")
    TRACK = "track", _("Affiliation")
    ORGANISATION = "organisation", _("Organisation")
    TEAM = "team", _("Team")
    LINKS = "links", _("Links")
    COLLABORATORS = "collaborators", _("Collaborators")
    ANSWERS = "answers", _("Answers to the policy's questions")


def all_parts() -> list[str]:
    return list(RequestPart.values)


class Policy(models.Model):
    """The rules for requesting some models; its owners publish versions of it."""

    slug = models.SlugField("short name", unique=True)
    name = models.CharField(max_length=100)
    owners = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="owned_policies")
    ai_models = models.ManyToManyField(
        AIModel, through="PolicyModel", related_name="policies", verbose_name="AI models"
    )
    head_sequence = models.PositiveIntegerField(default=0, editable=False)
    head_digest = models.BinaryField(max_length=32, default=bytes, editable=False)

    objects = LockedQuerySet["Policy"].as_manager()

    class Meta:
        verbose_name_plural = "policies"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> "PolicyVersion | None":
        """The published version for new requests."""
        return self.versions.filter(state=VersionState.PUBLISHED).order_by("number").last()


class PolicyModel(models.Model):
    """A model under a policy; each model is under one at most."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE)
    ai_model = models.OneToOneField(
        AIModel, on_delete=models.PROTECT, related_name="policy_model", verbose_name="AI model"
    )

    def __str__(self) -> str:
        return f"{self.ai_model} under {self.policy}"


class PolicyVersion(LimitColumns):
    """A numbered version of a policy. Requests keep the version they were submitted under."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.DRAFT)
    terms = models.TextField(help_text="What researchers agree to.")
    max_duration = models.DurationField(
        "longest grant", default=timedelta(days=180), validators=[MinValueValidator(timedelta(1))]
    )
    country = models.CharField(
        max_length=2,
        blank=True,
        help_text="ISO 3166 code; the days of a window are then working days there.",
    )
    institution_conflict = models.BooleanField(
        "colleagues can't decide",
        default=True,
        help_text="Reviewers from the requester's institution can't vote.",
    )
    wait_after_denial = models.DurationField(
        default=timedelta(days=30), help_text="How soon a requester can try again after a decline."
    )
    questions = models.JSONField(
        default=list, blank=True, help_text="Extra questions; see `questions.Question`."
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="authored_versions"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="published_versions",
    )

    objects = LockedQuerySet["PolicyVersion"].as_manager()

    class Meta:
        ordering = ("policy", "number")
        constraints = [
            state_is_known(VERSION),
            limits_are_positive("policy_version"),
            models.UniqueConstraint(
                fields=("policy", "number"), name="policy_version_number_is_used_once"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True, published_by__isnull=True)
                | Q(state="published", published_at__isnull=False, published_by__isnull=False),
                name="published_version_has_its_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("author")),
                name="policy_version_not_published_by_its_author",
            ),
            models.CheckConstraint(
                condition=Q(max_duration__gt=timedelta(0)), name="policy_max_duration_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"


class PolicyEditor(models.Model):
    """Somebody who edited a draft and so can't publish it; a trigger adds each author."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="editors")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="edited_versions"
    )

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("version", "person"), name="policy_editor_is_named_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} of {self.version_id}"


class PolicyStep(models.Model):
    """A step of a policy: who decides, how many of them, and by when."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    reviewers = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="policy_steps")
    quorum = models.PositiveSmallIntegerField(
        default=1, help_text="How many approvals pass this step."
    )
    denials_to_fail = models.PositiveSmallIntegerField(
        default=1, help_text="How many declines end it."
    )
    window = models.DurationField(
        default=timedelta(days=7), help_text="How long the reviewers have. Then it expires."
    )

    alternates = models.ForeignKey(
        Group,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="alternate_steps",
        help_text="Called half-way, or when there aren't enough reviewers.",
    )
    blind = models.BooleanField(
        default=False, help_text="Votes are hidden from other reviewers until the step is decided."
    )
    allow_repeat_voters = models.BooleanField(
        "reviewers of other steps can vote again",
        default=False,
    )
    condition = models.CharField(max_length=20, choices=Condition, default=Condition.ALWAYS)
    condition_value = models.CharField(
        max_length=30, blank=True, help_text="Days, USD, an operation or a track."
    )
    rereview_on = ArrayField(
        models.CharField(max_length=20, choices=RequestPart),
        default=all_parts,
        help_text="If one of these changes, the step is repeated.",
    )

    class Meta:
        ordering = ("position",)
        constraints = [
            models.CheckConstraint(
                condition=Q(condition__in=Condition.values), name="policy_step_condition_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    rereview_on__len__gt=0, rereview_on__contained_by=list(RequestPart.values)
                ),
                name="policy_step_rereviews_known_parts",
            ),
            models.CheckConstraint(
                condition=Q(alternates__isnull=True) | Q(window__gte=timedelta(days=4)),
                name="policy_step_with_alternates_has_time_for_them",
            ),
            models.UniqueConstraint(
                fields=("version", "position"), name="policy_steps_are_in_order"
            ),
            models.CheckConstraint(condition=Q(quorum__gt=0), name="policy_step_has_a_quorum"),
            models.CheckConstraint(
                condition=Q(denials_to_fail__gt=0), name="policy_step_has_a_deny_rule"
            ),
            models.CheckConstraint(
                condition=Q(window__gt=timedelta(0)), name="policy_step_window_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name
