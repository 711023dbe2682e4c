"""The CSV files of a policy's report."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from requests_app.models import Policy
from requests_app.reports.policy_report import (
    bulk_revocations,
    ending_grants,
    requests,
    spending,
    use,
)
from requests_app.reports.policy_report.use import PolicyUse


class ReportFile(NamedTuple):
    """A CSV file of the report; a look at one that names people is logged."""

    columns: Sequence[str]
    rows: Callable[[Policy, datetime], Iterable[Iterable[object]]]
    names_people: bool = False


CSV_REPORTS: Mapping[str, ReportFile] = {
    "requests": ReportFile(requests.COLUMNS, requests.csv_rows, names_people=True),
    "models": ReportFile(
        spending.MODEL_COLUMNS, lambda policy, now: spending.model_rows(PolicyUse(policy, now))
    ),
    "institutions": ReportFile(
        spending.INSTITUTION_COLUMNS,
        lambda policy, now: spending.institution_rows(PolicyUse(policy, now)),
    ),
    "use": ReportFile(use.COLUMNS, use.csv_rows),
    "ends": ReportFile(ending_grants.COLUMNS, ending_grants.csv_rows, names_people=True),
    "endings": ReportFile(bulk_revocations.COLUMNS, bulk_revocations.csv_rows, names_people=True),
}
