"""The ledger of promises: all of them, and those about one model."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lifecycle.catalogue.models import AIModel, Promise, Provider
from requests_app.reports.promises import ledger, notice
from requests_app.reports.promises.catalogue import failed_checks
from requests_app.reports.promises.ledger import Found
from requests_app.reports.promises.states import PromiseState
from requests_app.web.catalogue.status import format_partial_date

PAGE_SIZE = 50
# As a class of the page, where “standing” is a model's status.
SLUGS = {PromiseState.STANDING: "standing-so-far"}


def lines(
    rows: Iterable[Promise],
    today: date,
    known: Mapping[int, Found] = MappingProxyType({}),
    *,
    ai_model: AIModel | None = None,
) -> list[dict[str, Any]]:
    """Return each promise with its state, in a fixed number of queries.

    `known` are states that were computed just now, if they were; `ai_model` is the page's.
    """
    shown: Sequence[Promise] = list(rows)
    of_notice = [row for row in shown if row.kind == Promise.Kind.NOTICE]
    if are_known := all(row.pk in known for row in shown):
        # Where notice was too short, the promise is broken; of others no retirement has to be read.
        of_notice = [row for row in of_notice if known[row.pk].state == PromiseState.BROKEN]
    judged = notice.judge(of_notice, ai_model)
    states = known if are_known else ledger.states(shown, today, judged)
    broken = [row for row in of_notice if states[row.pk].state == PromiseState.BROKEN]
    short = notice.short_notices(broken, judged, ai_model)
    failed = failed_checks(shown)
    return [
        {
            "promise": row,
            # Not get_kind_display, which translates the names of all kinds to find one.
            "kind": Promise.Kind(row.kind).label,
            "state": states[row.pk].state,
            "slug": SLUGS.get(states[row.pk].state, states[row.pk].state),
            "basis": states[row.pk].basis,
            "failed_check": failed.get(row.pk),
            "short_notice": short.get(row.pk),
            "promised_on": format_partial_date(row.promised_on),
        }
        for row in shown
    ]


@require_safe
def promises_page(request: HttpRequest) -> HttpResponse:
    """Show all promises, or those of one provider and in one state."""
    today = timezone.now().date()
    by_state, computed = ledger.overview(today)
    state = _choice(request.GET.get("state", ""), PromiseState.values)
    providers = list(Provider.objects.all())
    provider = _choice(request.GET.get("provider", ""), [row.slug for row in providers])
    rows = _fitting(by_state.get(state, []) if state else None, provider)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": lines(page, today, computed),
        "state": state,
        "states": [
            (value, label, len(by_state.get(value, ()))) for value, label in PromiseState.choices
        ],
        "provider": provider,
        "providers": providers,
        "as_of": today,
    }
    return render(request, "pages/promises.html", context)


def _choice(given: str, known: Sequence[str]) -> str:
    return given if given in known else ""


def _fitting(ids: Sequence[int] | None, provider: str) -> QuerySet[Promise]:
    rows = ledger.rows()
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    if provider:
        rows = rows.filter(Q(provider__slug=provider) | Q(ai_model__provider__slug=provider))
    return rows


@require_safe
def model_promises(request: HttpRequest, identifier: str) -> HttpResponse:
    today = timezone.now().date()
    ai_model = get_object_or_404(AIModel.objects.select_related("provider"), identifier=identifier)
    context = {"ai_model": ai_model, "as_of": today, **of_model(ai_model, today)}
    return render(request, "pages/model_promises.html", context)


def of_model(ai_model: AIModel, today: date) -> dict[str, Any]:
    return {"promise_lines": lines(ledger.of_model(ai_model), today, ai_model=ai_model)}
