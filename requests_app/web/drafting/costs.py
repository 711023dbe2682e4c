"""Work out what calls will cost, from their number, their tokens and the catalogue's prices.

Nothing of it is stored: the requester enters the expected cost.
"""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from lifecycle.catalogue.models import AccessRoute, AIModel
from lifecycle.text.numbers import WholeField
from requests_app.models import AccessRequest
from requests_app.web.catalogue.availability import version_to_accept
from requests_app.web.drafting.field_helper import Typed, keep_typed

MILLION = 1_000_000
MONTH = timedelta(days=30)
SPARE = Decimal("1.2")  # a fifth more than was worked out


class CostForm(forms.Form):
    """The calls; its fields stand on the page of another form."""

    use_required_attribute = False
    prefix = "cost"

    calls = WholeField(label=_("Number of calls, in total"), min_value=1, max_value=10**9)
    input_tokens = WholeField(
        label=_("Tokens that you send with each call"),
        help_text=_("About four for every three English words. Count the whole conversation."),
        min_value=0,
        max_value=10**7,
    )
    output_tokens = WholeField(label=_("Tokens of each answer"), min_value=0, max_value=10**7)


class ModelCost(NamedTuple):
    """What all calls cost if they go to this model."""

    ai_model: AIModel
    usd: Decimal


@dataclass(frozen=True)
class Estimate:
    """What the calls come to. Amounts are USD; whole ones are rounded up."""

    input_tokens: int
    output_tokens: int
    costs: list[ModelCost]
    length: timedelta

    @property
    def most(self) -> int:
        return math.ceil(max(cost.usd for cost in self.costs))

    @property
    def is_longer_than_a_month(self) -> bool:
        return self.length > MONTH

    @property
    def budget(self) -> int:
        """What to plan with a fifth to spare: for a month, or for all if it is shorter."""
        months = max(Decimal(self.length / MONTH), Decimal(1))
        return math.ceil(self.most * SPARE / months)


class CostHelper:
    """Prices, the form with what was typed, and the estimate once it was asked for."""

    template = "pages/ask/cost.html"
    buttons: tuple[str, ...] = ("work_out",)
    field = "expected_cost"
    pointer: StrOrPromise = _("Work it out below.")
    anchor = "cost"

    def __init__(
        self, ai_models: Iterable[AIModel], routes: list[AccessRoute], cap: int | None
    ) -> None:
        known = {route.ai_model_id for route in routes}
        self.routes = routes
        self.unpriced = [row for row in ai_models if row.pk not in known]
        self.cap = cap
        self.form = CostForm()
        self.estimate: Estimate | None = None

    @property
    def is_over_the_cap(self) -> bool:
        return bool(self.cap and self.estimate and self.estimate.most > self.cap)

    def act(self, page: forms.Form, typed: Typed) -> bool:
        """Work out the estimate; an expected cost that is still open gets it."""
        self.form = CostForm(typed)
        if not self.form.is_valid():
            return False
        self.estimate = _estimate(self.routes, self.form.cleaned_data, _length(page))
        if str(page.initial["expected_cost"]).strip() in ("", "0"):
            page.initial["expected_cost"] = self.estimate.most
        return True


def helper_for(access_request: AccessRequest, typed: Typed) -> CostHelper | None:
    """Return the helper with what was typed; None if no model has a price."""
    ai_models = list(access_request.revision.ai_models.all())
    priced = AccessRoute.objects.filter(ai_model__in=ai_models, priced_on__isnull=False)
    routes = list(priced.select_related("ai_model", "price_source").order_by("ai_model__name"))
    if not routes:
        return None
    helper = CostHelper(ai_models, routes, version_to_accept(access_request).spend_cap)
    keep_typed(helper.form, typed)
    return helper


def _estimate(
    routes: Iterable[AccessRoute], typed: Mapping[str, int], length: timedelta
) -> Estimate:
    sent, answered = (typed["calls"] * typed[f"{kind}_tokens"] for kind in ("input", "output"))
    costs = [ModelCost(route.ai_model, _cost(route, sent, answered)) for route in routes]
    return Estimate(sent, answered, costs, length)


def _cost(route: AccessRoute, sent: int, answered: int) -> Decimal:
    assert route.input_price is not None  # both prices come together (constraint)
    assert route.output_price is not None
    return (route.input_price * sent + route.output_price * answered) / MILLION


def _length(page: forms.Form) -> timedelta:
    """Return the time between the two days that were typed; nothing unless both are days."""
    days: list[date] = []
    for name in ("starts_on", "ends_on"):
        with suppress(ValidationError):
            days.append(page.fields[name].clean(page.initial[name]))
    return max(days[1] - days[0], timedelta()) if len(days) == 2 else timedelta()
