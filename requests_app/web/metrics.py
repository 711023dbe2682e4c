"""/metrics for Prometheus: aggregate numbers, read from the database at each scrape."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from lifecycle.scheduling import sweep_status
from lifecycle.scheduling.schedule import SWEEPS
from requests_app.models import ExternalKey, ExternalKeyState, Key, Notice, Reconciliation
from requests_app.states import KeyState

KINDS = ("missing", "extra", "changed", "unconfirmed")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS_TOKEN:
        raise Http404
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not constant_time_compare(request.headers.get("Authorization", ""), wanted):
        answer = HttpResponse("Send METRICS_TOKEN as a bearer token.\n", "text/plain", status=401)
        answer["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return answer
    registry = CollectorRegistry()
    registry.register(Collector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Collector:
    """Reads everything anew at each scrape."""

    def describe(self) -> list[Metric]:
        """Describe nothing, so that no query runs just to learn the names."""
        return []

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        yield from _revocations(now)
        yield from _at_gateways()
        yield from _differences(now)
        yield from _notices(now)
        yield from _sweeps()


def _age(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0.0


def _revocations(now: datetime) -> Iterator[Metric]:
    waiting = Key.objects.filter(state=KeyState.REVOKING)
    found = waiting.aggregate(count=Count("pk"), oldest=Min("refused_from"))
    yield GaugeMetricFamily(
        "emeritus_revocations_waiting",
        "Keys that are refused here and not yet confirmed as revoked by every gateway.",
        found["count"],
    )
    yield GaugeMetricFamily(
        "emeritus_revocation_oldest_seconds",
        "How long the oldest of them has waited.",
        _age(found["oldest"], now),
    )


def _at_gateways() -> Iterator[Metric]:
    families = {
        "deletions_waiting": ("Keys to delete at a gateway.", Q(state=ExternalKeyState.DELETING)),
        "creations_unconfirmed": (
            "Keys that a gateway hasn't confirmed yet.",
            Q(state=ExternalKeyState.CREATING),
        ),
        "stuck": ("Keys that a gateway failed to update many times.", Q(stuck_at__isnull=False)),
    }
    counts = {name: Count("pk", filter=which) for name, (_, which) in families.items()}
    unsettled = ExternalKey.objects.filter(next_try_at__isnull=False).order_by("issuer")
    rows: list[Any] = list(unsettled.values("issuer").annotate(**counts))
    for name, (help_text, _) in families.items():
        metric = GaugeMetricFamily(f"emeritus_issuer_{name}", help_text, labels=["issuer"])
        found = {row["issuer"]: row[name] for row in rows}
        for issuer in sorted({*settings.ISSUERS, *found}):
            metric.add_metric([issuer], found.get(issuer, 0))
        yield metric


def _differences(now: datetime) -> Iterator[Metric]:
    differences = GaugeMetricFamily(
        "emeritus_reconciliation_differences",
        "What the last comparison with a gateway found.",
        labels=["issuer", "kind"],
    )
    age = GaugeMetricFamily(
        "emeritus_reconciliation_age_seconds",
        "How long ago that was.",
        labels=["issuer"],
    )
    newest = Reconciliation.objects.order_by("issuer", "-finished_at").distinct("issuer")
    for run in newest:
        age.add_metric([run.issuer], _age(run.finished_at, now))
        for kind in KINDS:
            differences.add_metric([run.issuer, kind], getattr(run, kind))
    yield from (differences, age)


def _notices(now: datetime) -> Iterator[Metric]:
    waiting = Notice.objects.filter(sent_at=None, dropped_at=None, next_try_at__lte=now)
    found = waiting.aggregate(count=Count("pk"), oldest=Min("next_try_at"))
    yield GaugeMetricFamily(
        "emeritus_notices_waiting", "Messages that are due and not sent.", found["count"]
    )
    yield GaugeMetricFamily(
        "emeritus_notice_oldest_seconds",
        "How long the oldest of them is due.",
        _age(found["oldest"], now),
    )
    failing = Notice.objects.failing().aggregate(count=Count("pk"), oldest=Min("event__at"))
    yield GaugeMetricFamily(
        "emeritus_notices_failing",
        "Messages that the mail server or a chat channel didn't accept; we keep retrying.",
        failing["count"],
    )
    yield GaugeMetricFamily(
        "emeritus_notice_failing_oldest_seconds",
        "How long ago the oldest of them was written.",
        _age(failing["oldest"], now),
    )


def _sweeps() -> Iterator[Metric]:
    """Return the age of sweeps by Valkey's clock, whatever the clocks of beat and workers say."""
    done = GaugeMetricFamily(
        "emeritus_sweep_age_seconds",
        "How long ago a worker last ran it; +Inf if unknown.",
        labels=["sweep"],
    )
    for name in SWEEPS:
        done.add_metric([name], sweep_status.age(f"requests_app.tasks.{name}"))
    ahead = GaugeMetricFamily(
        "emeritus_clock_ahead_seconds",
        "How far a process's clock is ahead of Valkey's.",
        labels=["process"],
    )
    for process, seconds in sweep_status.clocks().items():
        ahead.add_metric([process], seconds)
    yield from (done, ahead)
