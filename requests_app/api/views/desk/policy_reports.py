"""Views of the files of a policy's report, for its owners."""

from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from lifecycle.text import csv_files
from requests_app.actions.review import read_log
from requests_app.api.views.desk.policies import BasePolicyView
from requests_app.reports.policy_report.csv_reports import CSV_REPORTS


class ReportFile(BasePolicyView):
    """`requests`, `models`, `institutions`, `use`, `ends` or `endings`. That you have read one that
    names people is recorded."""

    @extend_schema(
        operation_id="policies_report",
        summary="A file of the policy's report as CSV",
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, id: str, file: str) -> StreamingHttpResponse:
        policy, report = self.get_object(), CSV_REPORTS.get(file)
        if report is None:
            raise Http404
        if report.names_people:
            read_log.record_read_of_report(policy, by=self.person, report=f"{file}.csv")
        rows = report.rows(policy, timezone.now())
        return csv_files.download(f"{policy.slug}-{file}.csv", report.columns, rows)
