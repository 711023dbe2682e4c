"""The scorecard of promised notice: of all providers, of one, and of one model."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.catalogue.models import AIModel, Provider, Retirement
from lifecycle.text.durations import count_phrase
from requests_app.reports.promises import scorecard as report
from requests_app.reports.promises.scorecard import ProviderScore, Score
from requests_app.reports.svg_charts import Chart, Series, bars
from requests_app.wording import scorecard

PAGE_SIZE = 20


@require_safe
def scorecard_page(request: HttpRequest) -> HttpResponse:
    rows = report.by_provider()
    judged = [row for row in rows if row.kept or row.short]
    chart = _chart_of_providers(judged)
    context = {
        "rows": rows,
        "rule": scorecard.RULE,
        "chart": chart,
        "svg": bars(chart, lambda count: f"{count:g}") if judged else "",
    }
    return render(request, "pages/scorecard.html", context)


def _chart_of_providers(rows: Sequence[ProviderScore]) -> Chart:
    return Chart(
        slug="verdicts",
        title=_("Retirements by verdict"),
        description=_("For each provider, how often promised notice was given."),
        labels=[row.name for row in rows],
        series=[
            Series(_("kept"), [row.kept for row in rows]),
            Series(_("short"), [row.short for row in rows]),
        ],
    )


@require_safe
def provider_page(request: HttpRequest, slug: str) -> HttpResponse:
    provider = get_object_or_404(Provider, slug=slug)
    found = report.retirements().filter(ai_model__provider=provider)
    # The latest first; those without a date, of which there is nothing to say, come last.
    ordered = found.order_by(F("retires").desc(nulls_last=True), "pk")
    related = ordered.prefetch_related("date_changes__source")
    page = Paginator(related, PAGE_SIZE).get_page(request.GET.get("page"))
    lines = _lines(page)
    context = {"provider": provider, "page": page, "lines": lines, "rule": scorecard.RULE}
    return render(request, "pages/scorecard_provider.html", {**context, "svg": _picture(lines)})


def _lines(rows: Iterable[Retirement]) -> list[dict[str, Any]]:
    return [_line(row, score) for row, score in report.scores(rows)]


def _line(row: Retirement, score: Score) -> dict[str, Any]:
    sources = (row.source, row.announcement)
    return {
        "retirement": row,
        "ai_model": row.ai_model,
        "score": score,
        "rule": scorecard.rule_phrase(*score.rule) if score.rule else "",
        "verdict": scorecard.verdict_phrase(score.short_by, score.unknown),
        "is_uncertain": any(source and not source.is_certain for source in sources),
    }


def _picture(lines: Sequence[dict[str, Any]]) -> SafeString | str:
    """Draw promised and given notice where both are known; the table beside it has the numbers."""
    judged = [line for line in lines if line["score"].rule and line["score"].given is not None]
    chart = Chart(
        slug="notice",
        title=_("Notice promised and given, in days"),
        description=_("The table on this page has the same numbers."),
        labels=[line["ai_model"].name for line in judged],
        series=[
            Series(_("promised"), [line["score"].rule.days for line in judged]),
            Series(_("given"), [line["score"].given for line in judged]),
        ],
    )
    return bars(chart, lambda days: count_phrase(round(days), "day")) if judged else ""


def of_model(ai_model: AIModel) -> dict[str, Any]:
    """Return the lines of one model's page."""
    rows = report.retirements().filter(ai_model=ai_model)
    return {"notice_lines": _lines(rows.order_by("retires", "platform"))}
