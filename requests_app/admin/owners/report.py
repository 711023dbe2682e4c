"""The report of a policy: requests, spending, use, ends and revocations, each with a CSV file."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.text import csv_files
from requests_app.actions.review import read_log
from requests_app.admin.base import ReadOnlyAdmin, person
from requests_app.models import Policy
from requests_app.reports.policy_report import (
    bulk_revocations,
    ending_grants,
    request_ages,
    requests,
    spending,
    use,
)
from requests_app.reports.policy_report.csv_reports import CSV_REPORTS
from requests_app.reports.policy_report.use import PolicyUse
from requests_app.reports.review import looks
from requests_app.reports.svg_charts import Chart, bars, columns
from requests_app.states import UNDECIDED

MAX_ROWS = 25


class ReportedPolicies(ReadOnlyAdmin):
    """Adds the report to the pages of a policy, for whoever may open the policy itself."""

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_policy_report"
        report = "<path:object_id>/report/"
        return [
            path(f"{report}<slug:file>.csv", wrap(self.report_file), name=f"{name}_file"),
            path(report, wrap(self.report), name=name),
            *super().get_urls(),
        ]

    def report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        policy, now = self.load(request, object_id), timezone.now()
        read_log.record_read_of_report(policy, by=person(request))
        context = {"title": f"Report: {policy}", "policy": policy, **_context(policy, now)}
        return self.show(request, "policy/report.html", context)

    def report_file(self, request: HttpRequest, object_id: str, file: str) -> StreamingHttpResponse:
        policy, made = self.load(request, object_id), CSV_REPORTS.get(file)
        if made is None:
            raise Http404
        if made.names_people:
            read_log.record_read_of_report(policy, by=person(request), report=f"{file}.csv")
        rows = made.rows(policy, timezone.now())
        return csv_files.download(f"{policy.slug}-{file}.csv", made.columns, rows)


def _context(policy: Policy, now: datetime) -> dict[str, Any]:
    """Return all that the page shows, in a fixed number of queries."""
    used, states = PolicyUse(policy, now), requests.by_state_and_age(policy, now)
    by_model, by_institution = spending.by_model(used), spending.by_institution(used)
    soon = list(ending_grants.of_policy(policy, now)[: MAX_ROWS + 1])
    return {
        "ages": request_ages.IN_WORDS,
        "states": states,
        "open": sum(line.total for line in states[: len(UNDECIDED)]),
        "use": used,
        "models": list(used.by_model),
        "by_model": by_model,
        "by_institution": by_institution,
        "ends": [(grant, ending_grants.extension_of(grant)) for grant in soon],
        "endings": bulk_revocations.of_policy(policy, MAX_ROWS + 1),
        "most": MAX_ROWS,
        "charts": [_drawn(requests.chart_of(states)), _drawn(use.chart_of(used))],
        "log": {"read_log": looks.by_person(policy.read_log.all())},
        "model_chart": _spending_chart("model-chart", "Spending by model, in USD", by_model),
        "institution_chart": _spending_chart(
            "institution-chart", "Spending by institution, in USD", by_institution
        ),
    }


def _drawn(chart: Chart) -> dict[str, Any]:
    return {"chart": chart, "svg": columns(chart)}


def _spending_chart(slug: str, title: str, lines: list[spending.Spending]) -> dict[str, Any]:
    chart = spending.chart_of(lines, slug=slug, title=title)
    return {"chart": chart, "svg": bars(chart, lambda value: f"{value:,.2f}")}
