"""The ways to reach a model after its retirement."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.file_format.values import BASE_URL
from lifecycle.catalogue.models.columns import DAYS
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import (
    DAY_OR_PART,
    validate_base_url,
    validate_day,
    validate_day_or_part,
)


def _price(about: str) -> "models.DecimalField[Decimal | str | None, Decimal | None]":
    return models.DecimalField(
        max_digits=9,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=about,
    )


class AccessRoute(models.Model):
    """One way to reach a model after its retirement."""

    class Kind(models.TextChoices):
        NONE = "none", _("Not available")
        INVITATION = "invitation", _("By invitation from its provider")
        PRODUCT = "product", _("In a paid product")
        REQUEST = "request", _("By request")

    class API(models.TextChoices):
        """The API of the server behind the gateway; empty: both."""

        ANTHROPIC = "anthropic", "Anthropic's Messages"
        OPENAI = "openai", "OpenAI's chat completions"

    ai_model = models.ForeignKey(
        "catalogue.AIModel",
        on_delete=models.CASCADE,
        related_name="access_routes",
        verbose_name="AI model",
    )
    kind = models.CharField(max_length=10, choices=Kind)
    where = models.CharField(
        max_length=100, blank=True, help_text="Such as “claude.ai, paid plans”."
    )
    since = models.CharField(
        max_length=10,
        blank=True,
        validators=[validate_day_or_part],
        help_text="As precisely as known: 2026, 2026-01 or 2026-01-05.",
    )
    rationale = models.TextField(blank=True, help_text="Why the provider keeps it, in its words.")
    cost_note = models.TextField(blank=True, help_text="What the provider says of the cost.")
    base_url = models.CharField(
        max_length=200,
        blank=True,
        validators=[validate_base_url],
        help_text="By request: where the gateway answers calls, without /v1. Empty: MODELS_URL.",
        verbose_name="base URL",
    )
    api = models.CharField(
        max_length=10,
        choices=API,
        blank=True,
        help_text="By request: empty if both work.",
        verbose_name="API",
    )
    input_price = _price("By request: USD per million tokens that are sent.")
    output_price = _price("By request: USD per million tokens of the answer.")
    priced_on = models.DateField(
        null=True,
        blank=True,
        validators=[validate_day],
        help_text="The day on which these prices were read (UTC).",
    )
    price_source = source_of("priced_routes")
    source = source_of("access_routes")

    class Meta:
        ordering = ("kind",)
        constraints = [
            models.UniqueConstraint(fields=("ai_model", "kind"), name="access_route_is_named_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("none", "invitation", "product", "request")),
                name="access_route_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(since="") | Q(since__regex=DAY_OR_PART),
                name="access_route_begins_on_a_day_a_month_or_a_year",
            ),
            models.CheckConstraint(
                condition=Q(base_url="") | Q(base_url__regex=BASE_URL),
                name="access_route_base_url_is_plain",
            ),
            models.CheckConstraint(
                condition=Q(api__in=("", "anthropic", "openai")),
                name="access_route_api_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind="request") | Q(base_url="", api=""),
                name="access_route_is_called_by_request",
                violation_error_message="Only the route “By request” has a base URL and an API.",
            ),
            models.CheckConstraint(
                condition=Q(input_price=None, output_price=None, price_source=None, priced_on=None)
                # A comparison with NULL refuses nothing.
                | Q(
                    input_price__gte=0,
                    input_price__isnull=False,
                    kind="request",
                    output_price__gte=0,
                    output_price__isnull=False,
                    priced_on__isnull=False,
                    priced_on__range=DAYS,
                ),
                name="access_route_has_both_prices_and_their_day",
                violation_error_message=(
                    "Give both prices and their day, for the route “By request” only."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
