"""Open work that waits for an operator, since nothing ends it by itself."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Count, Min
from django.urls import reverse

from requests_app.models import ExternalKey, Notice, Stage
from requests_app.reports.health.findings import Finding, ok, warning

MAX_SHOWN = 10


def findings() -> Iterator[Finding]:
    found = [*_deadlocks(), *_stuck_keys(), *_failing_notices()]
    yield from found or [ok("open work", "Nothing waits for an operator.")]


def _deadlocks() -> Iterator[Finding]:
    rows = Stage.objects.open().filter(deadlocked_at__isnull=False).order_by("due_at", "pk")
    for stage in rows.select_related("access_request", "essay", "step")[:MAX_SHOWN]:
        what = f"essay {stage.essay_id}" if stage.essay_id else str(stage.access_request)
        found = f"Too few reviewers are left to decide “{stage.step}” of {what}."
        yield warning("open work", found, f"Add reviewers to its group: {_page_of(stage)}")
    if (more := rows.count() - MAX_SHOWN) > 0:
        found = f"{more} more steps have too few reviewers."
        yield warning("open work", found, f"See the review desk: {_url_of('admin:index')}")


def _page_of(stage: Stage) -> str:
    if stage.essay_id:
        return _url_of("admin:voice_essay_change", stage.essay_id)
    return _url_of("admin:requests_app_accessrequest_change", stage.access_request_id)


def _stuck_keys() -> Iterator[Finding]:
    if count := ExternalKey.objects.filter(stuck_at__isnull=False).count():
        found = f"Keys that a gateway doesn't update: {count}."
        address = _url_of("admin:requests_app_externalkey_changelist")
        yield warning("open work", found, f"See what it answers: {address}?standing=stuck")


def _failing_notices() -> Iterator[Finding]:
    rows = Notice.objects.failing()
    failing = rows.aggregate(count=Count("pk"), since=Min("event__at"))
    if not failing["count"]:
        return
    last = rows.order_by("-next_try_at").values_list("problem", flat=True)[0]
    since = f"{failing['since']:%Y-%m-%d %H:%M} UTC"
    found = f"Messages that couldn't be sent: {failing['count']}, the oldest since {since}."
    yield warning("open work", found, f"We keep retrying. The last error: {last}")


def _url_of(name: str, *args: int | None) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"
